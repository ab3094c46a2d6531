// Many jobs that are due at once, and five hosts that all want them: each is run once.
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { assertInvariants, differenceTo, openSessions, withDatabase } from '../faults/support/invariants.ts';
import { buildLedger } from '../faults/support/ledger-plugin.ts';
import { LedgerVendor, STREAMS } from '../faults/support/ledger-vendor.ts';
import { server } from '../support/databases.ts';
import { startTestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { createRandom, FULL } from '../support/random.ts';
import { until } from '../support/until.ts';

const HOSTS = 5;
const JOBS = FULL ? 1000 : 60;
const INSTANCES = Math.ceil(JOBS / STREAMS.length);

let plugin: TestPlugin;
beforeAll(async () => {
  plugin = await buildLedger();
});
afterAll(() => plugin[Symbol.asyncDispose]());

test(`${HOSTS} hosts run each of ${JOBS} due jobs once`, { timeout: 300_000 }, async () => {
  await using place = await server.open();
  await using vendor = await LedgerVendor.start();
  vendor.change(createRandom(1), 60);
  {
    await using quiet = await startTestHost(place, { plugins: [plugin] });
    for (let n = 0; n < INSTANCES; n += 1) {
      const config = { baseUrl: vendor.url, token: 'the-token-of-the-ledger' };
      const instance = { id: `books-${n}`, plugin: 'ledger', name: `Books ${n}`, config };
      expect((await quiet.api.call('POST', '/api/instances', instance)).status).toBe(201);
    }
  }
  await withDatabase(place, async (db) => {
    // One run of the first tick may have been made already.
    await sql`delete from run`.execute(db);
    await sql`delete from pgboss.job`.execute(db);
    await sql`update sync_schedule set next_due_at = now() + interval '1 hour', run_id = null, lease_until = null`.execute(
      db,
    );
    const { rows } = await sql`
      update sync_schedule set enabled = false where ctid in (
        select ctid from sync_schedule where instance_id = 'books-0' limit ${INSTANCES * STREAMS.length - JOBS}
      )
      returning 1`.execute(db);
    expect(rows).toHaveLength(INSTANCES * STREAMS.length - JOBS);
  });
  await using stack = new AsyncDisposableStack();
  // So few at a time that there is something left for every host.
  const limits = { sync: { ...defaultLimits.sync, tick: 250, runsPerHost: 4 } };
  for (let n = 0; n < HOSTS; n += 1)
    stack.use(await startTestHost(place, { plugins: [plugin], limits, logLevel: 'warn' }));

  const startedAt = performance.now();
  await withDatabase(place, (db) => sql`update sync_schedule set next_due_at = now()`.execute(db));
  const runs = await withDatabase(place, (db) =>
    until(async () => {
      const { rows } = await sql<{ state: string; host: string; jobs: number; runs: number }>`
        select state, host, count(*)::int as runs, count(distinct (instance_id, stream, kind))::int as jobs
        from run group by state, host`.execute(db);
      return rows.reduce((sum, { runs }) => sum + runs, 0) >= JOBS && rows.every(({ state }) => state === 'succeeded')
        ? rows
        : undefined;
    }, 240_000),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  expect(runs.reduce((sum, { runs }) => sum + runs, 0)).toBe(JOBS);
  expect(runs.reduce((sum, { jobs }) => sum + jobs, 0)).toBe(JOBS);
  expect(runs, 'a host did nothing').toHaveLength(HOSTS);
  await withDatabase(place, async (db) => {
    await assertInvariants(db, vendor);
    expect(await differenceTo(db, vendor, 'books-1')).toBeUndefined();
  });
  await stack.disposeAsync();
  await expect.poll(() => openSessions(place.databaseUrl ?? ''), { timeout: 10_000 }).toBe(0);
  const shares = runs.map(({ runs }) => runs).join(', ');
  process.stdout.write(`${JOBS} runs on ${HOSTS} hosts in ${seconds.toFixed(1)} s: ${shares}\n`);
});
