// When a stream is read again after a run, by how it ended.
import type { ErrorCode, Problem } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { RunState } from './run-rows.ts';
import type { Release } from './schedule-rows.ts';

/** Nothing but a person can help, and asking again may lock the account. */
const NEEDS_A_PERSON: ReadonlySet<ErrorCode> = new Set([
  'auth_failed',
  'permission_denied',
  'config_invalid',
  'egress_denied',
  'gone',
  // The stream's table does not fit this version of the plugin.
  'conflict',
  // Reading everything has not helped, or there was no cursor.
  'cursor_invalid',
]);

export function nextAfter(
  state: RunState,
  problem: Problem | undefined,
  failures: number,
  limits: Pick<Limits['sync'], 'retries' | 'retryMin' | 'retryMax'>,
  random: () => number = Math.random,
): Release {
  // Its host stops, or had lost the database: whoever is next goes on at once.
  if (state === 'abandoned') return { failures, nextInMs: 0, paused: undefined };
  if (problem === undefined) return { failures, nextInMs: undefined, paused: state === 'succeeded' ? null : undefined };
  if (NEEDS_A_PERSON.has(problem.code)) {
    return { failures, nextInMs: undefined, paused: { code: problem.code, reason: problem.message } };
  }
  const asked = problem.options.retryAfterMs;
  // Another stream may have been turned away meanwhile: then this one waits as well.
  if (failures > limits.retries) return { failures, nextInMs: asked, paused: undefined };
  // Full jitter: streams that failed together do not come back together.
  const backoff = random() * Math.min(limits.retryMax, limits.retryMin * 2 ** failures);
  return { failures, nextInMs: Math.max(asked ?? 0, backoff), paused: undefined };
}
