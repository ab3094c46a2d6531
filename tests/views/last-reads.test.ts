import { type PluginTransformQueryArgs, type PluginTransformResultArgs, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scopeOf, createViews } from '../../host/src/views/index.ts';
import { readLastReads } from '../../host/src/views/last-reads.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { oneOf } from '../support/databases.ts';
import { type Fixture, openFixture, pluginWith, streamOf, upsertOf } from '../sync/fixture.ts';

const RUNS = process.env['JACKFIELD_TEST_SCALE'] === 'full' ? 200_000 : 5000;
const INSTANCES = ['acme', 'globex', 'umbrella'];

describe.each(oneOf)('on $name', (database) => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await openFixture(database);
    for (const id of INSTANCES) await fixture.addInstance(id);
    await fixture.activate(pluginWith({ tickets: streamOf() }));
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  test('how the last reads went is known without looking at the runs before them', { timeout: 120_000 }, async () => {
    const { db } = fixture.store;
    await sql`
      insert into sync_schedule (instance_id, stream, kind, plugin, every_ms, next_due_at, failures)
      select id, stream, 'read', plugin, 1000, now(), case when id = 'globex' then 1 else 0 end
      from instance, unnest(array['tickets', 'people']) as stream`.execute(db);
    // None has ever failed: whoever looks for the last failure looks at all of them.
    await sql`
      insert into run (id, plugin, instance_id, stream, kind, trigger, state, queued_at, ended_at)
      select id || stream || n, plugin, id, stream, 'read', 'schedule', 'succeeded', now() - n * interval '5 min', now() - n * interval '5 min'
      from instance, unnest(array['tickets', 'people']) as stream, generate_series(1, ${RUNS}::int) as n`.execute(db);
    await fixture.noteRun('globex', 'tickets', 'failed', 0, { code: 'timeout', detail: 'too slow', next: '' });
    await sql`analyze run`.execute(db);
    await db.transaction().execute(async (trx) => {
      const seen = async (): Promise<number> => {
        const { rows } = await sql<{ seen: string }>`
          select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as seen
          from pg_stat_xact_user_tables where relname = 'run'`.execute(trx);
        return Number(rows[0]?.seen);
      };
      const before = await seen();
      const reads = await readLastReads(trx, 'tickets', INSTANCES);
      expect((await seen()) - before).toBeLessThan(20);
      expect([...reads.keys()].toSorted()).toEqual(INSTANCES);
      expect(reads.get('globex')?.failure).toEqual({ code: 'timeout', detail: 'too slow' });
      for (const { at } of reads.values()) expect(Math.abs(Date.now() - (at ?? 0) - 300_000)).toBeLessThan(60_000);
    });
  });

  test('any number of instances is one statement, and none gives nothing', async () => {
    for (const id of INSTANCES) await fixture.apply(id, upsertOf([{ id: `of-${id}`, points: 2 }]));
    let statements = 0;
    const counter = {
      transformQuery({ node }: PluginTransformQueryArgs) {
        statements += 1;
        return node;
      },
      transformResult: async ({ result }: PluginTransformResultArgs) => result,
    };
    const counted = fixture.store.db.withPlugin(counter);
    const store: Pick<Fixture['store'], 'readAs'> = { readAs: (_clients, read) => read(counted) };
    const views = createViews({ store, tables: fixture.tables, limits: defaultLimits });
    const view = {
      stream: 'tickets',
      per: 'all' as const,
      measures: [{ name: 'points', fn: 'sum' as const, column: 'points' }],
    };
    const read = (...groups: string[][]) =>
      views.read({
        plugin: 'tickets',
        view,
        clients: 'all',
        groups: groups.map((ids) => ({ scope: scopeOf(ids), params: {} })),
      });
    expect((await read(INSTANCES)).rows).toEqual([{ points: 6 }]);
    expect(await read(['acme'], ['globex'])).toMatchObject({ rows: [{ points: 4 }] });
    expect(statements).toBe(2);
    expect((await read()).rows).toEqual([{ points: null }]);
    expect((await read([])).rows).toEqual([{ points: null }]);
  });
});
