// One run, any number of readers: viewers that ask the same at the same time share a vendor call. Chunks are kept from the start
// while the result is small, so that later viewers can join; beyond that the slowest reader sets the pace, and one that stalls
// while others wait is dropped.
import type { Column } from '@jackfield/schemas';
import type { Clock } from '../clock.ts';
import type { Chunk, RunResult, SandboxRun } from '../sandbox/index.ts';
import { Problem } from '../errors.ts';

export interface FlightLimits {
  /** Bytes kept for viewers that join later; beyond it nobody can join. */
  readonly keepBytes: number;
  /** How long one reader may hold up the others, in milliseconds. */
  readonly stall: number;
}

export interface RowChunk extends Chunk {
  /** Nobody else reads its bytes, now or later: whoever has got it may change them where they are. */
  readonly isOwn?: boolean;
}

/** One viewer's place in a flight. */
export interface FlightReader {
  /** The next chunk, or null at the end; then `result` says how it ended. */
  next(): Promise<RowChunk | null>;
  result(): Promise<RunResult>;
  /** Leaves, at any time: a `next` that waits gets null, and the result is `why`. When the last reader closes before the end, the run is cancelled. */
  close(why?: Problem): void;
}

interface Place {
  position: number;
  reading: boolean;
  /** Why it reads no more. */
  left: Problem | undefined;
}

export class Flight {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** How long the run took, in milliseconds; 0 until it is over. */
  elapsedMs = 0;
  /** Resolves when the run is over and, if it went well, its last chunk has been taken. */
  readonly ended: Promise<void>;
  readonly #run: SandboxRun;
  readonly #limits: FlightLimits;
  readonly #places = new Set<Place>();
  /** Readers so far: one that has left may still have bytes on their way. */
  #joined = 0;
  #chunks: Chunk[] = [];
  /** Index of the first chunk that is still kept. */
  #base = 0;
  #bytes = 0;
  #ended = false;
  #abandoned = false;
  readonly #end: () => void;
  #pulling = false;
  #changed = Promise.withResolvers<void>();
  #stallTimer: NodeJS.Timeout | undefined;

  constructor(run: SandboxRun, limits: FlightLimits, clock: Clock, startedAt: number = clock.now()) {
    this.#run = run;
    this.#limits = limits;
    this.startedAt = startedAt;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
    void run.result.then((result) => {
      this.elapsedMs = clock.now() - this.startedAt;
      if (result.problem !== undefined) this.#end();
    });
  }

  /** Everything from the first row on is still here, and the rest is still to come: it can be joined, and kept. */
  get isWhole(): boolean {
    return !this.#abandoned && this.#bytes <= this.#limits.keepBytes;
  }

  /** Chunks of a result that ended whole. */
  get chunks(): readonly Chunk[] {
    return this.#chunks;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Columns that come with the answer: known with the first chunk, or the end. */
  get columns(): readonly Column[] | undefined {
    return this.#run.columns;
  }

  join(): FlightReader {
    const place: Place = { position: 0, reading: false, left: undefined };
    this.#places.add(place);
    this.#joined += 1;
    return {
      next: () => this.#next(place),
      result: async () => {
        if (place.left !== undefined) return { rows: 0, vendorCalls: 0, vendorWaitMs: 0, problem: place.left };
        return this.#run.result;
      },
      close: (why = goneProblem()) => this.#leave(place, why),
    };
  }

  async #next(place: Place): Promise<RowChunk | null> {
    place.reading = true;
    try {
      while (place.left === undefined) {
        const chunk = this.#chunks[place.position - this.#base];
        if (chunk !== undefined) {
          place.position += 1;
          this.#forget();
          return this.isWhole || this.#joined > 1 ? chunk : { ...chunk, isOwn: true };
        }
        if (this.#ended) return null;
        void this.#pull();
        await this.#changed.promise;
      }
      return null;
    } finally {
      place.reading = false;
    }
  }

  /** Asks the run for one more chunk when the readers allow it. */
  async #pull(): Promise<void> {
    if (this.#pulling || this.#ended) return;
    if (!this.isWhole && this.#chunks.length > 0) return this.#watchStall();
    this.#pulling = true;
    const chunk = await this.#run.next();
    this.#pulling = false;
    if (chunk === null) {
      this.#ended = true;
      this.#end();
    } else {
      this.#chunks.push(chunk);
      this.#bytes += chunk.bytes.byteLength;
    }
    this.#announce();
  }

  #announce(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    resolve();
  }

  /** Frees what every reader has read, once the result is too large to keep. */
  #forget(): void {
    if (this.isWhole) return;
    const slowest = Math.min(...[...this.#places].map((place) => place.position));
    const count = slowest - this.#base;
    if (!Number.isFinite(count) || count <= 0) return;
    this.#chunks.splice(0, count);
    this.#base = slowest;
    const somebodyWaits = this.#stallTimer !== undefined;
    clearTimeout(this.#stallTimer);
    this.#stallTimer = undefined;
    if (this.#chunks.length === 0) this.#announce();
    // Slow is not stalled: who has read on gets its time again.
    else if (somebodyWaits) this.#watchStall();
  }

  /** Somebody waits for a reader that does not read: give it a while, then go on without it. */
  #watchStall(): void {
    this.#stallTimer ??= setTimeout(() => {
      this.#stallTimer = undefined;
      for (const place of this.#places) {
        if (place.reading || place.position > this.#base) continue;
        this.#leave(place, droppedProblem());
      }
      this.#announce();
    }, this.#limits.stall);
  }

  #leave(place: Place, why: Problem): void {
    if (!this.#places.delete(place)) return;
    place.left = why;
    if (this.#places.size === 0) {
      clearTimeout(this.#stallTimer);
      if (!this.#ended) this.#abandon(why.message);
    } else {
      this.#forget();
    }
    this.#announce();
  }

  /** The run may be over with chunks that nobody has taken: what was read is then no whole result, and nobody may join. */
  #abandon(reason: string): void {
    this.#abandoned = true;
    this.#run.cancel(reason);
    this.#end();
  }
}

function goneProblem(): Problem {
  return new Problem('timeout', 'the reader is gone', { next: 'Ask again.' });
}

function droppedProblem(): Problem {
  return new Problem('timeout', 'this reader held up others that read the same result', {
    next: 'Read faster, or ask again later.',
  });
}
