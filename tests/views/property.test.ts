// Random rows and random views: what the database answers is what an in-memory oracle says.
import { type Column, type ManifestView, type ObjectSchema, viewFindings } from '@jackfield/schemas';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { createViews, scopeOf, type ViewRows } from '../../host/src/views/index.ts';
import { oneOf } from '../support/databases.ts';
import { type Fixture, openFixture, pluginWith, removeOf, streamOf, upsertOf } from '../sync/fixture.ts';
import { type Asked, type Cells, expectedRows, type StoredRow, type World } from './oracle.ts';

const SEED = Number(process.env['SEED'] ?? 20_260_105);
const FULL = process.env['JACKFIELD_TEST_SCALE'] === 'full';
const DAY = 86_400_000;
const HOUR = 3_600_000;

const columns: Column[] = [
  { name: 'id', type: 'string' },
  { name: 'title', type: 'string', label: 'Title' },
  { name: 'points', type: 'integer' },
  { name: 'hours', type: 'number', unit: 'h' },
  { name: 'open', type: 'boolean' },
  { name: 'due', type: 'date' },
  { name: 'created', type: 'datetime' },
  { name: 'closed', type: 'datetime' },
];
const CLIENTS = { berlin: 'Europe/Berlin', kolkata: 'Asia/Kolkata', apia: 'Pacific/Apia' } as const;
/** Whose instance each is. */
const INSTANCES: Readonly<Record<string, keyof typeof CLIENTS | null>> = {
  a: 'berlin',
  b: 'berlin',
  c: 'kolkata',
  d: 'apia',
  e: null,
};

const TITLES = ['login', 'Mail', 'mail', 'ämter', "o'clock; drop table run --", '\u{1f600}', '', ' '] as const;
/** Rows are as far from now as the seed says, whenever that is; some are of the night in which Berlin's clock showed two o'clock twice. */
const NOW = Date.now();
const time = fc
  .oneof(
    fc.integer({ min: -120 * DAY, max: 40 * DAY }).map((ms) => NOW + ms),
    fc.integer({ min: -3 * DAY, max: 3 * DAY }).map((ms) => NOW + ms),
    fc.integer({ min: Date.UTC(2025, 9, 25, 22), max: Date.UTC(2025, 9, 26, 3) }),
  )
  .map((ms) => new Date(ms).toISOString());
const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { freq: 4 });
const cells = fc.record({
  title: orNull(fc.constantFrom(...TITLES)),
  points: orNull(fc.integer({ min: -3, max: 9 })),
  hours: orNull(fc.integer({ min: -8, max: 40 }).map((quarters) => quarters / 4)),
  open: orNull(fc.boolean()),
  due: orNull(time.map((text) => text.slice(0, 10))),
  created: orNull(time),
  closed: orNull(time),
});
const stored = fc.record({
  instance: fc.constantFrom(...Object.keys(INSTANCES)),
  deleted: fc.boolean(),
  cells,
});

const PARAMS = {
  type: 'object',
  additionalProperties: false,
  properties: {
    titles: { type: 'array', items: { type: 'string' } },
    title: { type: 'string' },
    points: { type: 'integer' },
    from: { type: 'string', format: 'date-time' },
    day: { type: 'string', format: 'date' },
    days: { type: 'number' },
    open: { type: 'boolean' },
    limit: { type: 'integer' },
  },
} satisfies ObjectSchema;
const params = fc.record(
  {
    titles: fc.array(fc.constantFrom(...TITLES), { maxLength: 3 }),
    title: fc.constantFrom(...TITLES),
    points: fc.integer({ min: -3, max: 9 }),
    from: time,
    day: time.map((text) => text.slice(0, 10)),
    days: fc.integer({ min: -30, max: 90 }),
    open: fc.boolean(),
    limit: fc.integer({ min: 1, max: 20 }),
  },
  { requiredKeys: [] },
);

