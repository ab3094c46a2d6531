// How runs end: the schedule is given back and the record says what became of it, in one transaction. Runs that went well are many and
// alike, so those that end at the same time end together.
import { sql } from 'kysely';
import type { Problem } from '../errors.ts';
import { Gathered } from '../gathered.ts';
import type { Limits } from '../limits.ts';
import { PREPARED, type Store } from '../store/index.ts';
import { mayReadAnew, readAnew } from './cursor-history.ts';
import { nextAfter } from './retry-policy.ts';
import { endRun, type RunCounts, type RunState } from './run-rows.ts';
import {
  failuresOf,
  holdInstances,
  lockSchedules,
  pauseInstance,
  type Release,
  releaseSchedule,
  resumeSchedules,
  rowsOf,
  type ScheduleKey,
  textsOf,
} from './schedule-rows.ts';
import { forgetSeen } from './seen-keys.ts';

export interface RunEnd {
  readonly runId: string;
  readonly key: ScheduleKey;
  readonly epoch: number;
  readonly counts: RunCounts;
}

export interface RunEnds {
  /**
   * Where the next read starts, when that was not written with rows.
   * @returns false when another run has the schedule
   */
  succeeded(end: RunEnd, cursor: { readonly value: unknown } | undefined): Promise<boolean>;
  /** @returns as {@link succeeded} does */
  ended(end: RunEnd, state: Exclude<RunState, 'succeeded'>, problem: Problem | undefined): Promise<boolean>;
}

type Success = RunEnd & { readonly cursor: { readonly value: unknown } | undefined };

export function createRunEnds({ store, limits }: { store: Pick<Store, 'db'>; limits: Limits['sync'] }): RunEnds {
  const { db } = store;
  const successes = new Gathered<Success, boolean>((ends) => recordSuccesses(db, ends, limits));
  return {
    succeeded: (end, cursor) => successes.add({ ...end, cursor }),

    async ended({ runId, key, epoch, counts }, state, problem) {
      return db.transaction().execute(async (trx) => {
        await lockSchedules(trx, key.instanceId);
        const before = await failuresOf(trx, key);
        const failures = state === 'failed' ? before + 1 : before;
        const readsAnew = problem?.code === 'cursor_invalid' && (await mayReadAnew(trx, key, limits.readAnewEvery));
        const release: Release = readsAnew
          ? { failures, nextInMs: 0, paused: undefined }
          : nextAfter(state, problem, failures, limits);
        if (!(await releaseSchedule(trx, key, runId, release))) return false;
        if (readsAnew) await readAnew(trx, key);
        if (problem?.code === 'auth_failed') {
          await pauseInstance(trx, key.instanceId, { code: problem.code, reason: problem.message });
        }
        await forgetSeen(trx, { key, epoch });
        const error =
          problem === undefined
            ? undefined
            : { code: problem.code, detail: problem.message, next: problem.toDocument().next };
        await endRun(trx, runId, state, counts, error);
        return true;
      });
    },
  };
}

async function recordSuccesses(
  db: Store['db'],
  ends: readonly Success[],
  limits: Pick<Limits['sync'], 'jitter'>,
): Promise<boolean[]> {
  const rows = ends.map(({ runId, key, epoch, counts, cursor }) => ({
    ...{ run_id: runId, instance_id: key.instanceId, stream: key.stream, kind: key.kind, epoch, counts },
    cursor: cursor === undefined ? null : JSON.stringify(cursor.value),
  }));
  return db.transaction().execute(async (trx) => {
    // A cursor's history refers to the instance.
    await holdInstances(trx, textsOf(ends.map(({ key }) => key.instanceId)));
    const { rows: released } = await sql<{ run_id: string; instance_id: string; is_refused: boolean }>`${PREPARED}
      with ends as (
        ${rowsOf(rows, sql`run_id text, instance_id text, stream text, kind text, epoch integer, counts jsonb, cursor text`)}
      ), released as (
        update sync_schedule s
        set run_id = null, lease_until = null, failures = 0, paused = null, cursor = coalesce(ends.cursor::jsonb, s.cursor)
        from ends
        where s.instance_id = ends.instance_id and s.stream = ends.stream and s.kind = ends.kind and s.run_id = ends.run_id
        returning ends.*
      ), moved as (
        insert into sync_cursor (instance_id, stream, cursor, act, run_id)
        select instance_id, stream, cursor::jsonb, 'run', run_id from released where cursor is not null
        on conflict (run_id) do update set cursor = excluded.cursor, at = now()
      ), seen as (
        delete from sync_seen using released
        where sync_seen.instance_id = released.instance_id and sync_seen.stream = released.stream
          and sync_seen.kind = released.kind and sync_seen.epoch <= released.epoch
      ), ended as (
        update run set state = 'succeeded', ended_at = now(), counts = released.counts, error = null
        from released where run.id = released.run_id and run.state in ('queued', 'running')
      )
      select run_id, instance_id, exists (
        select 1 from sync_schedule s where s.instance_id = released.instance_id and s.paused ->> 'code' = 'auth_failed'
      ) as is_refused from released`.execute(trx);
    const refused = new Set(released.filter((row) => row.is_refused).map((row) => row.instance_id));
    for (const instanceId of [...refused].toSorted()) {
      await resumeSchedules(trx, { instanceId, codes: ['auth_failed'] }, limits.jitter);
    }
    const done = new Set(released.map(({ run_id }) => run_id));
    return ends.map(({ runId }) => done.has(runId));
  });
}
