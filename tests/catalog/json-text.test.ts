import fc from 'fast-check';
import { expect, it } from 'vitest';
import { faultOffset, parseJson } from '../../host/src/catalog/json-text.ts';

const parse = (text: string): unknown => parseJson(Buffer.from(text), 'plugins.json');

it.each([
  ['{"a": oops}', 'line 1, column 7'],
  ['{\n  "plugins": [,]\n}', 'line 2, column 15'],
  ['{\n  "a": 1,\n}', 'line 3, column 1'],
  ['{"a": 1', 'line 1, column 8'],
  ['', 'line 1, column 1'],
  ['{} {}', 'line 1, column 4'],
  ['[1 2]', 'line 1, column 4'],
  ['{"a" 1}', 'line 1, column 6'],
  [`["tab\there"]`, 'line 1, column 2'],
  ['[}', 'line 1, column 2'],
])('JSON that is broken as %j is refused at %s', (text, place) => {
  expect(() => parse(text)).toThrow(`plugins.json is not JSON: ${place}`);
});

it('a fault is named without the text around it', () => {
  expect(() => parse('{"token": "s3cret" oops}')).toThrow(/^plugins\.json is not JSON: [^"]*$/);
});

it('every JSON text is followed to its end', () => {
  fc.assert(
    fc.property(
      fc.json(),
      (text) => faultOffset(text) === text.length && faultOffset(` ${text}\n`) === text.length + 2,
    ),
  );
});

it('a text with one character changed is followed to its end when it is still JSON', () => {
  const changed = fc.tuple(fc.json(), fc.nat(), fc.constantFrom('x', '"', ',', '}', ']', '{', ':', '\\', '\n', '1'));
  fc.assert(
    fc.property(changed, ([text, place, char]) => {
      const at = place % text.length;
      const broken = text.slice(0, at) + char + text.slice(at + 1);
      const valid = (() => {
        try {
          JSON.parse(broken);
          return true;
        } catch {
          return false;
        }
      })();
      const offset = faultOffset(broken);
      // A string that the change left open is a fault at its start, so the fault may lie before the change.
      expect(offset).toBeLessThanOrEqual(broken.length);
      if (!valid) return;
      expect(offset).toBe(broken.length);
    }),
    { numRuns: 2000 },
  );
});