type Condition = NonNullable<ManifestView['where']>[number];
const comparison = fc.constantFrom('eq', 'ne', 'lt', 'lte', 'gt', 'gte');
const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ column: fc.constantFrom(...columns.map(({ name }) => name)), op: fc.constantFrom('null', 'notNull') }),
  fc.record({ column: fc.constant('title'), op: comparison, value: fc.constantFrom(...TITLES) }),
  fc.record({ column: fc.constant('title'), op: comparison, param: fc.constant('title') }),
  fc.record({ column: fc.constant('title'), op: fc.constant('in'), param: fc.constant('titles') }),
  fc.record({ column: fc.constant('title'), op: fc.constant('in'), value: fc.array(fc.constantFrom(...TITLES)) }),
  fc.record({ column: fc.constant('points'), op: comparison, value: fc.integer({ min: -3, max: 9 }) }),
  fc.record({ column: fc.constantFrom('points', 'hours'), op: comparison, param: fc.constant('points') }),
  fc.record({ column: fc.constant('open'), op: comparison, value: fc.boolean() }),
  fc.record({ column: fc.constant('open'), op: comparison, param: fc.constant('open') }),
  fc.record({ column: fc.constant('due'), op: comparison, param: fc.constant('day') }),
  fc.record({ column: fc.constantFrom('created', 'closed'), op: comparison, param: fc.constant('from') }),
  fc.record({
    column: fc.constantFrom('due', 'created', 'closed'),
    op: comparison,
    agoMs: fc.integer({ min: -800, max: 2000 }).map((hours) => hours * HOUR),
  }),
  fc.record({
    column: fc.constantFrom('due', 'created'),
    op: comparison,
    ago: fc.record({ param: fc.constant('days'), unitMs: fc.constantFrom(DAY, -HOUR) }),
  }),
);

const bucketed = fc
  .record({
    name: fc.constant('when'),
    bucket: fc.constantFrom('hour', 'day', 'week', 'month'),
    of: fc.constantFrom(['created'], ['closed'], ['created', 'closed'], ['due']),
  })
  .filter(({ bucket, of: [first] }) => bucket !== 'hour' || first !== 'due');
const measure = fc
  .record(
    {
      fn: fc.constantFrom('count', 'countDistinct', 'sum', 'avg', 'median', 'min', 'max', 'percent'),
      column: fc.constantFrom('id', 'title', 'points', 'hours', 'open', 'due', 'created', 'closed'),
      since: fc.constantFrom('created', 'closed'),
      unit: fc.constantFrom('s', 'min', 'h', 'd'),
      at: fc.constantFrom('created', 'closed'),
      where: fc.array(condition, { maxLength: 2 }),
    },
    { requiredKeys: ['fn'] },
  )
  .map((draft, index = 0) => ({ ...draft, index }));

const draft = fc.record(
  {
    per: fc.constantFrom('instance', 'client', 'all'),
    where: fc.array(condition, { maxLength: 3 }),
    onWhen: fc.record({ op: comparison, agoMs: fc.integer({ min: -30, max: 90 }).map((days) => days * DAY) }),
    deleted: fc.constantFrom('with', 'only'),
    groupBy: fc.uniqueArray(fc.constantFrom('title', 'points', 'open', 'due', 'created'), { maxLength: 2 }),
    bucket: bucketed,
    measures: fc.array(measure, { maxLength: 4 }),
    order: fc.array(fc.record({ place: fc.nat(20), descending: fc.boolean() }), { maxLength: 2 }),
    limit: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant({ param: 'limit' })),
  },
  { requiredKeys: [] },
);

/** A view out of random parts: parts that cannot stand in one view are left out, as its rules say which. */
const view = draft.map(({ measures = [], order = [], bucket, onWhen, groupBy, where = [], ...rest }): ManifestView => {
  const groups = [...(groupBy ?? []), ...(bucket === undefined ? [] : [bucket])] as NonNullable<
    ManifestView['groupBy']
  >;
  const base = { stream: 'tickets', ...rest, where, ...(groups.length > 0 ? { groupBy: groups } : {}) } as ManifestView;
  const sound = measures
    .map(({ index: _, ...of }, index) => ({ name: `m${index}`, ...of }))
    .filter(
      (of) =>
        viewFindings({ ...base, per: 'all', groupBy: groups, measures: [of], limit: 1 }, columns, PARAMS).length === 0,
    );
  const whole: ManifestView = {
    ...base,
    ...(sound.length > 0 ? { measures: sound } : {}),
    ...(bucket !== undefined && onWhen !== undefined ? { where: [...where, { column: 'when', ...onWhen }] } : {}),
  };
  if (groups.length === 0 && sound.length === 0) delete whole.per;
  const names =
    groups.length + sound.length > 0
      ? [...groups.map((g) => (typeof g === 'string' ? g : g.name)), ...sound.map(({ name }) => name)]
      : columns.map(({ name }) => name);
  const orderBy = order.flatMap(({ place, descending }) => {
    const column = names[place % names.length];
    return column === undefined ? [] : [{ column, descending }];
  });
  return orderBy.length > 0 ? { ...whole, orderBy } : whole;
});

