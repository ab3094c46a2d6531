import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Column } from '@jackfield/schemas';
import { createRowPrefix } from '../../host/src/queries/row-prefix.ts';
import { createRowBatch } from '../../sdk/src/runtime/row-batches.ts';
import { createRowEncoder } from '../../sdk/src/runtime/rows.ts';
import { parseCsv } from './csv.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const id = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', '{', '}', '\\', 'é', '😀', ' '), maxLength: 10 }),
  fc.string({ unit: fc.constantFrom('},{', '"', 'a', 'text'), maxLength: 4 }),
);
const columns: readonly Column[] = [
  { name: 'text', type: 'string' },
  { name: 'more', type: 'json' },
];
const rows = fc.array(fc.record({ text: fc.option(text), more: fc.option(fc.jsonValue({ maxDepth: 2 })) }), {
  maxLength: 12,
});
/** Where the bytes are cut, as shares of their length. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });

/** The bytes in pieces that end anywhere, within a row and within a character too. */
function pieces(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const ends = [...cuts.map((share) => Math.floor(share * bytes.byteLength)).sort((a, b) => a - b), bytes.byteLength];
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

function prefixed(
  encoding: 'json' | 'csv',
  id: string,
  bytes: Uint8Array,
  cuts: readonly number[],
  isAlone = false,
): string {
  const prefix = createRowPrefix(encoding, id, isAlone);
  return decoder.decode(Buffer.concat(pieces(bytes, cuts).map((piece) => prefix({ bytes: piece }))));
}

test('every NDJSON row gets its instance as the first member, wherever the chunks end', () => {
  fc.assert(
    fc.property(id, rows, cuts, (id, rows, cuts) => {
      const encode = createRowEncoder(columns, 'ndjson');
      const lines = rows.map((row) => encode(row));
      const got = prefixed('json', id, encoder.encode(lines.join('')), cuts);
      expect(got).toBe(lines.map((line) => `{"instance":"${id}",${line.slice(1)}`).join(''));
      for (const line of got.split('\n').filter(Boolean)) expect(Object.keys(JSON.parse(line))[0]).toBe('instance');
    }),
  );
});

test('rows that are items of an array get it too, whatever their texts look like', () => {
  const plain = columns.filter(({ type }) => type !== 'json');
  fc.assert(
    fc.property(id, fc.array(rows, { minLength: 1 }), (id, batches) => {
      const prefix = createRowPrefix('json', id, false);
      const batch = createRowBatch(plain, 'json');
      const items = batches
        .filter(({ length }) => length > 0)
        .map((rows) => {
          for (const row of rows) batch.add(row);
          return decoder.decode(prefix(batch.take()));
        });
      const expected = batches.flat().map(({ text }) => ({ instance: id, text }));
      expect(JSON.parse(`[${items.join('').slice(1)}]`)).toEqual(expected);
    }),
  );
});

test('every CSV row gets its instance as the first cell, wherever the chunks end and whatever is quoted', () => {
  fc.assert(
    fc.property(id, rows, cuts, (id, rows, cuts) => {
      const encode = createRowEncoder(columns, 'csv');
      const bytes = encoder.encode(rows.map((row) => encode(row)).join(''));
      const cells = parseCsv(decoder.decode(bytes));
      expect(cells).toHaveLength(rows.length);
      expect(parseCsv(prefixed('csv', id, bytes, cuts))).toEqual(cells.map((row) => [id, ...row]));
    }),
  );
});

test('an id that CSV must quote is quoted, in NDJSON it is escaped', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', '\\', ' ', 'x', '$', '&', 'é', '😀') }),
      (id) => {
        expect(parseCsv(prefixed('csv', id, encoder.encode('1\r\n'), []))).toEqual([[id, '1']]);
        expect(parseCsv(prefixed('csv', id, encoder.encode('1\r\n2\r\n'), []))).toEqual([
          [id, '1'],
          [id, '2'],
        ]);
        expect(JSON.parse(prefixed('json', id, encoder.encode('{"a":1}\n'), []))).toEqual({ instance: id, a: 1 });
        const second = prefixed('json', id, encoder.encode('{"a":1}\n{"a":2}\n'), []).split('\n')[1] ?? '';
        expect(JSON.parse(second)).toEqual({ instance: id, a: 2 });
      },
    ),
  );
});

test('rows without members, and rows of one empty cell, get it too', () => {
  for (const cuts of [[], [0.3], [0.4], [0.7], [0.2, 0.2, 0.9]]) {
    const rows = '{"instance":"x"}\n{"instance":"x"}\n';
    expect(prefixed('json', 'x', encoder.encode('{}\n{}\n'), cuts, true)).toBe(rows);
    expect(prefixed('csv', 'x', encoder.encode('\r\n\r\n'), cuts, true)).toBe('x,\r\nx,\r\n');
  }
});

test.each(['json', 'csv'] as const)('bytes that are no %s rows come to an end', (encoding) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), cuts, (bytes, cuts) => {
      expect(prefixed(encoding, 'x', bytes, cuts).length).toBeLessThan(3 * 4 * (200 + 1) * 20);
    }),
  );
});
