import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { halves, hashesOf, lineCount, toJsonArray, toLines, type RowLines } from '../../host/src/sync/row-lines.ts';

const bytesOf = (rows: readonly unknown[]): Buffer =>
  Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
const parse = (lines: RowLines): unknown => JSON.parse(toJsonArray(lines).toString());

/** Any text but what is replaced. */
const text = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''));

test('lines become the items of one array, whole and in halves', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ a: text, b: fc.array(text) }), { minLength: 1 }), (rows) => {
      const lines = toLines(bytesOf(rows));
      expect(lineCount(lines)).toBe(rows.length);
      expect(JSON.stringify(parse(lines))).toBe(JSON.stringify(rows));
      if (rows.length < 2) return;
      const [first, second] = halves(lines);
      expect([...(parse(first) as []), ...(parse(second) as [])]).toEqual(parse(lines));
      expect(`${hashesOf(first)},${hashesOf(second)}`).toBe(hashesOf(lines));
    }),
  );
});

test('a missing last line break changes nothing, and no bytes are no lines', () => {
  expect(parse(toLines(Buffer.from('{"a":1}\n{"a":2}')))).toEqual([{ a: 1 }, { a: 2 }]);
  expect(lineCount(toLines(Buffer.alloc(0)))).toBe(0);
});

test('what PostgreSQL cannot store is replaced, and nothing else is touched', () => {
  // PostgreSQL's rule, said with JavaScript's own strings.
  const replace = (text: string): string => text.replaceAll('\0', '\ufffd').toWellFormed();
  const piece = fc.constantFrom('\0', '\ud83e', '\udd8a', '🦊', '\\', 'u', '0000', 'd800', '\n', '"', 'é', '\u0001');
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join('');
      const [row] = parse(toLines(bytesOf([{ text }]))) as { text: string }[];
      expect(row?.text).toBe(replace(text));
    }),
    { numRuns: 2000 },
  );
});

test('a pair that is written as two escapes stays', () => {
  expect(parse(toLines(Buffer.from('{"a":"\\uD83E\\uDD8A \\ud83e\\ud83e\\udd8a"}\n')))).toEqual([{ a: '🦊 \ufffd🦊' }]);
});

test('the bytes that were handed in stay as they are', () => {
  const bytes = Buffer.from('{"a":"\\u0000"}\n');
  toLines(bytes);
  expect(bytes.toString()).toBe('{"a":"\\u0000"}\n');
});

test('the hash is that of the encoded row, so a worker can make the same', () => {
  const line = '{"a":1}\n';
  const digest = createHash('sha256').update(line).digest('base64url').slice(0, 22);
  expect(hashesOf(toLines(Buffer.from(line + line)))).toBe(`${digest},${digest}`);
});
