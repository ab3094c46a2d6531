// What may be seen of an instance's gate, and how hard its vendor may be asked. Both are per host: hosts that share a database do
// not share these, since a round trip to it for every call would cost more than the call.

/** At most `requests` in any `perMs` on average, and `burst` at once after a quiet time. */
export interface RateLimit {
  readonly requests: number;
  readonly perMs: number;
  readonly burst: number;
}

export interface Pace {
  /** Requests in flight at the same time. */
  readonly concurrency: number;
  /** Null: as many as there are. */
  readonly rate: RateLimit | null;
}

/**
 * closed: calls go through. open: the vendor has failed several times in a row, and calls fail at once. halfOpen: the pause is
 * over, and one call tries whether the vendor is back.
 */
export type BreakerKind = 'closed' | 'open' | 'halfOpen';

export interface BreakerState {
  readonly state: BreakerKind;
  /** Failures in a row. */
  readonly failures: number;
  /** The last failure; null when the last call went well. */
  readonly reason: string | null;
  /** Until a call is let through; 0 unless it is open. */
  readonly retryAfterMs: number;
}

export interface GateState {
  /** Requests that are with the vendor. */
  readonly inFlight: number;
  /** Calls that wait for a place or for the rate. */
  readonly queued: number;
  /** Requests that may be sent at once; null without a rate. */
  readonly tokens: number | null;
  /** How long the vendor has asked to be left alone. */
  readonly pausedMs: number;
  readonly breaker: BreakerState;
}
