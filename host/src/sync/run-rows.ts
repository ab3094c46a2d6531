// The statements on `run`: one row for every execution of a sync job.
import { sql, type Selectable } from 'kysely';
import { type ClientScope, ofInstances } from '../access/index.ts';
import { PREPARED, type Queryable, type RunTable } from '../store/index.ts';
import { rowsOf, type ScheduleKey, type ScheduleKind, textsOf } from './schedule-rows.ts';

export type RunRow = Selectable<RunTable>;

export const RUN_STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'skipped', 'abandoned'] as const;
/**
 * queued: due, and in the queue. running: a host reads. succeeded, failed, cancelled: as they say. skipped: the one before it was
 * still running. abandoned: its host died; the schedule has been made due again.
 */
export type RunState = (typeof RUN_STATES)[number];

/** What a run did. */
export interface RunCounts {
  /** Rows the plugin yielded. */
  readonly read: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly deleted: number;
  /** Rows that the table cannot hold, and why the first one was. */
  readonly rejected: number;
  readonly rejection?: string;
  /** Encoded bytes. */
  readonly bytes: number;
  readonly vendorCalls: number;
  /** Milliseconds in which its calls waited for the vendor's limits, added up. */
  readonly vendorWaitMs: number;
  /** Milliseconds spent in the database. */
  readonly storeMs: number;
  /** Said by a census that doubted its vendor. */
  readonly doubt?: string;
}

export interface RunError {
  readonly code: string;
  readonly detail: string;
  readonly next: string;
}

/** Of a run whose host is dead, or has lost the database for too long. */
export const ABANDONED: RunError = {
  code: 'internal',
  detail: 'the host that ran it has died or lost the database',
  next: 'Nothing: the stream is read again from its last cursor.',
};

export interface RunStart extends ScheduleKey {
  readonly id: string;
  readonly epoch: number;
  /** Of the plugin. */
  readonly version: string | null;
}

/** What is said to be running on their schedules has lost its lease. */
export async function markRunning(trx: Queryable, runs: readonly RunStart[], host: string): Promise<void> {
  await sql`${PREPARED}
    with started as (
      ${rowsOf(runs, sql`id text, "instanceId" text, stream text, kind text, epoch integer, version text`)}
    ), lost as (
      update run set state = 'abandoned', ended_at = now(), error = ${JSON.stringify(ABANDONED)}::text::jsonb
      from started
      where run.instance_id = "instanceId" and run.stream = started.stream and run.kind = started.kind
        and run.state = 'running'
    )
    update run set state = 'running', host = ${host}, version = started.version, epoch = started.epoch, started_at = now()
    from started where run.id = started.id`.execute(trx);
}

/** They have been handed to the queue just now. */
export async function noteSent(db: Queryable, runIds: readonly string[]): Promise<void> {
  await sql`update run set sent_at = now() where id in (${textsOf(runIds)})`.execute(db);
}

/** They are not to start. */
export async function skipRuns(db: Queryable, runIds: readonly string[]): Promise<void> {
  await sql`update run set state = 'skipped', ended_at = now() where id in (${textsOf(runIds)})`.execute(db);
}

/** Which version of the plugin runs it. */
export async function noteVersion(db: Queryable, runId: string, version: string): Promise<void> {
  await sql`update run set version = ${version} where id = ${runId}`.execute(db);
}

/** False when the run has ended already: another host has given it up. */
export async function endRun(
  db: Queryable,
  runId: string,
  state: RunState,
  counts: RunCounts | undefined,
  error: RunError | undefined,
): Promise<boolean> {
  const { rows } = await sql`
    update run set state = ${state}, ended_at = now(),
      counts = coalesce(${counts === undefined ? null : JSON.stringify(counts)}::text::jsonb, counts),
      error = ${error === undefined ? null : JSON.stringify(error)}::text::jsonb
    where id = ${runId} and state in ('queued', 'running')
    returning 1`.execute(db);
  return rows.length > 0;
}

/** What is known of a run that goes on; whether it is to be cancelled. */
export async function reportRun(db: Queryable, runId: string, counts: RunCounts): Promise<{ cancel: boolean }> {
  const { rows } = await sql<{ cancel: boolean }>`
    update run set counts = ${JSON.stringify(counts)}::text::jsonb where id = ${runId} returning cancel`.execute(db);
  return { cancel: rows[0]?.cancel ?? true };
}

export async function readRun(db: Queryable, runId: string): Promise<RunRow | undefined> {
  return db.selectFrom('run').selectAll().where('id', '=', runId).executeTakeFirst();
}

export interface RunFilter {
  readonly instance?: string;
  readonly plugin?: string;
  readonly stream?: string;
  readonly kind?: ScheduleKind;
  readonly state?: RunState;
  readonly limit: number;
  /** Id of the last run of the page before. */
  readonly after?: string;
}

/** The newest first; one more than the limit when there are more. */
export async function readRuns(
  db: Queryable,
  { instance, plugin, stream, kind, state, limit, after }: RunFilter,
  clients: ClientScope,
): Promise<RunRow[]> {
  let query = db
    .selectFrom('run')
    .selectAll()
    .where(ofInstances(clients, 'instance_id'))
    .orderBy('queued_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (instance !== undefined) query = query.where('instance_id', '=', instance);
  if (plugin !== undefined) query = query.where('plugin', '=', plugin);
  if (stream !== undefined) query = query.where('stream', '=', stream);
  if (kind !== undefined) query = query.where('kind', '=', kind);
  if (state !== undefined) query = query.where('state', '=', state);
  if (after !== undefined)
    query = query.where(sql<boolean>`(queued_at, id) < (select r.queued_at, r.id from run r where r.id = ${after})`);
  return query.execute();
}

export interface NewRun {
  readonly id: string;
  readonly plugin: string;
  readonly instanceId: string;
  readonly stream: string;
  readonly kind: ScheduleKind;
  readonly trigger: 'schedule' | 'manual';
}

export async function insertRun(db: Queryable, run: NewRun): Promise<void> {
  await db
    .insertInto('run')
    .values({
      id: run.id,
      plugin: run.plugin,
      instance_id: run.instanceId,
      stream: run.stream,
      kind: run.kind,
      trigger: run.trigger,
      state: 'queued',
    })
    .execute();
}
