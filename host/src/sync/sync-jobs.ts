// What people do with sync jobs: look, change the rhythm, run now, go back to an earlier cursor.
import { sql, type RawBuilder } from 'kysely';
import type { Actor, Audit, AuditEvent, ClientScope } from '../access/index.ts';
import { Problem } from '../errors.ts';
import type { Queryable, Store } from '../store/index.ts';
import { readCursors, rewindTo, type CursorView } from './cursor-history.ts';
import { enqueue, nextOf } from './dispatch.ts';
import type { JobQueue } from './job-queue.ts';
import { jobView, type SyncJobView } from './job-views.ts';
import type { RunRow } from './run-rows.ts';
import { holdInstance, readSchedules, type ScheduleKey, type ScheduleRow } from './schedule-rows.ts';

export interface JobPatch {
  readonly enabled?: boolean;
  readonly everyMs?: number;
  readonly cron?: string;
}

export interface SyncJobs {
  /** `clients`: only theirs, here and below. */
  list(instanceId: string, clients: ClientScope): Promise<SyncJobView[]>;
  patch(key: ScheduleKey, patch: JobPatch, actor: Actor): Promise<SyncJobView>;
  /** The id of the run; of the one that is waiting when there is one. */
  run(key: ScheduleKey, actor: Actor): Promise<{ readonly runId: string }>;
  cursors(key: ScheduleKey, limit: number, clients: ClientScope): Promise<CursorView[]>;
  /** `to`: id of a cursor in the history; null reads everything again. */
  rewind(key: ScheduleKey, to: number | null, actor: Actor): Promise<SyncJobView>;
}

export function createSyncJobs(parts: {
  readonly store: Pick<Store, 'db' | 'readAs'>;
  readonly queue: JobQueue;
  readonly audit: Audit;
}): SyncJobs {
  const { store, queue, audit } = parts;
  const { db } = store;
  const viewOf = async (row: ScheduleRow, among: Queryable = db): Promise<SyncJobView> =>
    jobView(row, await lastRunOf(among, row));
  const find = async (key: ScheduleKey, among: Queryable = db): Promise<ScheduleRow> => {
    const rows = await readSchedules(among, key.instanceId);
    const row = rows.find(({ stream, kind }) => stream === key.stream && kind === key.kind);
    if (row === undefined) throw unknownJob(key);
    return row;
  };

  return {
    list: (instanceId, clients) =>
      store.readAs(clients, async (seen) => {
        const found = await seen.selectFrom('instance').select('id').where('id', '=', instanceId).executeTakeFirst();
        if (found === undefined) {
          throw new Problem('not_found', `there is no instance "${instanceId}"`, { next: 'List the instances.' });
        }
        return Promise.all((await readSchedules(seen, instanceId)).map((row) => viewOf(row, seen)));
      }),

    async patch(key, patch, actor) {
      const rhythm = await rhythmOf(db, patch);
      await db.transaction().execute(async (trx) => {
        await lockJob(trx, key);
        const row = await find(key, trx);
        await changeSchedule(trx, key, row, patch, rhythm);
        const { every_ms: everyMs, cron, enabled, paused } = row;
        await audit.record(trx, {
          ...eventOf(key, actor, 'change'),
          before: { everyMs, cron, enabled, paused },
          after: patch,
        });
      });
      return viewOf(await find(key));
    },

    async run(key, actor) {
      return db.transaction().execute(async (trx) => {
        await lockJob(trx, key);
        const row = await find(key, trx);
        const waiting = await trx
          .selectFrom('run')
          .select('id')
          .where('instance_id', '=', key.instanceId)
          .where('stream', '=', key.stream)
          .where('kind', '=', key.kind)
          .where('state', '=', 'queued')
          .executeTakeFirst();
        const runId = waiting?.id ?? (await enqueue(trx, queue, { ...key, plugin: row.plugin, trigger: 'manual' }));
        await audit.record(trx, { ...eventOf(key, actor, 'run'), after: { runId } });
        return { runId };
      });
    },

    cursors: (key, limit, clients) =>
      store.readAs(clients, async (seen) => {
        await find(key, seen);
        return readCursors(seen, key, limit);
      }),

    async rewind(key, to, actor) {
      if (key.kind === 'census') throw invalid('/kind', 'a census has no cursor');
      await find(key);
      await db.transaction().execute(async (trx) => {
        await lockJob(trx, key);
        const change = await rewindTo(trx, key, to, actor.id);
        await audit.record(trx, { ...eventOf(key, actor, to === null ? 'resync' : 'rewind'), ...change });
      });
      return viewOf(await find(key));
    },
  };
}

