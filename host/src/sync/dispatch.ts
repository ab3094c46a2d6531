// The tick: what is due becomes a run in the queue, in one transaction, on whichever host is first. Runs whose host died are given
// up, and their schedule is due at once. The database's clock decides all of it.
import { randomUUID } from 'node:crypto';
import { CronExpressionParser } from 'cron-parser';
import { sql } from 'kysely';
import type { Limits } from '../limits.ts';
import { PREPARED, type Queryable, type Store } from '../store/index.ts';
import type { JobQueue } from './job-queue.ts';
import { ABANDONED, insertRun, type NewRun } from './run-rows.ts';
import type { ScheduleKind } from './schedule-rows.ts';

export interface DispatchParts {
  readonly store: Store;
  readonly queue: JobQueue;
  readonly limits: Limits['sync'];
  /** Plugins that are active on this host. */
  readonly plugins: () => readonly string[];
}

export interface DispatchReport {
  readonly queued: number;
  readonly skipped: number;
  readonly abandoned: number;
}

interface DueRow {
  readonly instance_id: string;
  readonly stream: string;
  readonly kind: ScheduleKind;
  readonly cron: string | null;
  readonly busy: boolean;
  readonly now: Date;
}

/** One tick. However much is due, it takes as many statements. */
export async function dispatchDue(parts: DispatchParts): Promise<DispatchReport> {
  const { store, queue, limits } = parts;
  if (!(await isSomethingToDo(store.db, limits))) return { queued: 0, skipped: 0, abandoned: 0 };
  return store.db.transaction().execute(async (trx) => {
    const abandoned = await abandonLost(trx);
    await sendAgain(trx, queue, limits);
    const due = await takeDue(trx, parts);
    if (due.length === 0) return { queued: 0, skipped: 0, abandoned };
    const turns = due.map((row) => ({ row, runId: row.busy ? null : newRunId() }));
    await makeRuns(trx, turns, limits);
    const runIds = turns.flatMap(({ runId }) => runId ?? []);
    if (runIds.length > 0) await queue.send(trx, runIds);
    return { queued: runIds.length, skipped: due.length - runIds.length, abandoned };
  });
}

/** Adds a run and hands it to the queue. */
export async function enqueue(trx: Queryable, queue: JobQueue, run: Omit<NewRun, 'id'>): Promise<string> {
  const id = newRunId();
  await insertRun(trx, { ...run, id });
  await queue.send(trx, [id]);
  return id;
}

function newRunId(): string {
  return `run_${randomUUID()}`;
}

/** Asked every second by every host, and mostly there is nothing: one statement, and no transaction. */
async function isSomethingToDo(db: Queryable, limits: Pick<Limits['sync'], 'sendAgain'>): Promise<boolean> {
  const { rows } = await sql<{ is_due: boolean }>`${PREPARED}
    select exists (select 1 from sync_schedule where next_due_at <= now() and enabled and paused is null)
      or exists (select 1 from run where state = 'queued' and ${isForgotten(limits)})
      or exists (select 1 from ${LOST}) as is_due`.execute(db);
  return rows[0]?.is_due ?? false;
}

/** Found by the few runs that are under way: looking through all schedules every second would be the most that an idle host does. */
const LOST = sql`
  run join sync_schedule s on s.instance_id = run.instance_id and s.stream = run.stream and s.kind = run.kind and s.run_id = run.id
  where run.state = 'running' and s.lease_until < now()`;

/** Whoever took it from the queue may be dead. */
const isForgotten = ({ sendAgain }: Pick<Limits['sync'], 'sendAgain'>) =>
  sql`sent_at < now() - ${sendAgain} * interval '1 millisecond'`;

/** Runs whose lease has run out: their host is dead, or has lost the database for too long. */
async function abandonLost(trx: Queryable): Promise<number> {
  const { rows } = await sql`
    with lost as (
      select s.instance_id, s.stream, s.kind, s.run_id from ${LOST}
      for update of s skip locked
    ), freed as (
      update sync_schedule s set run_id = null, lease_until = null, next_due_at = now()
      from lost where s.instance_id = lost.instance_id and s.stream = lost.stream and s.kind = lost.kind
    )
    update run set state = 'abandoned', ended_at = now(), error = ${JSON.stringify(ABANDONED)}::text::jsonb
    from lost where run.id = lost.run_id and run.state = 'running'
    returning 1`.execute(trx);
  return rows.length;
}

