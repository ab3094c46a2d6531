// When a call is tried again, and how long to wait first. Pure but for the jitter and the clock.
import type { Limits } from '../../limits.ts';
import { isTransient } from './failure.ts';
import { IDEMPOTENT, NO_RETRY, type HeaderList } from './header.ts';

/** The only methods that are safe to send twice without knowing the vendor. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
export const BUSY: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Whether sending it again can do no harm, by its method or the plugin's word, and the plugin did not forbid it. */
export function isRepeatable({ method, headers }: { readonly method: string; readonly headers: HeaderList }): boolean {
  const says = (name: string): string | undefined => headers.find(([key]) => key.toLowerCase() === name)?.[1];
  if (says(NO_RETRY) !== undefined) return false;
  const upper = method.toUpperCase();
  return SAFE.has(upper) || (upper === 'POST' && says(IDEMPOTENT) === '1');
}

/** Milliseconds to wait after this answer, which asks for that long, before the next try; undefined when the answer stands. */
export function waitAfterAnswer(
  status: number,
  asked: number | undefined,
  tries: number,
  limits: Limits['gateway'],
): number | undefined {
  if (!BUSY.has(status)) return undefined;
  if (asked === undefined) return backoff(tries, limits);
  return asked <= limits.retryAfterMax ? asked : undefined;
}

/** Milliseconds to wait after this error before the next try; undefined when it stands. */
export function waitAfterError(error: unknown, tries: number, limits: Limits['gateway']): number | undefined {
  return isTransient(error) ? backoff(tries, limits) : undefined;
}

/** Exponential with full jitter: many calls that failed together do not come back together. */
function backoff(tries: number, limits: Limits['gateway']): number {
  return Math.random() * Math.min(limits.retryMax, limits.retryMin * 2 ** tries);
}
