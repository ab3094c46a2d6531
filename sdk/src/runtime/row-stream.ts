// Sends encoded rows to the host in transferred chunks, and waits when the host has granted no more of them.
import type { CopiedRows } from './copy-rows.ts';
import type { ChunkOp, FromRun } from './protocol.ts';

/** Chunks of 64 to 256 KB reach full speed. */
export const CHUNK_CHARACTERS: number = 128 * 1024;
/** Bound once: a plugin shares the realm. */
const encoder = new TextEncoder();
const encode = encoder.encode.bind(encoder);

export class RowStream {
  rows = 0;
  readonly #send: (message: FromRun, transfer?: ArrayBuffer[]) => void;
  #credits: number;
  #text = '';
  #copied: CopiedRows | undefined;
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
    return this.#wrote();
  }

  /** The same for a row that is encoded as bytes; always with the same `into`. */
  writeCopied(row: unknown, into: CopiedRows): boolean {
    into.add(row);
    this.#copied = into;
    return this.#wrote();
  }

  get #size(): number {
    return this.#text.length + (this.#copied?.size ?? 0);
  }

  #wrote(): boolean {
    this.#pendingRows += 1;
    this.rows += 1;
    this.#flushTimer ??= setImmediate(() => {
      this.#flushTimer = undefined;
      if (this.#credits > 0) this.#flush();
    });
    return this.#size >= CHUNK_CHARACTERS;
  }

  /** Sends what is pending, after waiting for credit. */
  async flushed(): Promise<void> {
    if (this.#size > 0) await this.#creditGranted();
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
    if (this.#size > 0 && this.#wake === undefined) this.#flush();
    this.#wake?.();
    this.#wake = undefined;
  }

  /** Wakes a writer that waits for credit, so that it can see that its run was cancelled. */
  cancel(): void {
    this.#credits = Number.POSITIVE_INFINITY;
    this.#text = '';
    this.#copied?.take();
    this.#wake?.();
    this.#wake = undefined;
  }

  #flush(): void {
    if (this.#size === 0) return;
    const copied = this.#text === '' ? this.#copied?.take() : undefined;
    const { bytes, keys } = copied ?? { bytes: encode(this.#text) };
    if (copied === undefined) this.#text = '';
    const rows = this.#pendingRows;
    this.#pendingRows = 0;
    this.#credits -= 1;
    const op = this.#op;
    const chunk = { t: 'chunk', bytes, rows, ...(op === undefined ? {} : { op }) } as const;
    if (keys === undefined) this.#send(chunk, [bytes.buffer]);
    else this.#send({ ...chunk, keys }, [bytes.buffer, keys.buffer]);
  }
}
