import type { ManifestView } from '@jackfield/schemas';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemOf } from '../instances/fixture.ts';
import { databases } from '../support/databases.ts';
import { columns, type Fixture, openFixture, pluginWith, removeOf, streamOf, upsertOf } from '../sync/fixture.ts';

const DAY = 86_400_000;
const fromNow = (ms: number): string => new Date(Date.now() + ms).toISOString();
const yesterday = fromNow(-DAY);
const tomorrow = fromNow(DAY);

const rows = [
  { id: 'A', title: 'login', points: 1, hours: 0.5, open: true, due: '2026-01-31', updated: yesterday, more: { x: 1 } },
  { id: 'B', title: 'login', points: 2, hours: 1.5, open: false, due: '2026-02-01', updated: tomorrow, more: [1] },
  { id: 'C', title: 'mail', points: 3, hours: null, open: true, due: null, updated: null, more: null },
  {
    id: 'D',
    title: null,
    points: 9007199254740991n,
    hours: -1,
    open: null,
    due: '2026-02-02',
    updated: null,
    more: 'x',
  },
  { id: 'gone', title: 'login', points: 99 },
];

describe.each(databases)('views on $name', (database) => {
  let fixture: Fixture;

  beforeAll(async () => {
    fixture = await openFixture(database, { viewRows: 5, viewRowsMost: 6 });
    await fixture.addInstance('acme');
    await fixture.addInstance('umbrella');
    await fixture.activate(pluginWith({ tickets: streamOf() }));
    await fixture.apply('acme', upsertOf(rows), removeOf([{ id: 'gone' }]));
    await fixture.apply('umbrella', upsertOf([{ id: 'U', title: 'mail', points: 10 }]));
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  const read = (view: Partial<ManifestView>, instanceIds = ['acme']) =>
    fixture.readView({ stream: 'tickets', ...view }, { plugin: 'tickets', instanceIds });
  const ids = async (where: ManifestView['where']): Promise<unknown> =>
    (await read(where === undefined ? {} : { where })).rows.map((row) => row['id']).join('');

  test('rows are as the vendor sent them, with their instance in front', async () => {
    const view = await read({});
    expect(view.columns).toEqual([{ name: 'instance', type: 'string', label: 'Instance' }, ...columns]);
    expect(Object.keys(view.rows[0] ?? {})).toEqual(view.columns.map(({ name }) => name));
    const [a, b, c, d] = rows;
    const empty = { hours: null, open: null, due: null, updated: null, more: null };
    expect(view.rows).toEqual([
      { instance: 'acme', ...a },
      { instance: 'acme', ...b },
      { instance: 'acme', ...empty, ...c },
      { instance: 'acme', ...empty, ...d, points: Number.MAX_SAFE_INTEGER },
    ]);
    expect(view.truncated).toBe(false);
    expect(Date.now() - Date.parse(view.asOf ?? '')).toBeLessThan(DAY);
  });

  test('only instances that were named are read', async () => {
    expect((await read({}, ['umbrella', 'nobody'])).rows.map((row) => row['id'])).toEqual(['U']);
    expect(await read({}, [])).toMatchObject({ rows: [], asOf: null, truncated: false });
  });

  test('conditions', async () => {
    expect(await ids([{ column: 'title', op: 'eq', value: 'login' }])).toBe('AB');
    expect(await ids([{ column: 'title', op: 'ne', value: 'login' }])).toBe('CD');
    expect(await ids([{ column: 'title', op: 'in', value: ['mail', 'nothing'] }])).toBe('C');
    expect(await ids([{ column: 'title', op: 'in', value: [] }])).toBe('');
    expect(await ids([{ column: 'title', op: 'gt', value: 'loginz' }])).toBe('C');
    expect(await ids([{ column: 'points', op: 'lt', value: 2.5 }])).toBe('AB');
    expect(await ids([{ column: 'points', op: 'gte', value: Number.MAX_SAFE_INTEGER }])).toBe('D');
    expect(await ids([{ column: 'hours', op: 'lte', value: -1 }])).toBe('D');
    expect(await ids([{ column: 'open', op: 'eq', value: false }])).toBe('B');
    expect(await ids([{ column: 'open', op: 'ne', value: true }])).toBe('BD');
    expect(await ids([{ column: 'due', op: 'gt', value: '2026-01-31' }])).toBe('BD');
    expect(await ids([{ column: 'updated', op: 'eq', value: yesterday.replace('Z', '+00:00') }])).toBe('A');
    expect(await ids([{ column: 'more', op: 'null' }])).toBe('C');
    expect(
      await ids([
        { column: 'more', op: 'notNull' },
        { column: 'open', op: 'notNull' },
      ]),
    ).toBe('AB');
  });

  test('a time may be so long before or after now', async () => {
    const before = (agoMs: number) => ids([{ column: 'updated', op: 'lt', agoMs }]);
    expect(await Promise.all([before(2 * DAY), before(DAY / 2), before(-DAY / 2), before(-2 * DAY)])).toEqual([
      ...['', 'A', 'A', 'AB'],
    ]);
    expect(await ids([{ column: 'due', op: 'lt', agoMs: -36_500 * DAY }])).toBe('ABD');
    expect(await ids([{ column: 'due', op: 'lt', agoMs: 36_500 * DAY }])).toBe('');
  });

  test('groups and measures, for each instance', async () => {
    const view = await read(
      {
        groupBy: ['title'],
        measures: [
          { name: 'count', fn: 'count', label: 'Tickets' },
          { name: 'timed', fn: 'count', column: 'hours' },
          { name: 'points', fn: 'sum', column: 'points' },
          { name: 'mean', fn: 'avg', column: 'hours' },
          { name: 'first', fn: 'min', column: 'due' },
          { name: 'last', fn: 'max', column: 'updated' },
          { name: 'name', fn: 'max', column: 'id' },
        ],
        where: [{ column: 'title', op: 'notNull' }],
        orderBy: [{ column: 'points', descending: true }],
      },
      ['acme', 'umbrella'],
    );
    expect(view.columns).toEqual([
      { name: 'instance', type: 'string', label: 'Instance' },
      { name: 'title', type: 'string' },
      { name: 'count', type: 'integer', label: 'Tickets' },
      { name: 'timed', type: 'integer' },
      { name: 'points', type: 'integer' },
      { name: 'mean', type: 'number', unit: 'h' },
      { name: 'first', type: 'date' },
      { name: 'last', type: 'datetime' },
      { name: 'name', type: 'string' },
    ]);
    const none = { timed: 0, mean: null, first: null, last: null };
    expect(view.rows).toEqual([
      { instance: 'umbrella', title: 'mail', count: 1, points: 10, name: 'U', ...none },
      ...[
        { instance: 'acme', title: 'login', count: 2, points: 3, name: 'B', timed: 2, mean: 1, first: '2026-01-31' },
      ].map((row) => ({ ...row, last: tomorrow })),
      { instance: 'acme', title: 'mail', count: 1, points: 3, name: 'C', ...none },
    ]);
    expect(view.asOf).not.toBeNull();
    expect((await read({ measures: [{ name: 'n', fn: 'count' }] }, ['acme', 'umbrella'])).rows).toEqual([
      { instance: 'acme', n: 4 },
      { instance: 'umbrella', n: 1 },
    ]);
    expect((await read({ groupBy: ['open', 'more'] })).rows).toHaveLength(4);
  });

  test('an order, nulls last, equals by their key', async () => {
    const order = async (...orderBy: NonNullable<ManifestView['orderBy']>) =>
      (await read({ orderBy }, ['umbrella', 'acme'])).rows.map((row) => row['id']).join('');
    expect(await order({ column: 'title' })).toBe('ABCUD');
    expect(await order({ column: 'title', descending: true }, { column: 'points', descending: true })).toBe('UCBAD');
    expect(await order({ column: 'updated', descending: true })).toBe('BACDU');
    expect(await order({ column: 'instance', descending: true })).toBe('UABCD');
  });

  test('a limit, and whether there is more', async () => {
    const all = ['acme', 'umbrella'];
    expect(await read({ limit: 2 })).toMatchObject({ truncated: true, rows: [{ id: 'A' }, { id: 'B' }] });
    expect((await read({}, all)).rows).toHaveLength(5);
    await fixture.apply('umbrella', upsertOf([{ id: 'V' }, { id: 'W' }]));
    expect(await read({}, all)).toMatchObject({ truncated: true, rows: { length: 5 } });
    expect(await read({ limit: 10_000 }, all)).toMatchObject({ truncated: true, rows: { length: 6 } });
  });

  test('what does not fit the stream is refused with a pointer, and nothing of it reaches the database', async () => {
    const faults = async (view: object): Promise<unknown> => {
      const { code, options } = await problemOf(read(view));
      expect(code).toBe('params_invalid');
      return options.errors?.map(({ pointer, message }) => `${pointer} ${message}`);
    };
    const where = (...conditions: object[]) => faults({ where: conditions });
    expect(await where({ column: 'id" is null or "id', op: 'null' }, { column: 'row_hash', op: 'null' })).toEqual([
      '/where/0/column names no column (got "id\\" is null or \\"id")',
      '/where/1/column names no column (got "row_hash")',
    ]);
    expect(await where({ column: 'points', op: 'eq', value: '1' })).toEqual([
      '/where/0/value column "points" is compared with a number',
    ]);
    for (const [column, value] of [
      ...[
        ['due', '2026-02-31'],
        ['due', '0000-01-01'],
        ['due', 5],
        ['updated', '2026-02-03'],
        ['open', 'true'],
      ],
      ...[
        ['updated', '2026-02-31T00:00:00Z'],
        ['updated', '2026-02-03T25:00:00Z'],
        ['title', 'a\0'],
        ['title', '\ud800'],
      ],
      ...[
        ['hours', Infinity],
        ['more', 'x'],
        ['id', [1]],
        ['id', null],
      ],
    ] as const) {
      expect(await where({ column, op: 'eq', value })).toHaveLength(1);
    }
    expect(await where({ column: 'id', op: 'in', value: ['a', 1] })).toHaveLength(1);
    expect(await where({ column: 'id', op: 'in', value: 'a' })).toEqual(['/where/0/value must be a list']);
    expect(await where({ column: 'id', op: 'eq' }, { column: 'id', op: 'null', value: 'a' })).toHaveLength(2);
    expect(await where({ column: 'id', op: 'lt', agoMs: 5 }, { column: 'due', op: 'in', agoMs: 5 })).toHaveLength(2);
    expect(await where({ column: 'due', op: 'lt', agoMs: 5, value: '2026-01-01' })).toHaveLength(1);
    const measure = (fn: string, column?: string) => faults({ measures: [{ name: 'm', fn, column }] });
    for (const [fn, column] of [['sum', 'title'], ['avg', 'due'], ['max', 'open'], ['min', 'more'], ['sum']] as const) {
      expect(await measure(fn, column)).toHaveLength(1);
    }
    expect(await measure('sum', 'nothing')).toEqual(['/measures/0/column names no column (got "nothing")']);
    expect(await faults({ groupBy: ['nothing'], orderBy: [{ column: 'id' }] })).toHaveLength(2);
    expect(await faults({ groupBy: ['id'], measures: [{ name: 'id', fn: 'count' }] })).toHaveLength(1);
    const unknown = fixture.readView({ stream: 'nothing' }, { plugin: 'tickets', instanceIds: ['acme'] });
    expect((await problemOf(unknown)).code).toBe('not_found');
  });
});
