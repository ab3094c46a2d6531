// How long a vendor's answer asks to be left alone. Pure but for the clock.
import type { IncomingHttpHeaders } from 'node:http';
import { systemClock } from '../../clock.ts';
import { firstHeader } from './header.ts';
import { BUSY } from './retry.ts';

/** Below it a number is seconds from now, above it seconds since 1970: vendors write both. */
const EPOCH_SECONDS = 1e9;
const EPOCH_MILLISECONDS = 1e12;

const NAMES = [
  { remaining: 'x-ratelimit-remaining', reset: 'x-ratelimit-reset' },
  { remaining: 'ratelimit-remaining', reset: 'ratelimit-reset' },
  { remaining: 'x-rate-limit-remaining', reset: 'x-rate-limit-reset' },
] as const;

/** Milliseconds; undefined when it asks for nothing. */
export function pauseOf(
  status: number,
  headers: IncomingHttpHeaders,
  now: number = systemClock.now(),
): number | undefined {
  const asked = BUSY.has(status) ? parseRetryAfter(firstHeader(headers, 'retry-after'), now) : undefined;
  if (asked !== undefined) return asked;
  const resets = NAMES.flatMap(({ remaining, reset }) => {
    const left = firstHeader(headers, remaining)?.trim();
    const isSpent = left === '0' || (status === 429 && left === undefined);
    return isSpent ? [parseReset(firstHeader(headers, reset), now)] : [];
  });
  return resets.find((ms) => ms !== undefined);
}

/** Milliseconds until then: seconds, seconds or milliseconds since 1970, or a date. */
function parseReset(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) {
    const number = Number(text);
    if (number < EPOCH_SECONDS) return number * 1000;
    return Math.max(0, (number < EPOCH_MILLISECONDS ? number * 1000 : number) - now);
  }
  const date = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Milliseconds from a Retry-After of seconds or an HTTP date; undefined when it is neither. */
export function parseRetryAfter(value: string | undefined, now: number = systemClock.now()): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // Date.parse reads nearly anything ("-1" is a year), so the shape comes first.
  const date = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
