// Whether a run may start, and whose it is from then on.
import { sql } from 'kysely';
import type { Limits } from '../limits.ts';
import type { Store } from '../store/index.ts';
import type { JobQueue } from './job-queue.ts';
import { endRun, markRunning, noteSent, readRun, type RunRow } from './run-rows.ts';
import { claimSchedule, countSkip, isBeingTried, pauseOf, type Claim, type ScheduleKey } from './schedule-rows.ts';

export interface ClaimParts {
  readonly store: Pick<Store, 'db'>;
  readonly queue: Pick<JobQueue, 'send'>;
  readonly limits: Limits;
  /** Names this process in the run's record. */
  readonly host: string;
}

/** Undefined when the run is not to start, or not yet: then it is in the queue again. */
export async function claimRun(parts: ClaimParts, runId: string): Promise<{ row: RunRow; claim: Claim } | undefined> {
  const { store, limits, host } = parts;
  return store.db.transaction().execute(async (trx) => {
    const row = await readRun(trx, runId, { lock: true });
    if (row?.state !== 'queued') return undefined;
    const key = keyOf(row);
    if (row.trigger === 'schedule' && (await pauseOf(trx, key)) !== null) {
      await endRun(trx, runId, 'skipped', undefined, undefined);
      return undefined;
    }
    // Two runs of an instance that start at once must see each other.
    await sql`select pg_advisory_xact_lock(hashtext(${`sync ${key.instanceId}`}))`.execute(trx);
    if (await isBeingTried(trx, key)) {
      await parts.queue.send(trx, runId, limits.sync.queuePoll);
      // Not lost: a tick that sent it too would add a message every minute for as long as the first read takes.
      await noteSent(trx, runId);
      return undefined;
    }
    const claim = await claimSchedule(trx, key, runId, limits.sync.lease);
    if (claim === undefined) {
      await countSkip(trx, key);
      await endRun(trx, runId, 'skipped', undefined, undefined);
      return undefined;
    }
    await markRunning(trx, runId, { host, epoch: claim.epoch });
    return { row, claim };
  });
}

export function keyOf(row: Pick<RunRow, 'instance_id' | 'stream' | 'kind'>): ScheduleKey {
  return { instanceId: row.instance_id, stream: row.stream, kind: row.kind };
}
