// The two ways in which rows are written, as whole objects and cell by cell, say the same of the same row, mistakes included.
import { compileFunction } from 'node:vm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Column } from '@jackfield/schemas';
import { itemLines } from '../../host/src/queries/formats.ts';
import { createRowBatch } from '../../sdk/src/runtime/row-batches.ts';
import { createPieceEncoder, createRowEncoder } from '../../sdk/src/runtime/rows.ts';

const ROW_CHARACTERS = 1024 * 1024;
const NAMES = ['id', 'name', 'class', '_x', 'seen'];
const TYPES = ['string', 'integer', 'number', 'boolean', 'date', 'datetime'] as const;

/** A date that says something else when it is asked for its text. */
class OddDate extends Date {
  override toISOString(): string {
    return 'yesterday';
  }

  override toJSON(): string {
    return 'today';
  }
}

const date = fc.date({ noInvalidDate: false });
const fitting: Readonly<Record<(typeof TYPES)[number], fc.Arbitrary<unknown>>> = {
  string: fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\ud800', '},{"')),
  integer: fc.oneof(fc.maxSafeInteger(), fc.bigInt(), fc.constantFrom(-0, 2 ** 53 - 1, -5n, 10n ** 400n)),
  number: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(-0, 1e21, 5e-324)),
  boolean: fc.boolean(),
  date: fc.constantFrom('2026-02-28', '1999-12-31'),
  datetime: fc.oneof(
    date,
    date.map((date) => new OddDate(date)),
    fc.constantFrom('2026-02-30T25:00:00.5z', '2026-01-01 00:00:00+01:00'),
  ),
};
const odd = fc.oneof(
  fc.constantFrom(null, undefined, [], {}, Symbol('a'), () => 1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 1.5),
  fc.constantFrom('2026-13-01', '2026-01-01T00:00:00', true, 1n),
  fc.string().map((text) => new String(text)),
  fc.string().map((text) => ({ toJSON: () => text, toString: () => text })),
);
const columns = fc.uniqueArray(fc.record({ name: fc.constantFrom(...NAMES), type: fc.constantFrom(...TYPES) }), {
  selector: ({ name }) => name,
  minLength: 1,
});

/** An object with such members that is read from the outside as a row, made anew each time: what it answers may change with every read. */
type Shape = (members: readonly (readonly [string, unknown])[]) => unknown;

const shapes: readonly Shape[] = [
  (members) => Object.fromEntries(members),
  (members) => Object.fromEntries(members.toReversed()),
  (members) => Object.freeze(Object.fromEntries([['extra', 1], ...members, ['other', {}]])),
  (members) => Object.assign(Object.create(null), Object.fromEntries(members)),
  (members) => Object.create(Object.fromEntries(members)),
  (members) => Object.assign([], Object.fromEntries(members)),
  (members) => ({ ...Object.fromEntries(members), toJSON: () => ({ id: 'another' }) }),
  (members) =>
    JSON.parse(
      `{"__proto__":{"id":1},"constructor":2,${JSON.stringify(Object.fromEntries(members.map(([name]) => [name, 1]))).slice(1)}`,
    ),
  (members) => {
    const row = {};
    for (const [name, value] of members) {
      let reads = 0;
      Object.defineProperty(row, name, { enumerable: true, get: () => (reads++ === 0 ? value : { read: reads }) });
    }
    return row;
  },
  (members) =>
    Object.defineProperty(Object.fromEntries(members), members[0]?.[0] ?? 'id', {
      get() {
        throw new Error('it cannot be read');
      },
    }),
  (members) => {
    const reads = new Set<string | symbol>();
    return new Proxy(Object.fromEntries(members), {
      get(target, name) {
        if (reads.has(name)) return 'it was read before';
        reads.add(name);
        return Reflect.get(target, name);
      },
      ownKeys: () => ['nothing'],
    });
  },
  ([member]) => member?.[1],
];

const table = columns.chain((columns) => {
  const cells = columns.map(({ type }) =>
    fc.oneof({ arbitrary: fitting[type], weight: 9 }, { arbitrary: odd, weight: 1 }),
  );
  const row = fc.record({ cells: fc.tuple(...cells), shape: fc.constantFrom(...shapes) });
  return fc.record({
    columns: fc.constant(columns satisfies readonly Column[]),
    rows: fc.array(row, { minLength: 1, maxLength: 5 }),
  });
});

/** What comes of it, or what is wrong with it. */
function told(what: () => string): string {
  try {
    return what();
  } catch (error) {
    return String(error);
  }
}

function linesOf(columns: readonly Column[], rows: readonly unknown[]): string {
  const batch = createRowBatch(columns, 'json');
  for (const row of rows) batch.add(row);
  const { bytes, items } = batch.take();
  expect(items).toBe(true);
  return new TextDecoder().decode(itemLines(bytes));
}

