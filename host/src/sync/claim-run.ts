// Whether a run may start, and whose it is from then on.
import type { Limits } from '../limits.ts';
import type { Store } from '../store/index.ts';
import type { JobQueue } from './job-queue.ts';
import { abandonRuns, endRun, markRunning, noteSent, readRun, type RunRow } from './run-rows.ts';
import {
  claimSchedule,
  countSkip,
  holdInstance,
  isBeingTried,
  lockSchedules,
  pauseOf,
  type Claim,
  type ScheduleKey,
} from './schedule-rows.ts';

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
    const waiting = await readRun(trx, runId);
    if (waiting === undefined || !(await holdInstance(trx, waiting.instance_id))) return undefined;
    const row = await readRun(trx, runId, { lock: true });
    if (row?.state !== 'queued') return undefined;
    const key = keyOf(row);
    if (row.trigger === 'schedule' && (await pauseOf(trx, key)) !== null) {
      await endRun(trx, runId, 'skipped', undefined, undefined);
      return undefined;
    }
    // Two runs of an instance that start at once must see each other.
    await lockSchedules(trx, key.instanceId);
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
    // Its lease had run out, and no tick has been there yet.
    await abandonRuns(trx, key);
    await markRunning(trx, runId, { host, epoch: claim.epoch });
    return { row, claim };
  });
}

export function keyOf(row: Pick<RunRow, 'instance_id' | 'stream' | 'kind'>): ScheduleKey {
  return { instanceId: row.instance_id, stream: row.stream, kind: row.kind };
}
