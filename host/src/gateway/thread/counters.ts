import { BYTES, CALLS, CERTIFICATE_ENDS, WAITED } from '../messages.ts';

/** What a run has cost, in memory that it shares with the host. */
export class Counters {
  readonly #counts: BigInt64Array;

  constructor(shared: SharedArrayBuffer) {
    this.#counts = new BigInt64Array(shared);
  }

  addCall(): void {
    Atomics.add(this.#counts, CALLS, 1n);
  }

  addBytes(bytes: number): void {
    Atomics.add(this.#counts, BYTES, BigInt(bytes));
  }

  /** Milliseconds in which a call waited for its place or its turn. */
  addWait(ms: number): void {
    Atomics.add(this.#counts, WAITED, BigInt(Math.round(ms)));
  }

  /** Of the socket that the answer came on, or of one that was opened at the same time. */
  noteCertificate(ends: number): void {
    Atomics.store(this.#counts, CERTIFICATE_ENDS, BigInt(ends));
  }
}