describe.each(oneOf)('views of random rows on $name', (database) => {
  let fixture: Fixture;
  let rows: StoredRow[];

  beforeAll(async () => {
    fixture = await openFixture(database);
    for (const [id, time_zone] of Object.entries(CLIENTS)) {
      const at = new Date();
      await fixture.store.db
        .insertInto('client')
        .values({ id, name: id, time_zone, revision: 1, created_at: at, updated_at: at })
        .execute();
    }
    for (const [id, client_id] of Object.entries(INSTANCES)) {
      await fixture.addInstance(id);
      await fixture.store.db.updateTable('instance').set({ client_id }).where('id', '=', id).execute();
    }
    await fixture.activate(pluginWith({ tickets: streamOf({ columns }) }));
    const [made = []] = fc.sample(fc.array(stored, { minLength: 150, maxLength: 150 }), { seed: SEED, numRuns: 1 });
    rows = made.map(({ instance, deleted, cells: values }, index) => {
      const client = INSTANCES[instance] ?? null;
      const zone = client === null ? 'UTC' : CLIENTS[client];
      return { instance, client, zone, deleted, cells: { id: `t${index}`, ...values } };
    });
    for (const instance of Object.keys(INSTANCES)) {
      const own = rows.filter((row) => row.instance === instance);
      const gone = own.filter(({ deleted }) => deleted).map(({ cells: { id } }) => ({ id }));
      await fixture.apply(
        instance,
        upsertOf(
          own.map((row) => row.cells),
          'tickets',
          columns,
        ),
        removeOf(gone),
      );
    }
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  /** In one transaction, in which now stands still. */
  async function ask(asked: Asked, groups: readonly (readonly string[])[]): Promise<{ found: ViewRows; world: World }> {
    return fixture.store.db.transaction().execute(async (trx) => {
      const store: Pick<Fixture['store'], 'readAs'> = { readAs: (_clients, read) => read(trx) };
      const views = createViews({ store, tables: fixture.tables, limits: defaultLimits });
      const clock = await sql<{
        now: number;
      }>`select extract(epoch from now())::double precision * 1000 as now`.execute(trx);
      const found = await views.read({
        plugin: 'tickets',
        view: asked.view,
        params: PARAMS,
        clients: 'all',
        per: asked.per,
        groups: groups.map((ids) => ({ scope: scopeOf(ids), params: asked.params.get(ids[0] ?? '') ?? {} })),
      });
      return { found, world: { columns, primaryKey: ['id'], rows, now: clock.rows[0]?.now ?? 0 } };
    });
  }

  test('are what they are in memory', { timeout: 120_000 }, async () => {
    let seen = 0;
    const parts = fc.tuple(
      view,
      params,
      params,
      fc.uniqueArray(fc.constantFrom(...Object.keys(INSTANCES)), { minLength: 1 }),
      fc.boolean(),
    );
    const property = fc.asyncProperty(parts, async ([asking, first, second, ids, differ]) => {
      expect(viewFindings(asking, columns, PARAMS)).toEqual([]);
      const half = differ ? Math.ceil(ids.length / 2) : ids.length;
      const groups = [ids.slice(0, half), ids.slice(half)].filter((group) => group.length > 0);
      const asked: Asked = {
        view: asking,
        per: asking.per ?? (ids.length === 1 ? 'one' : 'instance'),
        params: new Map(ids.map((id, index) => [id, index < half ? first : second])),
      };
      const { found, world } = await ask(asked, groups);
      const all = expectedRows(world, asked);
      const { limit = defaultLimits.sync.viewRows } = asking;
      const most =
        typeof limit === 'number'
          ? limit
          : Math.max(0, ...groups.map((_, index) => (index === 0 ? first : second).limit ?? 0)) ||
            defaultLimits.sync.viewRows;
      expectSame(found.rows, all.slice(0, most));
      expect(found.truncated).toBe(all.length > most);
      expect(found.rows.every((row) => Object.keys(row).join() === found.columns.map(({ name }) => name).join())).toBe(
        true,
      );
      seen += found.rows.length;
    });
    await fc.assert(property, { seed: SEED, numRuns: FULL ? 5000 : 250 });
    expect(seen, `views with rows (seed ${SEED})`).toBeGreaterThan(500);
  });
});

/** Averages and ages are not the same to the last bit. */
function expectSame(found: readonly object[], expected: readonly object[]): void {
  const near = expected.map((row, index) => {
    const other = found[index] as Cells | undefined;
    const cellsOf = Object.entries(row as Cells).map(([name, cell]) => [
      name,
      isNear(cell, other?.[name]) ? other?.[name] : cell,
    ]);
    return Object.fromEntries(cellsOf) as object;
  });
  expect(found).toEqual(near);
}

function isNear(a: unknown, b: unknown): boolean {
  return typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a));
}