test('whatever a row is, it is written or refused the same', () => {
  let written = 0;
  fc.assert(
    fc.property(table, ({ columns, rows }) => {
      const make = (): unknown[] =>
        rows.map(({ cells, shape }) => shape(columns.map(({ name }, index) => [name, cells[index]] as const)));
      const inPieces = createPieceEncoder(columns);
      const expected = make().map((row) => told(() => inPieces(row)));
      const asObjects = createRowEncoder(columns, 'ndjson');
      expect(make().map((row) => told(() => asObjects(row)))).toEqual(expected);
      expect(make().map((row) => told(() => linesOf(columns, [row])))).toEqual(expected);
      const isGood = expected.map((text) => text.startsWith('{'));
      const good = make().filter((_, index) => isGood[index]);
      const together = good.length === 0 ? '' : linesOf(columns, good);
      expect(together).toBe(expected.filter((_, index) => isGood[index]).join(''));
      written += good.length;
    }),
    { numRuns: 500 },
  );
  expect(written).toBeGreaterThan(400);
});

test('rows of any valid cells are written the same together as one by one', () => {
  const columns = TYPES.map((type): Column => ({ name: type, type }));
  fc.assert(
    fc.property(fc.array(fc.record(fitting, { requiredKeys: [] }), { minLength: 1 }), (rows) => {
      const valid = rows.filter(({ datetime }) => !(datetime instanceof Date) || !Number.isNaN(datetime.getTime()));
      const batch = valid.length === 0 ? '' : linesOf(columns, valid);
      expect(batch).toBe(valid.map(createPieceEncoder(columns)).join(''));
    }),
  );
});

test.each([
  ['plain text', 'x', 1],
  ['text that is escaped', '\u0001', 6],
  ['text of two bytes', 'é', 1],
])('a row of %s may be as long one way as the other', (_what, character, written) => {
  const columns: readonly Column[] = [
    { name: 'a', type: 'string' },
    { name: 'b', type: 'string' },
  ];
  const frame = '{"a":"","b":""}'.length;
  const room = ROW_CHARACTERS - frame;
  const longest = character.repeat(Math.floor(room / 2 / written));
  const rest = 'y'.repeat(room - longest.length * written);
  const fitting = { a: longest, b: rest };
  const excessive = { a: longest, b: `${rest}y` };
  const inPieces = createPieceEncoder(columns);
  expect(linesOf(columns, [fitting])).toBe(inPieces(fitting));
  expect(createRowEncoder(columns, 'ndjson')(fitting)).toHaveLength(ROW_CHARACTERS + 1);
  for (const encode of [inPieces, createRowEncoder(columns, 'ndjson'), (row: unknown) => linesOf(columns, [row])])
    expect(() => encode(excessive)).toThrow(`a row has ${ROW_CHARACTERS + 1} characters`);
});

test('a batch is full before it is large, whatever its cells are', () => {
  for (const [type, cell] of [
    ['string', 'x'.repeat(1000)],
    ['integer', 10n ** 1000n],
    ['boolean', true],
    ['number', -1.234_567_890_123_456_7e-100],
  ] as const) {
    const batch = createRowBatch([{ name: 'a', type }], 'json');
    for (let rows = 0; !batch.isFull && rows < 50_000; rows += 1) batch.add({ a: cell });
    expect(batch.isFull).toBe(true);
    expect(batch.take().bytes.byteLength).toBeLessThan(ROW_CHARACTERS);
    expect(batch.isEmpty).toBe(true);
  }
});

test.each([Object.prototype, Array.prototype])(
  'a toJSON that every object has is told, and nothing is written',
  (prototype) => {
    const batch = createRowBatch([{ name: 'id', type: 'string' }], 'json');
    Object.defineProperty(prototype, 'toJSON', { value: () => 'another', configurable: true });
    try {
      expect(() => batch.add({ id: 'a' })).toThrow('has a toJSON');
    } finally {
      Reflect.deleteProperty(prototype, 'toJSON');
    }
    batch.add({ id: 'a' });
    expect(Buffer.from(batch.take().bytes).toString()).toBe(',{"id":"a"}\n');
  },
);

// A strict function sees no more than it may of who has called it.
const SLOPPY = `return function own() {
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = (_error, sites) => sites;
  const [, site] = new Error('who calls').stack;
  Error.prepareStackTrace = prepareStackTrace;
  found.push(site.getFunction(), site.getThis(), own.caller);
  return 1;
}`;

test('a getter does not get at the code that reads it, or at what that has read', () => {
  const found: unknown[] = [];
  const get = compileFunction(SLOPPY, ['found'])(found) as () => number;
  const row = Object.defineProperty({}, 'id', { get });
  expect(linesOf([{ name: 'id', type: 'integer' }], [row])).toBe('{"id":1}\n');
  expect(found).toEqual([undefined, undefined, null]);
});
