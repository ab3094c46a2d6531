import type { ErrorCode, Problem } from '../errors.ts';
import type { Limits } from '../limits.ts';

/** Trying again changes nothing until somebody has done something. */
export const NEEDS_A_PERSON: ReadonlySet<ErrorCode> = new Set([
  'auth_failed',
  'permission_denied',
  'config_invalid',
  'params_invalid',
  'not_found',
  'egress_denied',
  'gone',
]);

/** They are about the account, not about one reminder: the others of the instance wait too. */
export const HOLDS_THE_INSTANCE: readonly ErrorCode[] = ['auth_failed', 'rate_limited'];

/** Milliseconds until the next try after so many. `random` is from 0 to 1: hosts that failed together come back apart. */
export function pauseAfter(
  attempts: number,
  { code, options }: Problem,
  limits: Limits['reminders'],
  random: number = Math.random(),
): number {
  if (NEEDS_A_PERSON.has(code)) return limits.personPause;
  const doubled = Math.min(limits.retryMax, limits.retryMin * 2 ** Math.min(attempts - 1, 30));
  return Math.round(Math.max(doubled * (0.8 + 0.4 * random), options.retryAfterMs ?? 0));
}
