// Sends encoded rows to the host in transferred chunks, and waits when the host has granted no more of them.
import type { ChunkOp, FromRun } from './protocol.ts';
import type { Batch } from './row-batches.ts';

export class RowStream {
  rows = 0;
  readonly #send: (message: FromRun, transfer?: ArrayBuffer[]) => void;
  #credits: number;
  #batch: Batch | undefined;
  #pendingRows = 0;
  #op: ChunkOp | undefined;
  #flushTimer: NodeJS.Immediate | undefined;
  #wake: (() => void) | undefined;

  constructor(send: (message: FromRun, transfer?: ArrayBuffer[]) => void, credits: number) {
    this.#send = send;
    this.#credits = credits;
  }

  /** What the rows that are written from now on are; await {@link flushed} first. */
  meaning(op: ChunkOp | undefined): void {
    this.#op = op;
  }

  /** Sends a chunk that says something and has no rows, after those that were written before it. */
  async say(op: ChunkOp): Promise<void> {
    await this.flushed();
    await this.#creditGranted();
    this.#credits -= 1;
    this.#send({ t: 'chunk', bytes: new Uint8Array(), rows: 0, op });
  }

  /** True when the batch is full: the caller must await {@link flushed} before it writes more, or into another one. */
  write(row: unknown, batch: Batch): boolean {
    batch.add(row);
    this.#batch = batch;
    this.#pendingRows += 1;
    this.rows += 1;
    this.#flushTimer ??= setImmediate(() => {
      this.#flushTimer = undefined;
      if (this.#credits > 0) this.#flush();
    });
    return batch.isFull;
  }

  /** Sends what is pending, after waiting for credit. */
  async flushed(): Promise<void> {
    if (!this.#isEmpty) await this.#creditGranted();
    this.#flush();
  }

  async #creditGranted(): Promise<void> {
    while (this.#credits === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  credit(chunks: number): void {
    this.#credits += chunks;
    if (!this.#isEmpty && this.#wake === undefined) this.#flush();
    this.#wake?.();
    this.#wake = undefined;
  }

  /** Wakes a writer that waits for credit, so that it can see that its run was cancelled. */
  cancel(): void {
    this.#credits = Number.POSITIVE_INFINITY;
    this.#batch?.take();
    this.#wake?.();
    this.#wake = undefined;
  }

  get #isEmpty(): boolean {
    return this.#batch?.isEmpty !== false;
  }

  #flush(): void {
    if (this.#batch === undefined || this.#batch.isEmpty) return;
    const taken = this.#batch.take();
    const rows = this.#pendingRows;
    this.#pendingRows = 0;
    this.#credits -= 1;
    const op = this.#op;
    const transfer = [taken.bytes.buffer];
    if (taken.keys !== undefined) transfer.push(taken.keys.buffer);
    this.#send({ t: 'chunk', ...taken, rows, ...(op === undefined ? {} : { op }) }, transfer);
  }
}