function eventOf(key: ScheduleKey, actor: Actor, act: string): Omit<AuditEvent, 'before' | 'after'> {
  const { instanceId, stream, kind } = key;
  const id = `${instanceId}/${stream}/${kind}`;
  return { actor, action: `sync-job.${act}`, entity: { kind: 'sync-job', id }, instanceId };
}

type Rhythm = Partial<{ every_ms: number | null; cron: string | null; next_due_at: Date | RawBuilder<Date> }>;

async function rhythmOf(db: Store['db'], { everyMs, cron }: JobPatch): Promise<Rhythm> {
  if (everyMs !== undefined && cron !== undefined) throw invalid('/cron', 'cannot be set together with everyMs');
  if (cron !== undefined) return { every_ms: null, cron, next_due_at: await firstOf(db, cron) };
  if (everyMs === undefined) return {};
  return { every_ms: everyMs, cron: null, next_due_at: sql<Date>`now() + ${everyMs} * interval '1 millisecond'` };
}

async function changeSchedule(
  trx: Queryable,
  key: ScheduleKey,
  row: ScheduleRow,
  { enabled }: JobPatch,
  rhythm: Rhythm,
): Promise<void> {
  // Switching it on is also the way to say that what was in the way is gone.
  const resumed = enabled === true ? { paused: null, failures: 0 } : {};
  await trx
    .updateTable('sync_schedule')
    .set({ ...rhythm, ...resumed, enabled: enabled ?? row.enabled })
    .where('instance_id', '=', key.instanceId)
    .where('stream', '=', key.stream)
    .where('kind', '=', key.kind)
    .execute();
}

/** Whoever makes runs of it, a tick say, waits or has been here. */
async function lockJob(trx: Store['db'], key: ScheduleKey): Promise<void> {
  await holdInstance(trx, key.instanceId);
  await sql`
    select 1 from sync_schedule
    where instance_id = ${key.instanceId} and stream = ${key.stream} and kind = ${key.kind} for update`.execute(trx);
}

/** By the database's clock, as every later one. */
async function firstOf(db: Store['db'], cron: string): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select now() as now`.execute(db);
  try {
    return nextOf(cron, rows[0]?.now ?? new Date(Number.NaN));
  } catch (error) {
    throw invalid('/cron', `is not a cron expression: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function lastRunOf(db: Store['db'], row: ScheduleRow): Promise<RunRow | undefined> {
  return db
    .selectFrom('run')
    .selectAll()
    .where('instance_id', '=', row.instance_id)
    .where('stream', '=', row.stream)
    .where('kind', '=', row.kind)
    .orderBy('queued_at', 'desc')
    .limit(1)
    .executeTakeFirst();
}

function invalid(pointer: string, message: string): Problem {
  return new Problem('config_invalid', `${pointer} ${message}`, { errors: [{ pointer, message }] });
}

function unknownJob({ instanceId, stream, kind }: ScheduleKey): Problem {
  return new Problem(
    'not_found',
    `instance "${instanceId}" has no ${kind === 'census' ? 'census' : 'stream'} "${stream}"`,
    {
      next: `GET /api/instances/${instanceId}/sync-jobs lists what there is.`,
      instanceId,
    },
  );
}
