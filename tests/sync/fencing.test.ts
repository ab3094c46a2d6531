// A run that was thought dead and comes back writes nothing: neither rows, nor deletions, nor its cursor.
import type { ChunkOp } from '@jackfield/sdk/runtime';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { claimRuns } from '../../host/src/sync/claim-runs.ts';
import { claimSchedules, addSchedules, releaseSchedule, type ScheduleKey } from '../../host/src/sync/schedule-rows.ts';
import { RunLost, SyncWriter } from '../../host/src/sync/sync-writer.ts';
import { oneOf } from '../support/databases.ts';
import { chunkOf, type Fixture, openFixture, pluginWith, streamOf } from './fixture.ts';

const key: ScheduleKey = { instanceId: 'acme', stream: 'tickets', kind: 'read' };
const LEASE = 60_000;
const ROUNDS = process.env['JACKFIELD_TEST_SCALE'] === 'full' ? 100 : 10;

async function claim({ store }: Fixture, runId: string): Promise<number> {
  await sql`
    insert into run (id, plugin, instance_id, stream, kind, trigger, state)
    values (${runId}, 'tickets', 'acme', 'tickets', 'read', 'schedule', 'running')`.execute(store.db);
  const claimed = (await claimSchedules(store.db, [{ ...key, runId }], LEASE)).get(runId);
  if (claimed === undefined) throw new Error(`${runId} could not claim the schedule`);
  return claimed.epoch;
}

function writerOf({ store, tables }: Fixture, runId: string, epoch: number): SyncWriter {
  const target = tables.target('tickets', { plugin: 'tickets', instanceId: 'acme' });
  return new SyncWriter({
    db: store.db,
    key,
    runId,
    epoch,
    target,
    removesAbsent: true,
    isHistory: false,
    limits: defaultLimits.sync,
  });
}

async function write(fixture: Fixture, writer: SyncWriter, id: string, cursor: number): Promise<void> {
  await writer.add(chunkOf(fixture, [{ id, title: `by ${cursor}` }]));
  await say(writer, { kind: 'checkpoint', cursor });
}

async function say(writer: SyncWriter, op: ChunkOp): Promise<void> {
  await writer.add({ bytes: new Uint8Array(), rows: 0, op });
  await writer.settle();
}

describe.each(oneOf)('on $name', (database) => {
  test('a run whose lease ran out is refused when it comes back, whatever it wants to write', async () => {
    await using fixture = await openFixture(database);
    await fixture.addInstance('acme');
    await fixture.activate(pluginWith({ tickets: streamOf() }));
    await addSchedules(fixture.store.db, { plugin: 'tickets', instanceId: 'acme' }, [{ ...key, everyMs: 1000 }], 1);
    let refused = 0;
    for (let round = 1; round <= ROUNDS; round += 1) {
      const epoch = await claim(fixture, `old-${round}`);
      const old = (): SyncWriter => writerOf(fixture, `old-${round}`, epoch);
      await write(fixture, old(), `kept-${round}`, round * 10);
      // Its host is stopped past its lease, and another one takes over.
      await sql`update sync_schedule set lease_until = now() - interval '1 second'`.execute(fixture.store.db);
      const next = writerOf(fixture, `new-${round}`, await claim(fixture, `new-${round}`));
      for (const attempt of [
        () => write(fixture, old(), `stale-${round}`, round * 10 + 5),
        () => say(old(), { kind: 'complete', scope: {} }),
      ]) {
        await expect(attempt()).rejects.toBeInstanceOf(RunLost);
        refused += 1;
      }
      await write(fixture, next, `kept-${round}`, round * 10 + 1);
      // What the old one gives back is not its own any more.
      const release = { failures: 7, nextInMs: 0, paused: { code: 'internal', reason: 'stale' } };
      await releaseSchedule(fixture.store.db, key, `old-${round}`, release);
      const { rows } = await sql<{ cursor: number; run_id: string; failures: number }>`
        select cursor, run_id, failures from sync_schedule`.execute(fixture.store.db);
      expect(rows).toEqual([{ cursor: round * 10 + 1, run_id: `new-${round}`, failures: 0 }]);
      await releaseSchedule(fixture.store.db, key, `new-${round}`, { failures: 0, nextInMs: 0, paused: null });
    }
    expect(refused).toBe(2 * ROUNDS);
    const rows = await fixture.rows();
    expect(rows.map(({ id }) => id).filter((id) => String(id).startsWith('stale'))).toEqual([]);
    expect(rows).toHaveLength(ROUNDS);
    expect(rows.every((row) => row['deleted_at'] === null)).toBe(true);
  });

  test('a schedule that a live run has cannot be claimed', async () => {
    await using fixture = await openFixture(database);
    await fixture.addInstance('acme');
    await fixture.activate(pluginWith({ tickets: streamOf() }));
    await addSchedules(fixture.store.db, { plugin: 'tickets', instanceId: 'acme' }, [{ ...key, everyMs: 1000 }], 1);
    await claim(fixture, 'first');
    expect((await claimSchedules(fixture.store.db, [{ ...key, runId: 'second' }], LEASE)).size).toBe(0);
  });

  test('a run that waits for the first read of its instance stays in the queue once', async () => {
    await using fixture = await openFixture(database);
    const { db } = fixture.store;
    await fixture.addInstance('acme');
    await fixture.activate(pluginWith({ tickets: streamOf(), people: streamOf() }));
    for (const stream of ['tickets', 'people']) {
      await addSchedules(db, { plugin: 'tickets', instanceId: 'acme' }, [{ stream, kind: 'read', everyMs: 1000 }], 1);
    }
    await claim(fixture, 'first');
    await sql`
      insert into run (id, plugin, instance_id, stream, kind, trigger, state, sent_at)
      values ('second', 'tickets', 'acme', 'people', 'read', 'schedule', 'queued', now() - interval '1 hour')`.execute(
      db,
    );
    const sent: unknown[] = [];
    const queue = {
      send: async (_trx: unknown, runIds: readonly string[], afterMs = 0) => void sent.push([...runIds, afterMs > 0]),
    };
    const parts = { store: fixture.store, queue, limits: defaultLimits, host: 'test', versionOf: () => '1.2.3' };
    expect(await claimRuns(parts, ['second'])).toEqual([]);
    expect(sent).toEqual([['second', true]]);
    const { rows } = await sql`
      select 1 from run where id = 'second' and state = 'queued' and sent_at > now() - interval '1 minute'`.execute(db);
    expect(rows).toHaveLength(1);
  });
});
