// What a client is told of an error of the database that nobody on the way has expected.
import { Problem } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { toContention } from './contention.ts';
import { isDatabaseLost } from './lost.ts';

/** Whoever asked may have written before. */
const MISSING = 'Read what there is, and send again what is missing, after retryAfterMs.';

export function toDatabaseProblem(
  error: unknown,
  limits: Pick<Limits['store'], 'contendedRetry' | 'connectTimeout'>,
): unknown {
  if (error instanceof Problem) return error;
  if (!isDatabaseLost(error)) return toContention(error, limits.contendedRetry, MISSING);
  return new Problem('internal', 'the database does not answer', {
    next: 'Whoever runs the host has to look at its database; GET /readyz says when it is back. Then read what there is and try again.',
    retryAfterMs: limits.connectTimeout,
    cause: error,
  });
}
