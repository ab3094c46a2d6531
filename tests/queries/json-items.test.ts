import fc from 'fast-check';
import { expect, test } from 'vitest';
import { itemLines, jsonItems } from '../../host/src/queries/formats.ts';

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

test('items become lines, whatever their texts look like', () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('},{', '"', '\\', '\n', 'a', 'é') }));
  fc.assert(
    fc.property(fc.array(fc.record({ a: text, b: text }), { minLength: 1 }), (rows) => {
      const items = `,${rows.map((row) => JSON.stringify(row)).join(',')}\n`;
      const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
      expect(decoder.decode(itemLines(encoder.encode(items)))).toBe(lines);
    }),
  );
});

test('bytes that are no items come to an end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(itemLines(new Uint8Array(bytes)).byteLength).toBe(Math.max(bytes.byteLength - 1, 0));
    }),
  );
});
