// What runs do instead of asking a vendor: they wait, by the moved clock. How long, vendors decide; always the same ones in the same order.
import type { Chunk, SandboxRun } from '../../../host/src/sandbox/index.ts';
import type { InstanceWork } from '../../../host/src/instances/index.ts';

export type SimulatedRun = Pick<SandboxRun, 'next' | 'result' | 'cancel'>;

/** Part of the runs, and the milliseconds that they take: most vendors answer soon, some pages are many, some vendors are slow. */
const TIMES = [
  { part: 0.9, ms: 400 },
  { part: 0.09, ms: 2000 },
  { part: 0.01, ms: 10_000 },
] as const;
export const TIMES_TEXT = TIMES.map(({ part, ms }) => `${part * 100} % ${ms / 1000} s`).join(', ');

const NOTHING = new Uint8Array(0);

export class Vendors {
  readonly #now: () => number;
  #asked: { readonly at: number; readonly answer: () => void }[] = [];
  #seed: number;
  #runs = 0;

  constructor(now: () => number, seed: number) {
    this.#now = now;
    this.#seed = seed;
  }

  /** Runs under way. */
  get busy(): number {
    return this.#asked.length;
  }

  /** So far. */
  get runs(): number {
    return this.#runs;
  }

  /** A read that finds nothing new: its cursor moves all the same. */
  start(work: InstanceWork): SimulatedRun {
    this.#runs += 1;
    const { promise: answered, resolve } = Promise.withResolvers<void>();
    this.#asked.push({ at: this.#now() + this.#draw(), answer: resolve });
    const cursor: Chunk = { bytes: NOTHING, rows: 0, op: { kind: 'checkpoint', cursor: this.#now() } };
    const chunks = work.kind === 'stream' ? [cursor] : [];
    return {
      async next() {
        await answered;
        return chunks.shift() ?? null;
      },
      result: answered.then(() => ({ rows: 0, vendorCalls: 1, vendorWaitMs: 0 })),
      cancel: () => resolve(),
    };
  }

  /** Those answer whose time has come. */
  answer(): number {
    const now = this.#now();
    const due = this.#asked.filter(({ at }) => at <= now);
    this.#asked = this.#asked.filter(({ at }) => at > now);
    for (const { answer } of due) answer();
    return due.length;
  }

  #draw(): number {
    // mulberry32
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    let left = ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    for (const { part, ms } of TIMES) {
      if (left < part) return ms;
      left -= part;
    }
    return 0;
  }
}
