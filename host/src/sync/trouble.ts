// What the health of an instance follows from besides its check: sync jobs that have trouble, and a read that is just trying.
import { type RawBuilder, sql } from 'kysely';
import type { Queryable } from '../store/index.ts';
import type { ScheduleKind } from './schedule-rows.ts';

export interface Trouble {
  readonly instance_id: string;
  readonly plugin: string;
  readonly stream: string;
  readonly kind: ScheduleKind;
  /** It waits for a person; otherwise it is tried again. */
  readonly paused: boolean;
  /** Failures in a row. */
  readonly failures: number;
  readonly code: string;
  readonly detail: string;
}

/**
 * Jobs that wait for a person, and those that have failed so often in a row. Jobs that are switched off have none, and refused
 * credentials are the instance's trouble, not theirs.
 */
export async function readTrouble(db: Queryable, failures: number, instanceId?: string): Promise<readonly Trouble[]> {
  const one = instanceId === undefined ? sql`` : sql`and s.instance_id = ${instanceId}`;
  const { rows } = await sql<Trouble>`
    select * from (
      select s.instance_id, s.plugin, s.stream, s.kind, s.paused is not null as paused, s.failures,
        coalesce(s.paused ->> 'code', bad.error ->> 'code', 'internal') as code,
        coalesce(s.paused ->> 'reason', bad.error ->> 'detail', 'its last reads have failed') as detail
      from sync_schedule s join instance i on i.id = s.instance_id
      left join lateral (
        select error from run r
        where r.instance_id = s.instance_id and r.stream = s.stream and r.kind = s.kind and r.state = 'failed'
        order by r.queued_at desc limit 1
      ) bad on s.paused is null
      where i.enabled and s.enabled and (s.paused is not null or s.failures >= ${failures}::integer) ${one}
    ) trouble where code <> 'auth_failed'
    order by instance_id, stream, kind desc`.execute(db);
  return rows;
}

/** For a statement: true while a read that began within so many milliseconds tries what nobody has read successfully since it was changed. */
export function isFirstTry(instanceId: RawBuilder<unknown>, withinMs: number): RawBuilder<boolean> {
  return sql<boolean>`(
    exists (
      select 1 from run r
      where r.instance_id = ${instanceId} and r.state = 'running'
        and r.started_at > now() - ${withinMs}::float8 * interval '1 millisecond'
    ) and not exists (
      select 1 from run r join instance changed on changed.id = r.instance_id
      where r.instance_id = ${instanceId} and r.state = 'succeeded' and r.ended_at > changed.updated_at
    )
  )`;
}
