// The text of a row, whichever way it is made: cells in the order of the columns, no others, null for what is missing.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Column } from '@jackfield/schemas';
import { createRowEncoder } from '../../sdk/src/runtime/rows.ts';

const TYPES = ['string', 'integer', 'number', 'boolean', 'date', 'datetime', 'json'] as const;
type Type = (typeof TYPES)[number];

const missing = fc.constantFrom(null, undefined);
const valuesOf: Readonly<Record<Type, fc.Arbitrary<unknown>>> = {
  string: fc.string({ unit: 'binary' }),
  integer: fc.oneof(fc.maxSafeInteger(), fc.bigInt()),
  number: fc.double({ noNaN: true, noDefaultInfinity: true }),
  boolean: fc.boolean(),
  date: fc.constantFrom('2026-02-28', '1999-12-31'),
  datetime: fc.oneof(
    fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }),
    fc.constant('2026-01-01T00:00:00+01:00'),
  ),
  json: fc.jsonValue(),
};
// Some mean something to an object, or stand first in it.
const names = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'toJSON', '1', '0'), fc.string({ minLength: 1 }));
const cell = fc
  .constantFrom(...TYPES)
  .chain((type) => fc.record({ type: fc.constant(type), value: fc.oneof(valuesOf[type], missing) }));
const row = fc.uniqueArray(fc.record({ name: names, cell }), { selector: ({ name }) => name, minLength: 1 });

function textOf(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}

test('is that of its cells', () => {
  fc.assert(
    fc.property(row, fc.boolean(), (cells, isReversed) => {
      const columns = cells.map(({ name, cell: { type } }): Column => ({ name, type }));
      const entries = cells.map(({ name, cell: { value } }): [string, unknown] => [name, value]);
      const members = [...(isReversed ? entries.toReversed() : entries), ['no column', 'is left out']] as const;
      const text = entries.map(([name, value]) => `${JSON.stringify(name)}:${textOf(value)}`).join(',');
      expect(createRowEncoder(columns, 'ndjson')(Object.fromEntries(members))).toBe(`{${text}}\n`);
    }),
    { numRuns: 1000 },
  );
});

const wrong: readonly (readonly [Type, unknown])[] = [
  ['string', 1],
  ['integer', 1.5],
  ['integer', '1'],
  ['number', Number.NaN],
  ['boolean', 'true'],
  ['date', '2026-13-01'],
  ['datetime', '2026-01-01'],
  ['json', () => 1],
];

test.each(wrong)('a column of type %s takes no %j', (type, value) => {
  expect(() => createRowEncoder([{ name: 'a', type }], 'ndjson')({ a: value })).toThrow('column "a" must be');
});

test('a row has an end', () => {
  const encode = createRowEncoder(
    [
      { name: 'a', type: 'string' },
      { name: 'b', type: 'string' },
    ],
    'ndjson',
  );
  const half = 'x'.repeat(600_000);
  expect(() => encode({ a: half, b: half })).toThrow('the most is 1048576');
});
