// The places of one instance: how many of its requests may be with the vendor at the same time, over all runs and revisions.
import { GatewayFailure } from './failure.ts';

interface Waiter {
  readonly give: () => void;
}

export class Places {
  #limit: number;
  readonly #queueLimit: number;
  readonly #queue = new Set<Waiter>();
  #taken = 0;

  constructor(limit: number, queueLimit: number) {
    this.#limit = limit;
    this.#queueLimit = queueLimit;
  }

  /** Requests that wait for a place. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** A smaller number takes effect as places come back. */
  resize(limit: number): void {
    this.#limit = limit;
    this.#next();
  }

  /** Waits in turn for a place. Resolves with the function that gives it back; rejects with the signal's reason. */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#taken >= this.#limit || this.#queue.size > 0) await this.#wait(signal);
    else this.#taken++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#taken--;
      this.#next();
    };
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#queue.size >= this.#queueLimit) {
      throw new GatewayFailure(
        'vendor_unavailable',
        `too many waiting requests: ${this.#queue.size} of this instance wait for a place; send fewer at once`,
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { give: resolve };
    const leave = (): void => {
      // Only who still waits may leave: a place that was just given is used, and given back by its holder.
      if (this.#queue.delete(waiter)) reject(signal.reason);
    };
    this.#queue.add(waiter);
    signal.addEventListener('abort', leave, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  #next(): void {
    for (const waiter of this.#queue) {
      if (this.#taken >= this.#limit) return;
      this.#queue.delete(waiter);
      this.#taken++;
      waiter.give();
    }
  }
}
