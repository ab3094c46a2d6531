// Transactions that lose against others: two that wait for each other, or that cannot both be right. The database ends one of them, which
// has written nothing and may be tried again.
import { Problem } from '../errors.ts';

/** Serialization failure, deadlock. */
const LOST: ReadonlySet<unknown> = new Set(['40001', '40P01']);

function isContended(error: unknown): boolean {
  return LOST.has((error as { code?: unknown } | null)?.code);
}

/** Without a pause: whoever has won holds the locks that the next try waits for. `times`: the first one included. */
export async function repeated<T>(commit: () => Promise<T>, times: number): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await commit();
    } catch (error) {
      if (!isContended(error) || attempt >= times) throw error;
    }
  }
}

const UNDONE = 'Nothing was written. Send the same request again after retryAfterMs.';

/** What a client is told in the place of an error that only says that others were first. */
export function toContention(error: unknown, retryAfterMs: number, next: string = UNDONE): unknown {
  if (!isContended(error)) return error;
  return new Problem('conflict', 'others keep changing the same things', {
    next,
    retryAfterMs,
    cause: error,
  });
}
