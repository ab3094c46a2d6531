// Rows that nobody has yet go straight into the table. Whatever stands in their way, what is stored and counted is the same.
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { applyChanged, applyNew } from '../../host/src/sync/apply.ts';
import { RunUpserts } from '../../host/src/sync/run-upserts.ts';
import { claimSchedules, addSchedules, type ScheduleKey } from '../../host/src/sync/schedule-rows.ts';
import { SyncWriter } from '../../host/src/sync/sync-writer.ts';
import { problemOf } from '../instances/fixture.ts';
import { databases, server } from '../support/databases.ts';
import { until } from '../support/until.ts';
import { chunkOf, counts, type Fixture, keysOf, openFixture, pluginWith, streamOf, upsertOf } from './fixture.ts';

const ticket = (n: number, title = `ticket ${n}`) => ({ id: `T-${String(n).padStart(5, '0')}`, title, points: n });
/** From the last key to the first: a merge would store them the other way round. */
const batch = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => ticket(to - 1 - n));

async function open(): Promise<Fixture> {
  const fixture = await openFixture(server);
  await fixture.addInstance('acme');
  await fixture.activate(pluginWith({ tickets: streamOf({ version: 'points' }) }));
  return fixture;
}

const targetOf = ({ tables }: Fixture, instanceId = 'acme') =>
  tables.target('tickets', { plugin: 'tickets', instanceId });

/** Each batch in a transaction of its own. */
function writer(fixture: Fixture) {
  const upserts = new RunUpserts(targetOf(fixture));
  return (rows: readonly object[]) => {
    const { bytes } = chunkOf(fixture, rows);
    return fixture.store.db.transaction().execute((trx) => upserts.write(trx, [bytes], keysOf(fixture, rows)));
  };
}

