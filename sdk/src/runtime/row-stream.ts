// Sends encoded rows to the host in transferred chunks, and waits when the host has granted no more of them.
import type { ChunkOp, FromRun } from './protocol.ts';

/** Chunks of 64 to 256 KB reach full speed. */
const CHUNK_CHARACTERS = 128 * 1024;
/** Bound once: a plugin shares the realm. */
const encoder = new TextEncoder();
const encode = encoder.encode.bind(encoder);

export class RowStream {
  rows = 0;
  readonly #send: (message: FromRun, transfer?: ArrayBuffer[]) => void;
  #credits: number;
  #text = '';
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

  /** True when a chunk is full: the caller must await {@link flushed} before it writes more. */
  write(rowText: string): boolean {
    this.#text += rowText;
    this.#pendingRows += 1;
    this.rows += 1;
    this.#flushTimer ??= setImmediate(() => {
      this.#flushTimer = undefined;
      if (this.#credits > 0) this.#flush();
    });
    return this.#text.length >= CHUNK_CHARACTERS;
  }

  /** Sends what is pending, after waiting for credit. */
  async flushed(): Promise<void> {
    if (this.#text !== '') await this.#creditGranted();
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
    if (this.#text !== '' && this.#wake === undefined) this.#flush();
    this.#wake?.();
    this.#wake = undefined;
  }

  /** Wakes a writer that waits for credit, so that it can see that its run was cancelled. */
  cancel(): void {
    this.#credits = Number.POSITIVE_INFINITY;
    this.#text = '';
    this.#wake?.();
    this.#wake = undefined;
  }

  #flush(): void {
    if (this.#text === '') return;
    const bytes = encode(this.#text);
    const rows = this.#pendingRows;
    this.#text = '';
    this.#pendingRows = 0;
    this.#credits -= 1;
    const op = this.#op;
    this.#send({ t: 'chunk', bytes, rows, ...(op === undefined ? {} : { op }) }, [bytes.buffer]);
  }
}
