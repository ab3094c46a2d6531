// The numbers of the old API and of the move out of it. Times are milliseconds.
const SECOND = 1000;
const DAY = 86_400 * SECOND;

export interface LegacyLimits {
  /** Rows of the old tables that one transaction of an import moves: whoever changes one of these waits for it, some ten milliseconds. */
  batch: number;
  /** How often a host writes down who has called the old API: what it has not yet when it dies is lost, and is only a count. */
  callersTick: number;
  /** How long the old API says it will stay when nobody names a day: half a year is usual, and RFC 8594 asks for some day. */
  sunset: number;
}

export const legacyLimits: LegacyLimits = { batch: 50, callersTick: 10 * SECOND, sunset: 180 * DAY };