/** Ids in the order in which they lie in the table. */
async function placed({ store }: Fixture): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select id from tickets.tickets order by ctid`.execute(store.db);
  return rows.map(({ id }) => id);
}
const ids = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id);

describe('rows that nobody has', () => {
  test('are stored as they come, with all that a row has, and are as they were when they come again', async () => {
    await using fixture = await open();
    const write = writer(fixture);
    expect(await write(batch(0, 20))).toEqual(counts({ inserted: 20 }));
    expect(await write(batch(20, 50))).toEqual(counts({ inserted: 30 }));
    expect(await placed(fixture)).toEqual(ids([...batch(0, 20), ...batch(20, 50)]));
    const { rows } = await sql`
      select distinct instance_id, length(row_hash) as hash, deleted_at, deleted_reason,
        synced_at > now() - interval '1 minute' and synced_at <= now() as fresh
      from tickets.tickets`.execute(fixture.store.db);
    expect(rows).toEqual([{ instance_id: 'acme', hash: 22, deleted_at: null, deleted_reason: null, fresh: true }]);
    expect(await writer(fixture)(batch(0, 50))).toEqual(counts({ unchanged: 50 }));
  });

  test('one that is twice among them, one that is there and one that cannot be stored are treated as ever', async () => {
    await using fixture = await open();
    const twice = [...batch(0, 20), ticket(7, 'again')];
    expect(await writer(fixture)(twice)).toEqual(counts({ inserted: 20, unchanged: 1 }));

    const write = writer(fixture);
    expect(await write(batch(20, 40))).toEqual(counts({ inserted: 20 }));
    const there = [...batch(40, 60), ticket(25, 'changed'), { ...ticket(26), points: 1 }, ticket(27)];
    expect(await write(there)).toEqual(counts({ inserted: 20, updated: 1, unchanged: 2 }));

    const next = writer(fixture);
    expect(await next(batch(60, 80))).toEqual(counts({ inserted: 20 }));
    const refused = [...batch(80, 100), { ...ticket(100), due: '2026-02-31' }, { title: 'no key' }];
    expect(await next(refused)).toMatchObject({ inserted: 20, rejected: 2 });

    const stored = await fixture.rows();
    expect(ids(stored as { id: string }[])).toEqual(ids(batch(0, 100)).toReversed());
    expect(stored[7]).toMatchObject({ title: 'again' });
    expect(stored[25]).toMatchObject({ title: 'changed' });
    expect(stored[26]).toMatchObject({ title: 'ticket 26', points: '26' });
  });

  test('a run that was wrong once is not wrong with every batch that follows', async () => {
    await using fixture = await open();
    const write = writer(fixture);
    await write(batch(0, 20));
    await write([...batch(20, 40), ticket(3, 'changed')]);
    await write(batch(40, 60));
    expect((await placed(fixture)).slice(-20)).toEqual(ids(batch(40, 60)).toReversed());
  });

  test('one that somebody else writes at the same time is written once', async () => {
    await using fixture = await open();
    const { db } = fixture.store;
    const write = writer(fixture);
    await write(batch(0, 20));
    const other = await db.startTransaction().execute();
    await fixture.tables.apply(other, { plugin: 'tickets', instanceId: 'acme' }, [hooked(fixture, ticket(30, 'hook'))]);
    const written = write(batch(20, 40));
    await until(() => waiting(fixture, 1));
    await other.commit().execute();
    expect(await written).toEqual(counts({ inserted: 19, updated: 1 }));
    expect((await fixture.rows())[30]).toMatchObject({ title: 'ticket 30' });
  });

  test('two that write the same ones in another order do not stop each other', async () => {
    await using fixture = await open();
    const { db } = fixture.store;
    const write = writer(fixture);
    await write(batch(0, 20));
    // Stops a batch before its last row, when it has all the others.
    await sql`
      create function tickets.pause() returns trigger language plpgsql as $$ begin
        if new.id = 'T-00020' and new.title <> 'hook' then perform pg_advisory_xact_lock(4711); end if;
        return new;
      end $$`.execute(db);
    await sql`create trigger pause before insert on tickets.tickets
      for each row execute function tickets.pause()`.execute(db);
    const pause = await db.startTransaction().execute();
    await sql`select pg_advisory_xact_lock(4711)`.execute(pause);

    const other = await db.startTransaction().execute();
    // Who waits first looks for a deadlock never, so that the batch finds it.
    await sql`set local deadlock_timeout = '1h'`.execute(other);
    const hook = (n: number) =>
      fixture.tables.apply(other, { plugin: 'tickets', instanceId: 'acme' }, [hooked(fixture, ticket(n, 'hook'))]);
    await hook(20);
    const written = write(batch(20, 40));
    await until(() => waiting(fixture, 1));
    const hooks = hook(39).then(() => other.commit().execute());
    await until(() => waiting(fixture, 2));
    await pause.commit().execute();
    expect(await written).toEqual(counts({ inserted: 18, updated: 2 }));
    await hooks;
    expect(await fixture.rows()).toHaveLength(40);
  });

  test('a plugin that has got at the encoder writes for nobody else, and nothing for an instance that is gone', async () => {
    await using fixture = await open();
    await fixture.addInstance('umbrella');
    const { db } = fixture.store;
    const line = Buffer.from(chunkOf(fixture, [ticket(1)]).bytes)
      .toString()
      .trimEnd();
    const forged = Buffer.from(`${line}\tumbrella\n`);
    const insert = (id: string, bytes: Uint8Array) =>
      db.transaction().execute((trx) => applyNew(trx, targetOf(fixture, id), [bytes]));
    expect(await insert('acme', forged)).toBeUndefined();
    expect(await fixture.rows()).toEqual([]);
    expect((await problemOf(insert('nobody', Buffer.from(`${line}\n`)))).code).toBe('gone');
    // What a transaction says of its rows does not outlive it.
    await insert('acme', Buffer.from(`${line}\n`));
    await db.connection().execute(async (connection) => {
      await connection
        .transaction()
        .execute((trx) => applyNew(trx, targetOf(fixture, 'umbrella'), [Buffer.from(`${line}\n`)]));
      await expect(
        sql`insert into tickets.tickets (id, row_hash) values ('x', '')`.execute(connection),
      ).rejects.toThrow('instance_id');
    });
    expect((await fixture.rows()).map((row) => row['instance_id'])).toEqual(['acme', 'umbrella']);
  });

  test('a table from before is told how to fill them in; one that cannot be told takes them all the same', async () => {
    await using fixture = await open();
    const { db } = fixture.store;
    const unfill = sql`alter table tickets.tickets alter instance_id drop default, alter synced_at drop default`;
    await unfill.execute(db);
    const write = writer(fixture);
    expect(await write(batch(0, 20))).toEqual(counts({ inserted: 20 }));
    expect(await write(batch(20, 40))).toEqual(counts({ inserted: 20 }));
    expect(await placed(fixture)).toEqual(ids(batch(0, 40)).toReversed());
    await fixture.activate(pluginWith({ tickets: streamOf({ version: 'points' }) }));
    await writer(fixture)(batch(40, 60));
    expect((await placed(fixture)).slice(40)).toEqual(ids(batch(40, 60)));

    await unfill.execute(db);
    await db.transaction().execute(async (trx) => {
      await sql`lock table tickets.tickets in access share mode`.execute(trx);
      await fixture.activate(pluginWith({ tickets: streamOf({ version: 'points' }) }));
    });
    expect(fixture.tables.list('tickets')).toMatchObject([{ id: 'tickets' }]);
    expect(fixture.tables.list('tickets')[0]).not.toHaveProperty('repair');
    expect(await writer(fixture)(batch(60, 80))).toEqual(counts({ inserted: 20 }));
  });

  test('asking says that none is there only when none is', async () => {
    await using fixture = await open();
    const change = (rows: readonly object[]) => {
      const { bytes } = chunkOf(fixture, rows);
      return fixture.store.db
        .transaction()
        .execute((trx) => applyChanged(trx, targetOf(fixture), [bytes], keysOf(fixture, rows)));
    };
    expect(await change(batch(0, 20))).toEqual(counts({ inserted: 20 }));
    expect(await placed(fixture)).toEqual(ids(batch(0, 20)));
    expect(await change([...batch(20, 40), ticket(0, 'changed')])).toEqual(counts({ inserted: 20, updated: 1 }));
  });
});

function hooked(fixture: Fixture, row: ReturnType<typeof ticket>) {
  const { bytes } = chunkOf(fixture, [row]);
  const copied = streamOf().columns.map(({ name }) => name);
  return { ...upsertOf([]), bytes, copied };
}

/** When so many sessions of this database wait for another one. */
async function waiting({ store }: Fixture, sessions: number): Promise<true | undefined> {
  const { rows } = await sql`
    select 1 from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(store.db);
  return rows.length === sessions ? true : undefined;
}

