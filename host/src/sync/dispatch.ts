// The tick: what is due becomes a run in the queue, in one transaction, on whichever host is first. Runs whose host died are given
// up, and their schedule is due at once. The database's clock decides all of it.
import { randomUUID } from 'node:crypto';
import { CronExpressionParser } from 'cron-parser';
import { sql } from 'kysely';
import type { Limits } from '../limits.ts';
import type { Queryable, Store } from '../store/index.ts';
import type { JobQueue } from './job-queue.ts';
import { ABANDONED, insertRun, type NewRun } from './run-rows.ts';
import type { ScheduleKey, ScheduleKind } from './schedule-rows.ts';

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
  readonly plugin: string;
  readonly cron: string | null;
  readonly every_ms: number | null;
  readonly busy: boolean;
  readonly now: Date;
}

/** One tick. */
export async function dispatchDue(parts: DispatchParts): Promise<DispatchReport> {
  const { store, queue, limits } = parts;
  return store.db.transaction().execute(async (trx) => {
    const abandoned = await abandonLost(trx);
    await sendAgain(trx, queue, limits);
    const due = await takeDue(trx, parts);
    let skipped = 0;
    for (const row of due) {
      if (row.busy) skipped += 1;
      else await enqueue(trx, queue, { ...keyOf(row), plugin: row.plugin, trigger: 'schedule' });
      await setNextDue(trx, row, limits);
    }
    return { queued: due.length - skipped, skipped, abandoned };
  });
}

/** Adds a run and hands it to the queue. */
export async function enqueue(trx: Queryable, queue: JobQueue, run: Omit<NewRun, 'id'>): Promise<string> {
  const id = `run_${randomUUID()}`;
  await insertRun(trx, { ...run, id });
  await queue.send(trx, id);
  return id;
}

function keyOf(row: DueRow): ScheduleKey {
  return { instanceId: row.instance_id, stream: row.stream, kind: row.kind };
}

/** Runs whose lease has run out: their host is dead, or has lost the database for too long. */
async function abandonLost(trx: Queryable): Promise<number> {
  const { rows } = await sql`
    with lost as (
      select instance_id, stream, kind, run_id from sync_schedule
      where run_id is not null and lease_until < now()
      for update skip locked
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
      where state = 'queued' and sent_at < now() - ${limits.sendAgain} * interval '1 millisecond'
      limit ${limits.claimsPerTick} for update skip locked
    )
    returning id`.execute(trx);
  for (const { id } of rows) await queue.send(trx, id);
}

/** Due schedules, locked for this transaction. After an outage everything is due: what waits in the queue already bounds it. */
async function takeDue(trx: Queryable, { limits, plugins }: DispatchParts): Promise<readonly DueRow[]> {
  const active = plugins();
  if (active.length === 0) return [];
  const { rows } = await sql<DueRow>`
    select s.instance_id, s.stream, s.kind, s.plugin, s.cron, s.every_ms, now() as now,
      (s.run_id is not null or exists (
        select 1 from run
        where run.instance_id = s.instance_id and run.stream = s.stream and run.kind = s.kind and run.state = 'queued'
      )) as busy
    from sync_schedule s join instance i on i.id = s.instance_id
    where i.enabled and s.enabled and s.paused is null and s.next_due_at <= now() and s.plugin in (${sql.join(active)})
      and (select count(*) from run where state = 'queued') < ${limits.queued}
    order by s.next_due_at
    limit ${limits.claimsPerTick}
    for update of s skip locked for key share of i skip locked`.execute(trx);
  for (const row of rows.filter(({ busy }) => busy)) {
    await sql`
      update sync_schedule set skipped = skipped + 1
      where instance_id = ${row.instance_id} and stream = ${row.stream} and kind = ${row.kind}`.execute(trx);
  }
  return rows;
}

/** From now, not from when it was due: what was missed is not made up for. */
async function setNextDue(trx: Queryable, row: DueRow, limits: Limits['sync']): Promise<void> {
  const next =
    row.cron === null
      ? sql`now() + (${row.every_ms} + random() * least(${limits.jitter}::float8, ${row.every_ms} / 10)) * interval '1 millisecond'`
      : sql`${nextOf(row.cron, row.now)}::timestamptz`;
  await sql`
    update sync_schedule set next_due_at = ${next}
    where instance_id = ${row.instance_id} and stream = ${row.stream} and kind = ${row.kind}`.execute(trx);
}

/** The next time a cron expression names, in UTC. @throws Error for what is none. */
export function nextOf(cron: string, after: Date): Date {
  return CronExpressionParser.parse(cron, { currentDate: after, tz: 'UTC' }).next().toDate();
}
