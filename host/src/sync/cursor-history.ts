// Where reads of a stream started, and going back to one of them.
import { sql } from 'kysely';
import { Problem } from '../errors.ts';
import type { Queryable } from '../store/index.ts';
import type { ScheduleKey } from './schedule-rows.ts';

export interface CursorView {
  readonly id: number;
  readonly cursor: unknown;
  readonly act: 'run' | 'rewind' | 'resync';
  readonly runId: string | null;
  readonly actor: string | null;
  readonly at: string;
}

export async function readCursors(db: Queryable, key: ScheduleKey, limit: number): Promise<CursorView[]> {
  const rows = await db
    .selectFrom('sync_cursor')
    .selectAll()
    .where('instance_id', '=', key.instanceId)
    .where('stream', '=', key.stream)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: Number(row.id),
    cursor: row.cursor,
    act: row.act,
    runId: row.run_id,
    actor: row.actor,
    at: row.at.toISOString(),
  }));
}

/** Call in a transaction that holds the job. @throws Problem `conflict` while the stream is being read, `not_found` when its history has no such cursor. */
export async function rewindTo(
  trx: Queryable,
  { instanceId, stream, kind }: ScheduleKey,
  to: number | null,
  actor: string | null,
): Promise<{ readonly before: unknown; readonly after: unknown }> {
  const schedule = await trx
    .selectFrom('sync_schedule')
    .select(['run_id', 'cursor'])
    .where('instance_id', '=', instanceId)
    .where('stream', '=', stream)
    .where('kind', '=', 'read')
    .executeTakeFirst();
  if ((schedule?.run_id ?? null) !== null) {
    throw new Problem('conflict', `stream "${stream}" is being read`, {
      next: 'Cancel the run or wait for its end, then try again.',
      instanceId,
    });
  }
  const key = { instanceId, stream, kind };
  const cursor = to === null ? null : await cursorOf(trx, key, to);
  await startFrom(trx, key, { cursor, act: to === null ? 'resync' : 'rewind', actor });
  return { before: schedule?.cursor ?? null, after: cursor };
}

/**
 * Whether the host may forget a cursor that is of no use and have everything read: not without a cursor, and not again and again, for
 * a plugin whose cursors never last would ask its vendor for everything all day.
 */
export async function mayReadAnew(
  trx: Queryable,
  { instanceId, stream }: ScheduleKey,
  everyMs: number,
): Promise<boolean> {
  const { rows } = await sql`
    select 1 from sync_schedule s
    where s.instance_id = ${instanceId} and s.stream = ${stream} and s.kind = 'read' and s.cursor is not null
      and not exists (
        select 1 from sync_cursor c
        where c.instance_id = s.instance_id and c.stream = s.stream and c.act = 'resync' and c.actor is null
          and c.at > now() - ${everyMs} * interval '1 millisecond'
      )`.execute(trx);
  return rows.length > 0;
}

/** The host's own resync. Call it when {@link mayReadAnew} says so, in its transaction. */
export function readAnew(trx: Queryable, key: ScheduleKey): Promise<void> {
  return startFrom(trx, key, { cursor: null, act: 'resync', actor: null });
}

async function startFrom(
  trx: Queryable,
  { instanceId, stream }: ScheduleKey,
  {
    cursor,
    act,
    actor,
  }: { readonly cursor: unknown; readonly act: 'rewind' | 'resync'; readonly actor: string | null },
): Promise<void> {
  const text = cursor === null ? null : JSON.stringify(cursor);
  await sql`
    insert into sync_cursor (instance_id, stream, cursor, act, actor)
    values (${instanceId}, ${stream}, ${text}::text::jsonb, ${act}, ${actor})`.execute(trx);
  await sql`
    update sync_schedule set cursor = ${text}::text::jsonb, next_due_at = now()
    where instance_id = ${instanceId} and stream = ${stream} and kind = 'read'`.execute(trx);
}

async function cursorOf(trx: Queryable, key: ScheduleKey, id: number): Promise<unknown> {
  const row = await trx
    .selectFrom('sync_cursor')
    .select('cursor')
    .where('instance_id', '=', key.instanceId)
    .where('stream', '=', key.stream)
    .where(sql<boolean>`id = ${id}`)
    .executeTakeFirst();
  if (row === undefined) {
    throw new Problem('not_found', `stream "${key.stream}" has no cursor ${id} in its history`, {
      next: 'List its cursors to see their ids.',
      instanceId: key.instanceId,
    });
  }
  return row.cursor;
}
