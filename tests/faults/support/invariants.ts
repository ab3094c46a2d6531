// What holds after every fault of a sync, and in the middle of one: I1 to I4 of a stream's rows, cursors and runs.
import { type Kysely, sql } from 'kysely';
import pg from 'pg';
import { expect } from 'vitest';
import { defaultLimits } from '../../../host/src/limits.ts';
import { type Database, openStore } from '../../../host/src/store/index.ts';
import type { TestDatabase } from '../../support/databases.ts';
import { silentLog } from '../../support/log.ts';
import type { LedgerVendor } from './ledger-vendor.ts';

type Db = Kysely<Database>;

/** Looks at the database from outside; the embedded one only while no host has it. */
export async function withDatabase<T>(place: TestDatabase, look: (db: Db) => Promise<T>): Promise<T> {
  await using store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
  return await look(store.db);
}

/** At any moment, whoever is dead or alive. */
export async function assertInvariants(db: Db, vendor?: LedgerVendor): Promise<void> {
  await assertRuns(db);
  await assertCursors(db);
  if (vendor !== undefined) await assertCommitted(db, vendor);
}

/** I3: a run has ended, waits, or has a lease. I2: no two runs of a stream that stored something were at work at the same time. */
async function assertRuns(db: Db): Promise<void> {
  const { rows: orphans } = await sql`
    select run.id from run left join sync_schedule s on s.run_id = run.id
    where run.state = 'running' and s.run_id is null`.execute(db);
  expect(orphans, 'runs that are running and have no lease').toEqual([]);
  const { rows: unended } = await sql`
    select id from run where (ended_at is null) <> (state in ('queued', 'running'))`.execute(db);
  expect(unended, 'runs whose state and end do not agree').toEqual([]);
  const { rows: overlapping } = await sql`
    select a.id, b.id as other from run a join run b on a.id < b.id
      and a.instance_id = b.instance_id and a.stream = b.stream and a.kind = b.kind
    where a.state = 'succeeded' and b.state = 'succeeded' and a.started_at < b.ended_at and b.started_at < a.ended_at
  `.execute(db);
  expect(overlapping, 'runs of one stream that both succeeded at the same time').toEqual([]);
}

/** I4: a cursor goes back only when a person says so. For cursors that are numbers. */
async function assertCursors(db: Db): Promise<void> {
  const { rows } = await sql`
    select * from (
      select id, instance_id, stream, act, cursor, lag(cursor) over w as before
      from sync_cursor where jsonb_typeof(cursor) = 'number'
      window w as (partition by instance_id, stream order by id)
    ) as moves where act = 'run' and before is not null and (cursor #>> '{}')::float8 < (before #>> '{}')::float8`.execute(
    db,
  );
  expect(rows, 'cursors that went back').toEqual([]);
}

interface Stored {
  readonly instance_id: string;
  readonly cursor: number | null;
}

/** I1 and I2 for what was committed: all up to the cursor is there once, and of history nothing beyond it. */
async function assertCommitted(db: Db, { accounts, entries }: LedgerVendor): Promise<void> {
  const schedules = async (stream: string): Promise<readonly Stored[]> =>
    (await sql<Stored>`select instance_id, cursor from sync_schedule where stream = ${stream}`.execute(db)).rows;
  for (const { instance_id: id, cursor } of await schedules('accounts')) {
    const due = [...accounts.values()].filter(({ version }) => version <= (cursor ?? 0));
    const { rows } = await sql<{ id: string; text: string; gone: boolean }>`
      select id, text, deleted_at is not null as gone from ledger.accounts where instance_id = ${id}`.execute(db);
    const stored = new Map(rows.map((row) => [Number(row.id), row]));
    const lost = due.filter((account) => {
      const row = stored.get(account.id);
      // One that was closed before it was ever read leaves no row.
      return account.gone ? row?.gone === false : row === undefined || row.gone || row.text !== account.text;
    });
    expect(lost, `accounts of ${id} before cursor ${cursor} that are not as the vendor had told`).toEqual([]);
  }
  for (const { instance_id: id, cursor } of await schedules('entries')) {
    const { rows } = await sql<{ number: string; text: string }>`
      select number, text from ledger.entries where instance_id = ${id} order by number`.execute(db);
    const told = entries.slice(0, cursor ?? 0).map((text, index) => ({ number: String(index + 1), text }));
    expect(rows, `entries of ${id} up to cursor ${cursor}: each once, none more`).toEqual(told);
  }
}

/** I7: sessions of hosts with this database. After all of them have stopped there is none. */
export async function openSessions(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'a test' });
  await client.connect();
  const { rows } = await client.query(`
    select 1 from pg_stat_activity where datname = current_database() and application_name like 'jackfield%'`);
  await client.end();
  return rows.length;
}

/** What the tables still have to become; undefined when they are what the vendor has. */
export async function differenceTo(db: Db, vendor: LedgerVendor, instance: string): Promise<string | undefined> {
  const read = async <T>(table: string, columns: string): Promise<T[]> =>
    (
      await sql<T>`select ${sql.raw(columns)} from ${sql.table(`ledger.${table}`)}
        where instance_id = ${instance} and deleted_at is null order by 1`.execute(db)
    ).rows;
  const wanted = {
    accounts: [...vendor.accounts.values()]
      .filter(({ gone }) => !gone)
      .toSorted((a, b) => a.id - b.id)
      .map(({ id, text, version }) => ({ id, text, version })),
    entries: vendor.entries.map((text, index) => ({ number: index + 1, text })),
    holders: [...vendor.holders].toSorted(([a], [b]) => a - b).map(([id, text]) => ({ id, text })),
  };
  const found = {
    accounts: await read('accounts', 'id::int, text, version::int'),
    entries: await read('entries', 'number::int, text'),
    holders: await read('holders', 'id::int, text'),
  };
  const differ = (Object.keys(wanted) as (keyof typeof wanted)[]).filter(
    (name) => JSON.stringify(wanted[name]) !== JSON.stringify(found[name]),
  );
  if (differ.length === 0) return undefined;
  return differ.map((name) => `${name}: ${found[name].length} rows for ${wanted[name].length}`).join(', ');
}
