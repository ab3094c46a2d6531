// The token bucket of one instance: a request takes a token, tokens come back at the rate, and none is given while the vendor has
// asked for a pause. `limiter`, the usual library, takes no clock and cannot let go of one who waits.
import type { Clock } from '../../clock.ts';
import type { RateLimit } from '../gate-state.ts';
import { GatewayFailure } from './failure.ts';

interface Waiter {
  readonly give: () => void;
  readonly refuse: (error: Error) => void;
}

export interface BucketOptions {
  readonly clock: Clock;
  /** A pause that is longer is told to who asks, instead of waited for. */
  readonly longestWait: number;
}

export class TokenBucket {
  readonly #clock: Clock;
  readonly #longestWait: number;
  readonly #queue = new Set<Waiter>();
  #rate: RateLimit | null = null;
  #tokens = 0;
  #filledAt = 0;
  #pausedUntil = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ clock, longestWait }: BucketOptions) {
    this.#clock = clock;
    this.#longestWait = longestWait;
  }

  /** Requests that wait for a token. */
  get waiting(): number {
    return this.#queue.size;
  }

  get pausedMs(): number {
    return Math.max(0, this.#pausedUntil - this.#clock.now());
  }

  /** Whole tokens that are there; null without a rate. */
  get tokens(): number | null {
    this.#fill();
    return this.#rate === null ? null : Math.floor(this.#tokens);
  }

  /** A new rate begins with a full bucket; the same one changes nothing. */
  resize(rate: RateLimit | null): void {
    const { requests, perMs, burst } = this.#rate ?? {};
    if (rate?.requests === requests && rate?.perMs === perMs && rate?.burst === burst) return;
    this.#rate = rate;
    this.#tokens = rate?.burst ?? 0;
    this.#filledAt = this.#clock.now();
    this.#serve();
  }

  /** The vendor wants no request before then. A shorter pause does not end a longer one. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + ms);
    this.#serve();
  }

  resume(): void {
    this.#pausedUntil = 0;
    this.#serve();
  }

  /** Waits in turn for a token. Rejects with the signal's reason, or with `rate_limited` in a pause that is too long; `urgent` knows no pause. */
  async take(signal: AbortSignal, urgent = false): Promise<void> {
    signal.throwIfAborted();
    if (urgent && this.pausedMs > 0) return;
    this.#fill();
    if (this.#queue.size === 0 && this.#wait() === 0) return this.#spend();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { give: resolve, refuse: reject };
    const leave = (): void => {
      if (this.#queue.delete(waiter)) reject(signal.reason);
    };
    this.#queue.add(waiter);
    signal.addEventListener('abort', leave, { once: true });
    this.#serve();
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  /** Gives what there is, and looks again when there is more. */
  #serve(): void {
    clearTimeout(this.#timer);
    const { pausedMs } = this;
    for (const waiter of this.#queue) {
      if (pausedMs > this.#longestWait) {
        this.#queue.delete(waiter);
        waiter.refuse(pausedFailure(pausedMs));
        continue;
      }
      this.#fill();
      const wait = this.#wait();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#serve(), Math.ceil(wait));
        return;
      }
      this.#queue.delete(waiter);
      this.#spend();
      waiter.give();
    }
  }

  /** Milliseconds until a token may be given. */
  #wait(): number {
    const missing = this.#rate === null ? 0 : ((1 - this.#tokens) * this.#rate.perMs) / this.#rate.requests;
    return Math.max(this.pausedMs, missing, 0);
  }

  #spend(): void {
    if (this.#rate !== null) this.#tokens -= 1;
  }

  #fill(): void {
    const now = this.#clock.now();
    // A clock that was put back must not stop the vendor from being asked.
    const passed = Math.max(0, now - this.#filledAt);
    this.#filledAt = now;
    if (this.#rate === null) return;
    const { requests, perMs, burst } = this.#rate;
    this.#tokens = Math.min(burst, this.#tokens + (passed * requests) / perMs);
  }
}

function pausedFailure(ms: number): GatewayFailure {
  const seconds = Math.ceil(ms / 1000);
  return new GatewayFailure('rate_limited', `the vendor has asked to be left alone, for another ${seconds} s`, ms);
}
