// Whether the vendor takes the credentials of one instance at one revision. Many vendors lock an account or an address after a few
// wrong ones, so until they are known to be good one request at a time carries them. Once they are refused nobody's request is sent
// for a while: those that wait are answered like the one that was. By then the host keeps the instance's runs back.
import type { Clock } from '../../clock.ts';
import type { Limits } from '../../limits.ts';
import type { Counters } from './counters.ts';
import type { Answer } from './exchange.ts';
import type { Talk } from './tape.ts';
import { untilAborted } from './until-aborted.ts';

/** A request that carries the credentials. One of these is called, later calls change nothing. */
export interface Carrier {
  answered(status: number): void;
  /** There was no answer, or it says nothing about the credentials. */
  gone(): void;
}

export interface Trying {
  /** A check: a refusal that is remembered does not keep it back, one since it came answers it too. */
  readonly urgent: boolean;
  /** {@link Trial.refusals} when it came. */
  readonly refusals: number;
  readonly signal: AbortSignal;
  readonly counters: Counters;
}

export class Trial {
  readonly revision: number | string;
  readonly #clock: Clock;
  readonly #limits: Limits['gateway'];
  #accepted = false;
  #refusedUntil = 0;
  #refusals = 0;
  /** Requests are numbered as they are sent: what an earlier one hears does not change what a later one has. */
  #sent = 0;
  #judged = 0;
  #pending: PromiseWithResolvers<void> | undefined;
  #waiting = 0;

  constructor(revision: number | string, { clock, limits }: { clock: Clock; limits: Limits['gateway'] }) {
    this.revision = revision;
    this.#clock = clock;
    this.#limits = limits;
  }

  get refusals(): number {
    return this.#refusals;
  }

  /** Requests that wait for the answer of another. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Somebody says that the credentials have been put right. */
  reset(): void {
    this.#refusedUntil = 0;
  }

  /** Waits until a request may carry the credentials. Undefined: they are refused, and it is not sent. */
  async enter({ urgent, refusals, signal, counters }: Trying): Promise<Carrier | undefined> {
    const isRefused = (): boolean =>
      !this.#accepted && (urgent ? this.#refusals > refusals : this.#clock.now() < this.#refusedUntil);
    let enough: AbortSignal | undefined;
    while (this.#pending !== undefined && !isRefused() && enough?.aborted !== true) {
      enough ??= AbortSignal.timeout(this.#limits.trialWait);
      await this.#wait(this.#pending.promise, enough, signal, counters);
    }
    return isRefused() ? undefined : this.#carry();
  }

  async #wait(answer: Promise<void>, enough: AbortSignal, signal: AbortSignal, counters: Counters): Promise<void> {
    const from = this.#clock.now();
    this.#waiting += 1;
    try {
      await untilAborted(answer, AbortSignal.any([signal, enough]));
    } catch {
      signal.throwIfAborted();
    } finally {
      this.#waiting -= 1;
      counters.addWait(Math.max(0, this.#clock.now() - from));
    }
  }

  #carry(): Carrier {
    const order = (this.#sent += 1);
    const own = this.#accepted || this.#pending !== undefined ? undefined : Promise.withResolvers<void>();
    if (own !== undefined) this.#pending = own;
    let over = false;
    const end = (verdict?: () => void): void => {
      if (over) return;
      over = true;
      if (order > this.#judged) verdict?.();
      if (own === undefined) return;
      this.#pending = undefined;
      own.resolve();
    };
    return {
      answered: (status) => {
        if (status === REFUSED) end(() => this.#refuse(order));
        else if (status < 500 && !SILENT.has(status)) end(() => this.#accept(order));
        else end();
      },
      gone: () => end(),
    };
  }

  #accept(order: number): void {
    this.#judged = order;
    this.#accepted = true;
    this.#refusedUntil = 0;
  }

  #refuse(order: number): void {
    this.#judged = order;
    this.#accepted = false;
    this.#refusals += 1;
    this.#refusedUntil = this.#clock.now() + this.#limits.refusal;
  }
}

const REFUSED = 401;
/** The vendor may not have looked at the credentials, or does not say what is wrong with them. */
const SILENT: ReadonlySet<number> = new Set([403, 407, 408, 425, 429]);

/** What a request that is not sent is answered with: as the vendor answered another one, so that a plugin says the same of both. */
export function refusedTalk(): Talk {
  const answer: Answer = { status: REFUSED, statusText: 'Unauthorized', headers: {} };
  return {
    answer: Promise.resolve(answer),
    async *chunks() {},
    discard: async () => undefined,
  };
}
