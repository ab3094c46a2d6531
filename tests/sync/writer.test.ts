// What a run writes while it reads: rows and cursor together, what the plugin had finished and nothing after it.
import { sql } from 'kysely';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { applyChanged, applyCopied } from '../../host/src/sync/apply.ts';
import { RunUpserts } from '../../host/src/sync/run-upserts.ts';
import { claimSchedules, addSchedules, type ScheduleKey } from '../../host/src/sync/schedule-rows.ts';
import { SyncWriter } from '../../host/src/sync/sync-writer.ts';
import { oneOf, server } from '../support/databases.ts';
import { chunkOf, columns, counts, type Fixture, keysOf, openFixture, pluginWith, streamOf } from './fixture.ts';

const key: ScheduleKey = { instanceId: 'acme', stream: 'tickets', kind: 'read' };

async function openWriter(fixture: Fixture, isHistory = false, primaryKey = ['id']): Promise<SyncWriter> {
  await fixture.addInstance('acme');
  await fixture.activate(pluginWith({ tickets: streamOf({ primaryKey }) }));
  const { db } = fixture.store;
  await addSchedules(db, { plugin: 'tickets', instanceId: 'acme' }, [{ ...key, everyMs: 1000 }], 1);
  await sql`
    insert into run (id, plugin, instance_id, stream, kind, trigger, state)
    values ('run', 'tickets', 'acme', 'tickets', 'read', 'schedule', 'running')`.execute(db);
  const claim = (await claimSchedules(db, [{ ...key, runId: 'run' }], 60_000)).get('run');
  const target = fixture.tables.target('tickets', { plugin: 'tickets', instanceId: 'acme' });
  const limits = { ...defaultLimits.sync, pendingBytes: 64 * 1024, readyBytes: 32 * 1024 };
  return new SyncWriter({
    db,
    key,
    runId: 'run',
    epoch: claim?.epoch ?? 0,
    target,
    removesAbsent: true,
    isHistory,
    limits,
  });
}

const cursorOf = async ({ store }: Fixture): Promise<unknown> =>
  (await sql<{ cursor: unknown }>`select cursor from sync_schedule`.execute(store.db)).rows[0]?.cursor;
const say = (writer: SyncWriter, op: NonNullable<Parameters<SyncWriter['add']>[0]['op']>): Promise<void> =>
  writer.add({ bytes: new Uint8Array(), rows: 0, op });
const ticket = (n: number, title = `ticket ${n}`) => ({ id: `T-${String(n).padStart(5, '0')}`, title, points: n });

