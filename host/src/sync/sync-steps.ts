// What a plugin has yielded, in its order, gathered into batches that one statement can take.
import type { Scope } from '@jackfield/sdk/runtime';
import type { Limits } from '../limits.ts';
import type { Chunk } from '../sandbox/index.ts';

export interface Batch {
  readonly kind: 'upsert' | 'remove' | 'present';
  readonly reason: string | null;
  readonly chunks: Chunk[];
  rows: number;
  bytes: number;
}

export type Step = Batch | { readonly kind: 'complete'; readonly scope: Scope };

export class Steps {
  readonly list: Step[] = [];
  /** Of all batches. */
  bytes = 0;
  readonly #limits: Pick<Limits['sync'], 'batchRows' | 'batchBytes'>;

  constructor(limits: Pick<Limits['sync'], 'batchRows' | 'batchBytes'>) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.list.length === 0;
  }

  complete(scope: Scope): void {
    this.list.push({ kind: 'complete', scope });
  }

  /** To the last batch when it fits there. */
  add(kind: Batch['kind'], reason: string | null, chunk: Chunk): void {
    const { batchRows, batchBytes } = this.#limits;
    const { byteLength } = chunk.bytes;
    this.bytes += byteLength;
    const last = this.list.at(-1);
    const fits =
      last?.kind === kind &&
      last.reason === reason &&
      last.rows + chunk.rows <= batchRows &&
      last.bytes + byteLength <= batchBytes;
    if (!fits) {
      this.list.push({ kind, reason, chunks: [chunk], rows: chunk.rows, bytes: byteLength });
      return;
    }
    last.chunks.push(chunk);
    last.rows += chunk.rows;
    last.bytes += byteLength;
  }

  /**
   * Gives the memory of all chunks back, which nobody may read from then on. Left to the garbage collector, what a run reads makes it
   * mark the whole heap of the main thread every 20 MB.
   */
  release(): void {
    for (const step of this.list) {
      if (step.kind === 'complete') continue;
      for (const { bytes, keys } of step.chunks) for (const part of [bytes, keys]) part?.buffer.transfer(0);
    }
  }

  append(later: Steps): void {
    for (const step of later.list) {
      if (step.kind === 'complete') this.list.push(step);
      else for (const chunk of step.chunks) this.add(step.kind, step.reason, chunk);
    }
  }
}
