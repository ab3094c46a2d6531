// The statements on `sync_schedule`: who may run a stream now, and when it is due next. The database's clock decides.
//
// A run owns its row from `claim` to `release`. Its epoch grows with every claim and is checked by every write of the run, so that
// one which was thought dead and comes back can write nothing.
import { sql, type Selectable } from 'kysely';
import type { Queryable, SyncScheduleTable } from '../store/index.ts';

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

const where = ({ instanceId, stream, kind }: ScheduleKey) =>
  sql`instance_id = ${instanceId} and stream = ${stream} and kind = ${kind}`;

/** From this moment, however long the transaction has waited for the row. */
const leaseFor = (leaseMs: number) => sql`clock_timestamp() + ${leaseMs} * interval '1 millisecond'`;

/** Takes the row for a run. Undefined while another run has it. */
export async function claimSchedule(
  db: Queryable,
  key: ScheduleKey,
  runId: string,
  leaseMs: number,
): Promise<Claim | undefined> {
  const { rows } = await sql<Claim>`
    update sync_schedule
    set epoch = epoch + 1, run_id = ${runId}, lease_until = ${leaseFor(leaseMs)}
    where ${where(key)} and (run_id is null or lease_until < now())
    returning epoch, cursor`.execute(db);
  return rows[0];
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
  const { rows } = await sql`
    update sync_schedule set lease_until = ${leaseFor(leaseMs)}
    from (select id from instance where id = ${key.instanceId} for key share) as held
    where ${where(key)} and instance_id = held.id and run_id = ${runId} and epoch = ${epoch}
    returning 1`.execute(db);
  return rows.length > 0;
}

/** Where the next read starts. Call after {@link holdSchedule}, in its transaction. */
export async function moveCursor(db: Queryable, key: ScheduleKey, runId: string, cursor: unknown): Promise<void> {
  const text = JSON.stringify(cursor);
  await sql`update sync_schedule set cursor = ${text}::text::jsonb where ${where(key)}`.execute(db);
  await sql`
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

/** Why the schedule waits for a person; null while it does not. */
export async function pauseOf(db: Queryable, key: ScheduleKey): Promise<ScheduleRow['paused']> {
  const { rows } = await sql<Pick<ScheduleRow, 'paused'>>`select paused from sync_schedule where ${where(key)}`.execute(
    db,
  );
  return rows[0]?.paused ?? null;
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

/**
 * Whether a run has to wait: nobody has read this instance successfully since it was changed last, and another run, or a check, is
 * trying just now. Wrong credentials are then tried once, not once for each stream.
 */
export async function isBeingTried(db: Queryable, { instanceId }: ScheduleKey): Promise<boolean> {
  const { rows } = await sql<{ wait: boolean }>`
    select (
        exists (select 1 from sync_schedule where instance_id = ${instanceId} and run_id is not null)
        or exists (select 1 from instance_health where instance_id = ${instanceId} and lease_until > now())
      )
      and not exists (
        select 1 from run join instance on instance.id = run.instance_id
        where run.instance_id = ${instanceId} and run.state = 'succeeded' and run.ended_at > instance.updated_at
      ) as wait`.execute(db);
  return rows[0]?.wait ?? false;
}

/** It was due while the run before was still going on. */
export async function countSkip(db: Queryable, key: ScheduleKey): Promise<void> {
  await sql`update sync_schedule set skipped = skipped + 1 where ${where(key)}`.execute(db);
}

export async function failuresOf(db: Queryable, key: ScheduleKey): Promise<number> {
  const { rows } = await sql<{ failures: number }>`select failures from sync_schedule where ${where(key)}`.execute(db);
  return rows[0]?.failures ?? 0;
}

export interface WantedSchedule extends Omit<ScheduleKey, 'instanceId'> {
  /** Left out: of every instance. */
  readonly instanceId?: string | undefined;
  readonly plugin: string;
  readonly everyMs: number;
}

/**
 * Adds the row when it is not there, of the instance or of every instance of the plugin. The first run comes soon, but not all
 * instances at the same moment.
 */
export async function keepSchedule(db: Queryable, wanted: WantedSchedule, spreadMs: number): Promise<void> {
  const whose = wanted.instanceId === undefined ? sql`` : sql`and id = ${wanted.instanceId}`;
  await sql`
    insert into sync_schedule (instance_id, stream, kind, plugin, every_ms, next_due_at)
    select id, ${wanted.stream}, ${wanted.kind}, plugin, ${wanted.everyMs},
      now() + random() * ${spreadMs} * interval '1 millisecond'
    from instance where plugin = ${wanted.plugin} ${whose}
    order by id
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
