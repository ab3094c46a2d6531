// The circuit breaker of one instance. A vendor that is down is not asked by every dashboard and schedule, and its callers do not
// wait for it; see BreakerKind for the states. It only counts: `cockatiel` and `opossum` wrap the call, which here begins with a
// head and ends with a body, and neither takes a clock.
import type { Clock } from '../../clock.ts';
import type { Limits } from '../../limits.ts';
import type { BreakerState } from '../gate-state.ts';
import { GatewayFailure } from './failure.ts';

/** One request that was let through. Exactly one of these is called, later ones change nothing. */
export interface Ticket {
  succeeded(): void;
  failed(reason: string): void;
  /** Nobody can say: the caller gave it up. */
  gone(): void;
  /** It tries whether the vendor is back: the head of the answer says it. */
  readonly isProbe: boolean;
}

export interface BreakerOptions {
  readonly clock: Clock;
  readonly limits: Limits['gateway']['breaker'];
  readonly onChange: (state: BreakerState) => void;
}

export class Breaker {
  readonly #options: BreakerOptions;
  #failures = 0;
  #reason: string | null = null;
  /** Open, or half open, when it is set. */
  #open: { readonly until: number; readonly pause: number } | undefined;
  #probes = 0;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  get state(): BreakerState {
    const left = this.#left();
    return {
      state: this.#open === undefined ? 'closed' : left > 0 ? 'open' : 'halfOpen',
      failures: this.#failures,
      reason: this.#reason,
      retryAfterMs: left,
    };
  }

  /** Throws while no request may go out. `urgent`: it asks whether the vendor is well. */
  assertAdmits(origin: string, urgent: boolean): void {
    if (urgent || this.#open === undefined) return;
    const left = this.#left();
    if (left === 0 && this.#probes === 0) return;
    const what = left > 0 ? `is left alone for ${Math.ceil(left / 1000)} s` : 'is being tried by another call';
    throw new GatewayFailure(
      'vendor_unavailable',
      `${origin}: the vendor has failed ${this.#failures} times in a row and ${what}; last: ${this.#reason}`,
      left > 0 ? left : PROBE_WAIT,
    );
  }

  admit(origin: string, urgent: boolean): Ticket {
    this.assertAdmits(origin, urgent);
    const isProbe = this.#open !== undefined;
    if (isProbe) this.#probes += 1;
    let settled = false;
    const settle = (verdict: () => void) => (): void => {
      if (settled) return;
      settled = true;
      if (isProbe) this.#probes -= 1;
      // What was sent before it opened says nothing about now.
      if (isProbe || this.#open === undefined) verdict();
    };
    return {
      isProbe,
      succeeded: settle(() => this.reset()),
      failed: (reason) => settle(() => this.#fail(reason))(),
      gone: settle(() => undefined),
    };
  }

  /** Closes it. */
  reset(): void {
    const wasOpen = this.#open !== undefined;
    this.#failures = 0;
    this.#reason = null;
    this.#open = undefined;
    if (wasOpen) this.#options.onChange(this.state);
  }

  #fail(reason: string): void {
    const { clock, limits, onChange } = this.#options;
    this.#failures += 1;
    this.#reason = reason;
    if (this.#failures < limits.failures) return;
    // A failure while it is open was a check's: the pause is not begun anew.
    if (this.#left() > 0) return;
    const pause = this.#open === undefined ? limits.open : Math.min(this.#open.pause * 2, limits.openMost);
    this.#open = { until: clock.now() + pause, pause };
    onChange(this.state);
  }

  #left(): number {
    return this.#open === undefined ? 0 : Math.max(0, this.#open.until - this.#options.clock.now());
  }
}

/** Who meets a probe asks again soon: it takes as long as one request. */
const PROBE_WAIT = 1000;
