// A database that restarts is back within seconds. What is all or nothing is then done again, and nobody has to wait for a lease.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Limits } from '../limits.ts';
import { isDatabaseLost } from '../store/index.ts';

/** Does `work` until the database has answered, or for as long as a lease. A host that is stopping does not wait. */
export async function whenBack<T>(
  work: () => Promise<T>,
  limits: Pick<Limits['sync'], 'databaseRetry' | 'lease'>,
  stopping: AbortSignal,
): Promise<T> {
  const end = performance.now() + limits.lease;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isDatabaseLost(error) || stopping.aborted || performance.now() > end) throw error;
    }
    await sleep(limits.databaseRetry);
  }
}