describe.each(oneOf)('on $name', (database) => {
  test('what a plugin yields while rows are written is written in its order, with the last cursor', async () => {
    await using fixture = await openFixture(database);
    const writer = await openWriter(fixture);
    for (let page = 0; page < 40; page += 1) {
      const rows = Array.from({ length: 50 }, (_, n) => ticket(page * 50 + n));
      await writer.add(chunkOf(fixture, [...rows, ticket(7, `page ${page}`)]));
      await say(writer, { kind: 'checkpoint', cursor: page });
    }
    await writer.finish();
    expect(await cursorOf(fixture)).toBe(39);
    expect(writer.counts).toMatchObject({ read: 2040, inserted: 2000, rejected: 0 });
    const { inserted, updated, unchanged } = writer.counts;
    expect(inserted + updated + unchanged).toBe(2040);
    const rows = await fixture.rows();
    expect(rows).toHaveLength(2000);
    expect(rows[7]).toMatchObject({ id: 'T-00007', title: 'page 39' });
  });

  test('a read that breaks off keeps what it had finished, and nothing after that', async () => {
    await using fixture = await openFixture(database);
    const writer = await openWriter(fixture);
    await writer.add(chunkOf(fixture, [ticket(1)]));
    await say(writer, { kind: 'checkpoint', cursor: 'one' });
    await writer.add(chunkOf(fixture, [ticket(2)]));
    await say(writer, { kind: 'checkpoint', cursor: 'two' });
    await writer.add(chunkOf(fixture, [ticket(3)]));
    await writer.settle();
    expect(await cursorOf(fixture)).toBe('two');
    expect((await fixture.rows()).map(({ id }) => id)).toEqual(['T-00001', 'T-00002']);
  });

  test('rows of a scope that was told before it was complete are kept, and those that were not are gone', async () => {
    await using fixture = await openFixture(database);
    const writer = await openWriter(fixture);
    await fixture.apply('acme', { ...chunkless([ticket(8), ticket(9)], fixture) });
    await writer.add(chunkOf(fixture, [ticket(1), ticket(9)]));
    await say(writer, { kind: 'complete', scope: {} });
    await writer.add(chunkOf(fixture, [ticket(2)]));
    await say(writer, { kind: 'checkpoint', cursor: 1 });
    await writer.finish();
    expect(writer.counts).toMatchObject({ inserted: 2, unchanged: 1, deleted: 1 });
    const alive = (await fixture.rows()).filter((row) => row['deleted_at'] === null);
    expect(alive.map(({ id }) => id)).toEqual(['T-00001', 'T-00002', 'T-00009']);
  });

  test('a key that no row can have is rejected, and takes no other row of its stream along', async () => {
    await using fixture = await openFixture(database);
    const primaryKey = ['id', 'due'];
    const writer = await openWriter(fixture, false, primaryKey);
    const day = (n: number, due: string) => ({ ...ticket(n), due });
    await fixture.apply('acme', { ...chunkless([day(30, '2026-03-01')], fixture) });
    const february = Array.from({ length: 28 }, (_, n) => day(n, `2026-02-${String(n + 1).padStart(2, '0')}`));
    await writer.add(chunkOf(fixture, [day(98, '2026-02-31'), ...february, day(99, '2026-02-30')], primaryKey));
    await say(writer, { kind: 'complete', scope: {} });
    await writer.finish();
    expect(writer.counts).toMatchObject({ inserted: 28, rejected: 2, deleted: 1 });
    const gone = (await fixture.rows()).filter((row) => row['deleted_at'] !== null);
    expect(gone.map(({ id }) => id)).toEqual(['T-00030']);
  });

  test('a census is told by a key that no row can have of nothing', async () => {
    await using fixture = await openFixture(database);
    const writer = await openWriter(fixture, false, ['id', 'due']);
    const keys = [
      ['T-00001', '2026-02-28'],
      ['T-00001', '2026-02-31'],
      ['T-00001', null],
    ];
    const bytes = new TextEncoder().encode(keys.map(([id, due]) => `${JSON.stringify({ id, due })}\n`).join(''));
    await writer.add({ bytes, rows: keys.length, op: { kind: 'present' } });
    await say(writer, { kind: 'checkpoint', cursor: 1 });
    await writer.finish();
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from sync_seen`.execute(fixture.store.db);
    expect(rows[0]?.n).toBe(2);
  });

  test('a write that fails stops the read at its next step', async () => {
    await using fixture = await openFixture(database);
    const writer = await openWriter(fixture);
    await sql`drop table tickets.tickets`.execute(fixture.store.db);
    await writer.add(chunkOf(fixture, [ticket(1)]));
    await say(writer, { kind: 'checkpoint', cursor: 1 });
    await expect(writer.settle()).rejects.toThrow('does not exist');
    await expect(writer.add(chunkOf(fixture, [ticket(2)]))).rejects.toThrow('does not exist');
    expect(await cursorOf(fixture)).toBeNull();
  });

  test('history waits for its cursor, and too much of it is refused', async () => {
    await using fixture = await openFixture(database);
    const writer = await openWriter(fixture, true);
    const page = Array.from({ length: 300 }, (_, n) => ticket(n, 'x'.repeat(100)));
    await writer.add(chunkOf(fixture, page));
    await expect(writer.add(chunkOf(fixture, page))).rejects.toThrow('without a checkpoint');
    await writer.settle();
    expect(await fixture.rows()).toEqual([]);
  });
});

/** Applied beside the writer, as a webhook does. */
function chunkless(rows: readonly object[], fixture: Fixture) {
  const { bytes } = chunkOf(fixture, rows);
  const copied = fixture.tables.encoding === 'copy' ? columns.map(({ name }) => name) : undefined;
  return { stream: 'tickets', kind: 'upsert', reason: null, bytes, ...(copied && { copied }) } as const;
}

describe('rows that the database has', () => {
  const primaryKey = ['id', 'updated'];
  // The same moment in several spellings is the same key.
  const updated = fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T01:00:00+01:00', '2026-01-02T00:00:00Z');
  const row = fc.record({
    id: fc.constantFrom('a', 'b', '\0', '\ufffd', '\ud800', '"\\\t\n'),
    updated,
    title: fc.constantFrom('x', 'y', '\\N', '\t', '\r\n', null),
    points: fc.constantFrom(1, 2),
    due: fc.oneof({ weight: 9, arbitrary: fc.constant('2026-02-03') }, fc.constantFrom('2026-02-31', null)),
    more: fc.constantFrom(null, ['\0', '\\u0000', '\\\\u0000', '\ud800'], { 'a\tb': 'ö\n' }),
  });

  test('asking which they are, and taking them for new, changes nothing but what it costs', async () => {
    await using fixture = await openFixture(server);
    await fixture.activate(pluginWith({ tickets: streamOf({ primaryKey, version: 'points' }) }));
    const { db } = fixture.store;
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(row, { maxLength: 8 }), { maxLength: 4 }), async (batches) => {
        round += 1;
        const [asked, told, read] = [`asked-${round}`, `told-${round}`, `read-${round}`];
        for (const id of [asked, told, read]) await fixture.addInstance(id);
        const target = (instanceId: string) => fixture.tables.target('tickets', { plugin: 'tickets', instanceId });
        const run = new RunUpserts(target(read));
        for (const batch of batches) {
          const { bytes } = chunkOf(fixture, batch, primaryKey);
          const keys = keysOf(fixture, batch, primaryKey);
          const first = await db.transaction().execute((trx) => applyChanged(trx, target(asked), [bytes], keys));
          const second = await db.transaction().execute((trx) => applyCopied(trx, target(told), [bytes]));
          expect(first).toEqual(second);
          expect(await db.transaction().execute((trx) => run.write(trx, [bytes], keys))).toEqual(second);
        }
        const stored = async (id: string) => {
          const names = sql.join(columns.map(({ name }) => sql.id(name)));
          const found = await sql`
            select ${names}, row_hash from tickets.tickets where instance_id = ${id} order by id, updated`.execute(db);
          return found.rows;
        };
        expect(await stored(asked)).toEqual(await stored(told));
        expect(await stored(read)).toEqual(await stored(told));
      }),
      { numRuns: process.env['JACKFIELD_TEST_SCALE'] === 'full' ? 300 : 20 },
    );
  });

  test('a large batch whose first row is refused is written without it', async () => {
    await using fixture = await openFixture(server);
    await fixture.addInstance('acme');
    await fixture.activate(pluginWith({ tickets: streamOf() }));
    const rows = Array.from({ length: 4000 }, (_, n) => ticket(n, 'y'.repeat(1000)));
    const { bytes } = chunkOf(fixture, [{ id: 'bad', due: '2026-02-31' }, ...rows]);
    const target = fixture.tables.target('tickets', { plugin: 'tickets', instanceId: 'acme' });
    const written = fixture.store.db.transaction().execute((trx) => applyCopied(trx, target, [bytes]));
    expect(await written).toEqual(counts({ inserted: 4000, rejected: 1, rejection: 'a date or time does not exist' }));
  });
});
