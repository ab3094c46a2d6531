// Whose a schedule is when several want it at once: runs, ticks, people, and whoever deletes the instance.
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { Problem } from '../../host/src/errors.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { openStore } from '../../host/src/store/index.ts';
import { claimRuns } from '../../host/src/sync/claim-runs.ts';
import { createJobQueue } from '../../host/src/sync/job-queue.ts';
import { nextAfter } from '../../host/src/sync/retry-policy.ts';
import {
  claimSchedules,
  holdSchedule,
  addSchedules,
  moveCursor,
  type ScheduleKey,
} from '../../host/src/sync/schedule-rows.ts';
import { createAudit } from '../../host/src/access/index.ts';
import { createSyncJobs } from '../../host/src/sync/sync-jobs.ts';
import { databases, server } from '../support/databases.ts';
import { silentLog } from '../support/log.ts';
import { fixtureOn, openFixture, pluginWith, streamOf, type Fixture } from './fixture.ts';

const key: ScheduleKey = { instanceId: 'acme', stream: 'tickets', kind: 'read' };
const { lease } = defaultLimits.sync;

async function prepare(fixture: Fixture): Promise<Fixture> {
  await fixture.addInstance('acme');
  await fixture.activate(pluginWith({ tickets: streamOf() }));
  await addSchedules(fixture.store.db, { plugin: 'tickets', instanceId: 'acme' }, [{ ...key, everyMs: 1000 }], 1);
  return fixture;
}

async function addRun({ store }: Fixture, id: string, state: string): Promise<void> {
  await sql`
    insert into run (id, plugin, instance_id, stream, kind, trigger, state)
    values (${id}, 'tickets', 'acme', 'tickets', 'read', 'schedule', ${state})`.execute(store.db);
}

const stateOf = async ({ store }: Fixture, id: string): Promise<unknown> =>
  (await store.db.selectFrom('run').select(['state', 'ended_at']).where('id', '=', id).executeTakeFirst())?.state;

test('a run whose instance is being changed just now goes back into the queue, and starts when that is over', async () => {
  await using fixture = await prepare(await openFixture(server));
  const { db } = fixture.store;
  await addRun(fixture, 'next', 'queued');
  const sent: (readonly string[])[] = [];
  const queue = { send: async (_trx: unknown, runIds: readonly string[]) => void sent.push(runIds) };
  const parts = { store: fixture.store, queue, limits: defaultLimits, host: 'test', versionOf: () => '1.2.3' };
  await db.transaction().execute(async (trx) => {
    await sql`select from instance where id = 'acme' for update`.execute(trx);
    expect(await claimRuns(parts, ['next'])).toEqual([]);
  });
  expect(sent).toEqual([['next']]);
  expect(await claimRuns(parts, ['next'])).toMatchObject([{ row: { id: 'next' } }]);
});

