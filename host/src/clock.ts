// The only source of time in the host, so that tests can move it. Leases and due times use the database's clock instead.

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