/**
 * Nobody else has the database, so whatever was at work is dead: nobody waits for leases, or for what a dead host has taken from the
 * queue.
 */
export async function takeOver({ db }: Pick<Store, 'db'>): Promise<void> {
  await sql`
    update sync_schedule set lease_until = now() - interval '1 millisecond' where run_id is not null`.execute(db);
  await sql`update run set sent_at = '-infinity' where state = 'queued'`.execute(db);
}

/** A run that has waited for long may have been taken by a host that died. Whether it still waits in the queue the queue knows. */
async function sendAgain(trx: Queryable, queue: JobQueue, limits: Limits['sync']): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    update run set sent_at = now()
    where id in (
      select id from run
      where state = 'queued' and ${isForgotten(limits)}
      limit ${limits.claimsPerTick} for update skip locked
    )
    returning id`.execute(trx);
  if (rows.length > 0)
    await queue.send(
      trx,
      rows.map(({ id }) => id),
    );
}

/** Due schedules, locked for this transaction. After an outage everything is due: what waits in the queue already bounds it. */
async function takeDue(trx: Queryable, { limits, plugins }: DispatchParts): Promise<readonly DueRow[]> {
  const active = plugins();
  if (active.length === 0) return [];
  const { rows } = await sql<DueRow>`
    select s.instance_id, s.stream, s.kind, s.cron, now() as now,
      ((s.run_id is not null and s.lease_until >= now()) or exists (
        select 1 from run
        where run.instance_id = s.instance_id and run.stream = s.stream and run.kind = s.kind and run.state = 'queued'
      )) as busy
    from sync_schedule s join instance i on i.id = s.instance_id
    where i.enabled and s.enabled and s.paused is null and s.next_due_at <= now() and s.plugin in (${sql.join(active)})
      and (select count(*) from run where state = 'queued') < ${limits.queued}
    order by s.next_due_at
    limit ${limits.claimsPerTick}
    for update of s skip locked for key share of i skip locked`.execute(trx);
  return rows;
}

/** A schedule that is due, and its run: null when the run before is still going on. */
interface Turn {
  readonly row: DueRow;
  readonly runId: string | null;
}

/** Runs of what is due, and when it is due again: from now, not from when it was due: what was missed is not made up for. */
async function makeRuns(trx: Queryable, turns: readonly Turn[], limits: Pick<Limits['sync'], 'jitter'>): Promise<void> {
  const rows = turns.map(({ row: { instance_id, stream, kind, cron, now }, runId }) => ({
    ...{ instance_id, stream, kind, run_id: runId },
    next: cron === null ? null : nextOf(cron, now).toISOString(),
  }));
  await sql`
    with due as (
      select * from json_to_recordset(${JSON.stringify(rows)}::text::json)
        as due(instance_id text, stream text, kind text, run_id text, next timestamptz)
    ), moved as (
      update sync_schedule s
      set skipped = skipped + (due.run_id is null)::integer,
        next_due_at = coalesce(due.next,
          now() + (s.every_ms + random() * least(${limits.jitter}::float8, s.every_ms / 10)) * interval '1 millisecond')
      from due where s.instance_id = due.instance_id and s.stream = due.stream and s.kind = due.kind
      returning due.run_id, s.plugin, s.instance_id, s.stream, s.kind
    )
    insert into run (id, plugin, instance_id, stream, kind, trigger, state)
    select run_id, plugin, instance_id, stream, kind, 'schedule', 'queued' from moved where run_id is not null`.execute(
    trx,
  );
}

/** The next time a cron expression names, in UTC. @throws Error for what is none. */
export function nextOf(cron: string, after: Date): Date {
  return CronExpressionParser.parse(cron, { currentDate: after, tz: 'UTC' }).next().toDate();
}