describe.each(databases)('on $name', (database) => {
  test('a run that takes a schedule over whose lease has run out says what became of the run before it', async () => {
    await using fixture = await prepare(await openFixture(database));
    const { db } = fixture.store;
    await addRun(fixture, 'dead', 'running');
    await claimSchedules(db, [{ ...key, runId: 'dead' }], lease);
    await sql`update sync_schedule set lease_until = now() - interval '1 second'`.execute(db);
    await addRun(fixture, 'next', 'queued');
    const queue = { send: async () => undefined };
    // No tick has been there: a person has asked for this run.
    await sql`update instance set updated_at = now() - interval '1 hour'`.execute(db);
    await sql`insert into run (id, plugin, instance_id, stream, kind, trigger, state, ended_at)
      values ('good', 'tickets', 'acme', 'tickets', 'read', 'schedule', 'succeeded', now())`.execute(db);
    const parts = { store: fixture.store, queue, limits: defaultLimits, host: 'test', versionOf: () => '1.2.3' };
    const [claimed] = await claimRuns(parts, ['next']);
    expect(claimed?.claim.epoch).toBe(2);
    expect([await stateOf(fixture, 'dead'), await stateOf(fixture, 'next')]).toEqual(['abandoned', 'running']);
  });

  test('people who ask for a run at the same time get the same one', async () => {
    await using fixture = await prepare(await openFixture(database));
    const sent: string[] = [];
    const queue = { start: async () => undefined, stop: async () => undefined };
    const send = async (_trx: unknown, runIds: readonly string[]): Promise<void> => void sent.push(...runIds);
    const jobs = createSyncJobs({ store: fixture.store, queue: { ...queue, send }, audit: createAudit(fixture.store) });
    const actor = { kind: 'host', id: null, address: null, requestId: null } as const;
    const answers = await Promise.all(Array.from({ length: 5 }, () => jobs.run(key, actor)));
    expect(new Set(answers.map(({ runId }) => runId)).size).toBe(1);
    expect(sent).toEqual([answers[0]?.runId]);
  });

  test('a run that is sent again while it waits is in the queue once, and again once it was taken', async () => {
    await using fixture = await openFixture(database);
    const { store } = fixture;
    const queue = createJobQueue({ store, limits: defaultLimits.sync, log: silentLog, onRuns: async () => undefined });
    await queue.start();
    await queue.stop();
    const name = `run-${Math.random()}`;
    const waiting = async (): Promise<number> =>
      (await sql`select 1 from pgboss.job where state = 'created' and data ->> 'runId' = ${name}`.execute(store.db))
        .rows.length;
    await queue.send(store.db, [name]);
    await queue.send(store.db, [name]);
    expect(await waiting()).toBe(1);
    await sql`update pgboss.job set state = 'active' where data ->> 'runId' = ${name}`.execute(store.db);
    await queue.send(store.db, [name]);
    expect(await waiting()).toBe(1);
  });
});

test('an instance that is deleted while rows of it are committed goes when they are, and nobody fails', async () => {
  await using place = await server.open();
  await using fixture = await prepare(await fixtureOn(place));
  await using other = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
  const { db } = fixture.store;
  await addRun(fixture, 'run', 'running');
  const claim = (await claimSchedules(db, [{ ...key, runId: 'run' }], lease)).get('run');
  let deleting: Promise<unknown> | undefined;
  await db.transaction().execute(async (trx) => {
    expect(await holdSchedule(trx, key, 'run', claim?.epoch ?? 0, lease)).toBe(true);
    deleting = other.db.deleteFrom('instance').where('id', '=', 'acme').execute();
    await expect
      .poll(async () => (await sql`select 1 from pg_locks where not granted`.execute(trx)).rows.length)
      .toBeGreaterThan(0);
    await moveCursor(trx, key, 'run', 5);
  });
  await deleting;
  expect(await holdSchedule(db, key, 'run', claim?.epoch ?? 0, lease)).toBe(false);
});

test('a lease that was waited for counts from when it was had', async () => {
  await using place = await server.open();
  await using fixture = await prepare(await fixtureOn(place));
  await using other = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
  const { db } = fixture.store;
  await addRun(fixture, 'run', 'running');
  const claim = (await claimSchedules(db, [{ ...key, runId: 'run' }], lease)).get('run');
  let beat: Promise<boolean> | undefined;
  const released = await db.transaction().execute(async (trx) => {
    await holdSchedule(trx, key, 'run', claim?.epoch ?? 0, lease);
    beat = holdSchedule(other.db, key, 'run', claim?.epoch ?? 0, lease);
    await expect
      .poll(async () => (await sql`select 1 from pg_locks where not granted`.execute(trx)).rows.length)
      .toBeGreaterThan(0);
    return (await sql<{ at: Date }>`select clock_timestamp() as at`.execute(trx)).rows[0]?.at;
  });
  expect(await beat).toBe(true);
  const row = await db.selectFrom('sync_schedule').select('lease_until').executeTakeFirst();
  expect(row?.lease_until?.getTime()).toBeGreaterThanOrEqual((released?.getTime() ?? Infinity) + lease);
});

test('a run that fails or is abandoned does not take away what other streams wait for', () => {
  const limits = defaultLimits.sync;
  const hang = new Problem('timeout', 'it hung');
  expect(nextAfter('failed', hang, 1, limits).paused).toBeUndefined();
  expect(nextAfter('failed', hang, limits.retries + 1, limits).paused).toBeUndefined();
  expect(nextAfter('abandoned', undefined, 2, limits)).toEqual({ failures: 2, nextInMs: 0, paused: undefined });
  expect(nextAfter('succeeded', undefined, 0, limits).paused).toBeNull();
});
