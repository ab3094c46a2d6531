// The one way to an instance's vendor, for all of its runs and revisions: places, rate and breaker.
import type { Clock } from '../../clock.ts';
import type { Limits } from '../../limits.ts';
import type { BreakerState, GateState, Pace } from '../gate-state.ts';
import { Breaker, type Ticket } from './breaker.ts';
import { TokenBucket } from './bucket.ts';
import type { Counters } from './counters.ts';
import type { GatewayFailure } from './failure.ts';
import { Places } from './place.ts';

export interface GateOptions {
  readonly clock: Clock;
  readonly limits: Limits['gateway'];
  readonly pace: Pace;
  readonly onBreaker: (state: BreakerState) => void;
}

/** Who wants to pass. */
export interface Passage {
  readonly origin: string;
  /** The vendor itself, not a granted host beside it: only its failures open the breaker. */
  readonly isVendor: boolean;
  /** It asks whether the vendor is well: neither breaker nor pause keeps it back. */
  readonly urgent: boolean;
  readonly signal: AbortSignal;
  readonly counters: Counters;
}

export class Gate {
  readonly #clock: Clock;
  readonly #limits: Limits['gateway'];
  readonly #places: Places;
  readonly #bucket: TokenBucket;
  readonly #breaker: Breaker;
  #inFlight = 0;

  constructor({ clock, limits, pace, onBreaker }: GateOptions) {
    this.#clock = clock;
    this.#limits = limits;
    this.#places = new Places(pace.concurrency, limits.queue);
    this.#bucket = new TokenBucket({ clock, longestWait: limits.retryAfterMax });
    this.#breaker = new Breaker({ clock, limits: limits.breaker, onChange: onBreaker });
    this.resize(pace);
  }

  get state(): GateState {
    return {
      inFlight: this.#inFlight,
      queued: this.#places.waiting + this.#bucket.waiting,
      tokens: this.#bucket.tokens,
      pausedMs: this.#bucket.pausedMs,
      breaker: this.#breaker.state,
    };
  }

  resize({ concurrency, rate }: Pace): void {
    this.#places.resize(concurrency);
    this.#bucket.resize(rate);
  }

  /** Somebody says that the vendor is well again. */
  reset(): void {
    this.#breaker.reset();
    this.#bucket.resume();
  }

  /** A place for a call, which it keeps over all of its tries. Resolves with what gives it back. */
  async enter({ origin, isVendor, urgent, signal, counters }: Passage): Promise<() => void> {
    if (isVendor) this.#breaker.assertAdmits(origin, urgent);
    return this.#timed(counters, this.#places.take(signal));
  }

  /** For one request of a call that has entered. */
  async pass({ origin, isVendor, urgent, signal, counters }: Passage): Promise<Ticket> {
    if (isVendor) this.#breaker.assertAdmits(origin, urgent);
    await this.#timed(counters, this.#bucket.take(signal, urgent));
    const ticket = isVendor ? this.#breaker.admit(origin, urgent) : UNCOUNTED;
    this.#inFlight += 1;
    const leave = once(() => (this.#inFlight -= 1));
    return {
      isProbe: ticket.isProbe,
      succeeded: () => {
        leave();
        ticket.succeeded();
        // The check went well: the vendor no longer minds.
        if (urgent && isVendor) this.#bucket.resume();
      },
      failed: (reason) => {
        leave();
        ticket.failed(reason);
      },
      gone: () => {
        leave();
        ticket.gone();
      },
    };
  }

  /** The vendor wants to be left alone for so long. */
  pause(ms: number): void {
    this.#bucket.pause(Math.min(ms, this.#limits.pauseMost));
  }

  async #timed<T>(counters: Counters, waited: Promise<T>): Promise<T> {
    const from = this.#clock.now();
    try {
      return await waited;
    } finally {
      counters.addWait(Math.max(0, this.#clock.now() - from));
    }
  }
}

/** Of a request that says nothing about the vendor's health. */
export const UNCOUNTED: Ticket = {
  isProbe: false,
  succeeded: () => undefined,
  failed: () => undefined,
  gone: () => undefined,
};

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}

/** They say nothing about the vendor's health: the caller left, the call was not allowed, or the vendor did not like who asked. */
const HEALTHY: ReadonlySet<string> = new Set(['aborted', 'egress_denied', 'auth_failed', 'rate_limited']);

/** What a failure says about the vendor; undefined when it says nothing. */
export function vendorFault(error: GatewayFailure): string | undefined {
  return HEALTHY.has(error.code) ? undefined : error.message;
}
