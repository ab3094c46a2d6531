// The statements on `sync_schedule`: who may run a stream now, and when it is due next. The database's clock decides.
//
// A run owns its row from `claim` to `release`. Its epoch grows with every claim and is checked by every write of the run, so that
// one which was thought dead and comes back can write nothing.
import { type RawBuilder, type Selectable, sql } from 'kysely';
import { PREPARED, type Queryable, type SyncScheduleTable } from '../store/index.ts';

export type ScheduleKind = 'read' | 'census';

export interface ScheduleKey {
  readonly instanceId: string;
  readonly stream: string;
  readonly kind: ScheduleKind;
}

export type ScheduleRow = Selectable<SyncScheduleTable>;

export interface Claim {
  readonly epoch: number;
  /** Where the read starts; null at first. */
  readonly cursor: unknown;
}

/**
 * Keeps the instance from being deleted until the transaction ends. Whoever locks schedules or runs, and then writes rows that refer
 * to the instance, takes this first: a deletion takes its locks in that order. False when it is gone.
 */
export async function holdInstance(trx: Queryable, instanceId: string): Promise<boolean> {
  const { rows } = await sql`select 1 from instance where id = ${instanceId} for key share`.execute(trx);
  return rows.length > 0;
}

/** One at a time changes all schedules of an instance, or decides by all of them. */
export async function lockSchedules(trx: Queryable, instanceId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext(${`sync ${instanceId}`}))`.execute(trx);
}

/**
 * {@link holdInstance} and {@link lockSchedules} of several, in the same order whoever wants them.
 * @param ids a query of them
 * @returns those that are there
 */
export async function holdInstances(
  trx: Queryable,
  ids: RawBuilder<unknown>,
  { skipLocked = false }: { readonly skipLocked?: boolean } = {},
): Promise<string[]> {
  const { rows } = await sql<{ ids: string[] }>`${PREPARED}
    with held as (
      select id from instance where id in (${ids})
      order by id for key share ${skipLocked ? sql`skip locked` : sql``}
    ), keys as materialized (
      select hashtext('sync ' || id) as key, json_agg(id) as ids from held group by 1 order by 1
    )
    select ids, pg_advisory_xact_lock(key) from keys`.execute(trx);
  return rows.flatMap((row) => row.ids);
}

/**
 * For a statement: a query of these texts. The planner takes JSON for a hundred rows whatever is in it, and would rather read all of a
 * small table: the limit says that they are few.
 */
export function textsOf(texts: readonly string[]): RawBuilder<unknown> {
  return sql`select * from json_array_elements_text(${JSON.stringify(texts)}::text::json) limit ${texts.length}::bigint`;
}

/** The same of objects. @param columns their members, as SQL declares them */
export function rowsOf(rows: readonly object[], columns: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`select * from json_to_recordset(${JSON.stringify(rows)}::text::json) as given(${columns}) limit ${rows.length}::bigint`;
}

const where = ({ instanceId, stream, kind }: ScheduleKey) =>
  sql`instance_id = ${instanceId} and stream = ${stream} and kind = ${kind}`;

/** From this moment, however long the transaction has waited for the row. */
const leaseFor = (leaseMs: number) => sql`clock_timestamp() + ${leaseMs} * interval '1 millisecond'`;

/** Takes rows for runs. Those are left out that another run has. */
export async function claimSchedules(
  db: Queryable,
  runs: readonly (ScheduleKey & { readonly runId: string })[],
  leaseMs: number,
): Promise<ReadonlyMap<string, Claim>> {
  const { rows } = await sql<Claim & { run_id: string }>`${PREPARED}
    update sync_schedule s set epoch = epoch + 1, run_id = "runId", lease_until = ${leaseFor(leaseMs)}
    from (${rowsOf(runs, sql`"instanceId" text, stream text, kind text, "runId" text`)}) as wanted
    where s.instance_id = "instanceId" and s.stream = wanted.stream and s.kind = wanted.kind
      and (s.run_id is null or s.lease_until < now())
    returning run_id, epoch, cursor`.execute(db);
  return new Map(rows.map(({ run_id, epoch, cursor }) => [run_id, { epoch, cursor }]));
}

/**
 * Makes sure that the run still owns the row, and goes on owning it; locks the row, and the instance before it, until the transaction
 * ends. False when another run has taken it over, or the instance is gone: then nothing of this one may be written.
 */
export async function holdSchedule(
  db: Queryable,
  key: ScheduleKey,
  runId: string,
  epoch: number,
  leaseMs: number,
): Promise<boolean> {
  const { rows } = await sql`${PREPARED}
    update sync_schedule set lease_until = ${leaseFor(leaseMs)}
    from (select id from instance where id = ${key.instanceId} for key share) as held
    where ${where(key)} and instance_id = held.id and run_id = ${runId} and epoch = ${epoch}
    returning 1`.execute(db);
  return rows.length > 0;
}

/** Where the next read starts. Call after {@link holdSchedule}, in its transaction. */
export async function moveCursor(db: Queryable, key: ScheduleKey, runId: string, cursor: unknown): Promise<void> {
  const text = JSON.stringify(cursor);
  await sql`${PREPARED}
    with moved as (update sync_schedule set cursor = ${text}::text::jsonb where ${where(key)})
    insert into sync_cursor (instance_id, stream, cursor, act, run_id)
    values (${key.instanceId}, ${key.stream}, ${text}::text::jsonb, 'run', ${runId})
    on conflict (run_id) do update set cursor = excluded.cursor, at = now()`.execute(db);
}

export interface Release {
  /** Failures in a row; 0 after a success. */
  readonly failures: number;
  /** Milliseconds from now; undefined leaves the time as it is. */
  readonly nextInMs: number | undefined;
  /** Set when a person has to do something first; undefined leaves it as it is. */
  readonly paused: { readonly code: string; readonly reason: string } | null | undefined;
}

/** Gives the row back. False when the run has lost it: then nothing happens. */
export async function releaseSchedule(
  db: Queryable,
  key: ScheduleKey,
  runId: string,
  { failures, nextInMs, paused }: Release,
): Promise<boolean> {
  const due = nextInMs === undefined ? sql`next_due_at` : sql`now() + ${nextInMs}::float8 * interval '1 millisecond'`;
  const pause =
    paused === undefined ? sql`paused` : sql`${paused === null ? null : JSON.stringify(paused)}::text::jsonb`;
  const { rows } = await sql`
    update sync_schedule
    set run_id = null, lease_until = null, failures = ${failures}, next_due_at = ${due}, paused = ${pause}
    where ${where(key)} and run_id = ${runId}
    returning 1`.execute(db);
  return rows.length > 0;
}

/** The vendor refuses the instance: none of its streams may try on its own, or the account is locked. */
export async function pauseInstance(
  db: Queryable,
  instanceId: string,
  paused: { readonly code: string; readonly reason: string },
): Promise<void> {
  await sql`
    update sync_schedule set paused = ${JSON.stringify(paused)}::text::jsonb
    where instance_id = ${instanceId} and paused is null`.execute(db);
}

/** They were due while the run before was still going on. */
export async function countSkips(db: Queryable, keys: readonly ScheduleKey[]): Promise<void> {
  await sql`
    update sync_schedule s set skipped = skipped + 1
    from json_to_recordset(${JSON.stringify(keys)}::text::json) as busy("instanceId" text, stream text, kind text)
    where s.instance_id = busy."instanceId" and s.stream = busy.stream and s.kind = busy.kind`.execute(db);
}

export async function failuresOf(db: Queryable, key: ScheduleKey): Promise<number> {
  const { rows } = await sql<{ failures: number }>`select failures from sync_schedule where ${where(key)}`.execute(db);
  return rows[0]?.failures ?? 0;
}

export interface WantedSchedule extends Omit<ScheduleKey, 'instanceId'> {
  readonly everyMs: number;
}

/**
 * Adds the rows that are not there, of the instance or of every instance of the plugin. The first runs come soon, but not all
 * instances at the same moment.
 */
export async function addSchedules(
  db: Queryable,
  of: { readonly plugin: string; readonly instanceId?: string | undefined },
  wanted: readonly WantedSchedule[],
  spreadMs: number,
): Promise<void> {
  const whose = of.instanceId === undefined ? sql`` : sql`and id = ${of.instanceId}`;
  await sql`
    insert into sync_schedule (instance_id, stream, kind, plugin, every_ms, next_due_at)
    select id, stream, kind, plugin, "everyMs", now() + random() * ${spreadMs} * interval '1 millisecond'
    from instance, json_to_recordset(${JSON.stringify(wanted)}::text::json)
      as wanted(stream text, kind text, "everyMs" double precision)
    where plugin = ${of.plugin} ${whose} and not exists (
      select 1 from sync_schedule s where s.instance_id = id and s.stream = wanted.stream and s.kind = wanted.kind
    )
    order by id, stream, kind
    on conflict do nothing`.execute(db);
}

/** Schedules of an instance, or of everything, in the order of their names. */
export function readSchedules(db: Queryable, instanceId: string): Promise<ScheduleRow[]> {
  return db
    .selectFrom('sync_schedule')
    .selectAll()
    .where('instance_id', '=', instanceId)
    .orderBy('stream')
    .orderBy('kind', 'desc')
    .execute();
}

/** Schedules that wait for a person go on: of an instance or a plugin, all of them or those that wait for one of these reasons. */
export async function resumeSchedules(
  db: Queryable,
  of: ({ readonly instanceId: string } | { readonly plugin: string }) & { readonly codes?: readonly string[] },
  spreadMs: number,
): Promise<void> {
  const whose = 'instanceId' in of ? sql`instance_id = ${of.instanceId}` : sql`plugin = ${of.plugin}`;
  const why = of.codes === undefined ? sql`` : sql`and paused ->> 'code' in (${sql.join(of.codes)})`;
  await sql`
    update sync_schedule
    set paused = null, failures = 0, next_due_at = now() + random() * ${spreadMs} * interval '1 millisecond'
    where ${whose} ${why} and paused is not null`.execute(db);
}
