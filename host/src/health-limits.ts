// The part of limits.ts that is about checks, states and repairs. Times are milliseconds.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

export interface HealthLimits {
  /** How often a host looks for checks that are due. */
  tick: number;
  /** How often a host looks for what has changed the state of an instance without a check: streams that keep failing, dates that come near. */
  settle: number;
  /** How often an instance is checked when nobody says it, and the most that is added so that instances are not checked in step. */
  every: number;
  jitter: number;
  /** The bounds of what somebody may say: a check is a call of the vendor. */
  everyLeast: number;
  everyMost: number;
  /** A new or changed instance is checked within this time: people wait for it, and after a change of many not all at the same moment. */
  first: number;
  /** Checks at the same time on one host. */
  perHost: number;
  /** A check that takes longer belongs to a host that is gone. Longer than its deadline, so that no two are under way. */
  lease: number;
  /** A stream's first read has tried the credentials within this time: a check waits for it, so that wrong ones are tried once. */
  firstTry: number;
  /** The first check after one that failed; the pause doubles up to the usual one. */
  retryMin: number;
  /** The longest pause after refused credentials: each try may count towards a lock. */
  refusedMost: number;
  /** Failures of a stream in a row that make its instance degraded: one or two are the weather. */
  failingReads: number;
  /** Changes of state that are kept for each instance. */
  history: number;
  /** How long before its date something that expires is a repair. What had expired that long ago already when it was first seen is none. */
  expirySoon: number;
  /** How long closed repairs are kept. */
  keepRepairs: number;
}

export const healthLimits: HealthLimits = {
  tick: 2 * SECOND,
  settle: 10 * SECOND,
  every: 10 * MINUTE,
  jitter: MINUTE,
  everyLeast: MINUTE,
  everyMost: DAY,
  first: 10 * SECOND,
  perHost: 4,
  lease: MINUTE,
  firstTry: 20 * SECOND,
  retryMin: MINUTE,
  refusedMost: 6 * 60 * MINUTE,
  failingReads: 3,
  history: 100,
  expirySoon: 30 * DAY,
  keepRepairs: 90 * DAY,
};
