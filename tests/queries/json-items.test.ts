import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonItems } from '../../host/src/queries/formats.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

test('lines become the items of an array, however they are cut into chunks', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.record({ a: fc.string(), b: fc.integer() }), { minLength: 1 })), (chunks) => {
      const items = chunks.map((rows, index) => {
        const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
        return `${index === 0 ? '' : ','}${decoder.decode(jsonItems(encoder.encode(lines)))}`;
      });
      expect(JSON.parse(`[${items.join('')}]`)).toEqual(chunks.flat());
    }),
  );
});

test('a chunk without a last line break comes to an end', () => {
  expect(decoder.decode(jsonItems(encoder.encode('{"a":1}\n{"a":2}')))).toBe('{"a":1},{"a":2}');
});