const key: ScheduleKey = { instanceId: 'acme', stream: 'tickets', kind: 'read' };

describe.each(databases)('a run on $name', (database) => {
  test('that begins with new rows, meets its own again and is read anew counts each row once', async () => {
    await using fixture = await openFixture(database);
    await fixture.addInstance('acme');
    await fixture.activate(pluginWith({ tickets: streamOf() }));
    const { db } = fixture.store;
    await addSchedules(db, { plugin: 'tickets', instanceId: 'acme' }, [{ ...key, everyMs: 1000 }], 1);
    const read = async (runId: string, pages: readonly (readonly object[])[]) => {
      await sql`
        insert into run (id, plugin, instance_id, stream, kind, trigger, state)
        values (${runId}, 'tickets', 'acme', 'tickets', 'read', 'schedule', 'running')`.execute(db);
      await sql`update sync_schedule set run_id = null`.execute(db);
      const epoch = (await claimSchedules(db, [{ ...key, runId }], 60_000)).get(runId)?.epoch ?? 0;
      const about = { db, key, runId, epoch, target: targetOf(fixture) };
      const run = new SyncWriter({ ...about, removesAbsent: false, isHistory: false, limits: defaultLimits.sync });
      for (const [page, rows] of pages.entries()) {
        await run.add(chunkOf(fixture, rows));
        await run.add({ bytes: new Uint8Array(), rows: 0, op: { kind: 'checkpoint', cursor: page } });
        await run.settle();
      }
      await run.finish();
      const { inserted, updated, unchanged, rejected } = run.counts;
      return { inserted, updated, unchanged, rejected };
    };
    const pages = [batch(0, 20), batch(20, 40), [...batch(40, 60), ticket(50, 'last')], [ticket(1)], batch(60, 80)];
    expect(await read('first', pages)).toEqual({ inserted: 80, updated: 0, unchanged: 2, rejected: 0 });
    expect(await read('again', pages)).toMatchObject({ inserted: 0, unchanged: 82, rejected: 0 });
    const changed = pages.map((rows) => rows.map((row) => ({ ...row, title: 'new' })));
    expect(await read('changed', changed)).toEqual({ inserted: 0, updated: 80, unchanged: 2, rejected: 0 });
    const stored = await fixture.rows();
    expect(stored).toHaveLength(80);
    expect(new Set(stored.map(({ title }) => title))).toEqual(new Set(['new']));
  });
});
