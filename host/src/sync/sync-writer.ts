// Writes what a run reads. Chunks are gathered until the plugin says where the next read starts; then rows, cursor and the proof
// that the run still owns its schedule go into one transaction. While one is written the next is gathered, and what the plugin has
// finished meanwhile becomes one transaction with the last of its cursors.
import { Problem } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Chunk } from '../sandbox/index.ts';
import type { Queryable, Store } from '../store/index.ts';
import { addCounts, applyChange, joinBytes, noCounts, type ApplyCounts } from './apply.ts';
import { toKeyArrays } from './key-arrays.ts';
import { toLines } from './row-lines.ts';
import type { RowCounts, RowTarget } from './row-statements.ts';
import type { RunCounts } from './run-rows.ts';
import { RunUpserts } from './run-upserts.ts';
import { holdSchedule, moveCursor, type ScheduleKey } from './schedule-rows.ts';
import { noteSeen, removeUnseen } from './seen-keys.ts';
import { Steps, type Batch, type Step } from './sync-steps.ts';

/** The run does not own its schedule any more: another host has taken it over. */
export class RunLost extends Error {
  constructor() {
    super('another run has taken this stream over');
    this.name = 'RunLost';
  }
}

/** Where the next read starts. */
export interface MovedCursor {
  readonly value: unknown;
}

export interface SyncWriterOptions {
  readonly db: Store['db'];
  readonly key: ScheduleKey;
  readonly runId: string;
  readonly epoch: number;
  readonly target: RowTarget;
  /** Rows of a completed scope that were not seen are marked as deleted. */
  readonly removesAbsent: boolean;
  /** History: rows that were read twice would be counted twice, so they wait for their cursor however many they are. */
  readonly isHistory: boolean;
  readonly limits: Limits['sync'];
}

export class SyncWriter {
  readonly #options: SyncWriterOptions;
  /** What the plugin has not finished. */
  #open: Steps;
  /** What may be written as soon as the one before is. */
  #ready: Transaction | undefined;
  #writing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #read = 0;
  #bytes = 0;
  #storeMs = 0;
  #applied: ApplyCounts = noCounts;
  readonly #upserts: RunUpserts;

  constructor(options: SyncWriterOptions) {
    this.#options = options;
    this.#upserts = new RunUpserts(options.target);
    this.#open = new Steps(options.limits);
  }

  get counts(): Omit<RunCounts, 'vendorCalls' | 'vendorWaitMs'> {
    return { ...this.#applied, read: this.#read, bytes: this.#bytes, storeMs: Math.round(this.#storeMs) };
  }

  /** Adds what was written beside this writer. */
  count(applied: RowCounts | undefined): void {
    if (applied !== undefined) this.#applied = addCounts(this.#applied, applied);
  }

  /** Resolves when there is room for more. @throws RunLost, and whatever else stopped an earlier write. */
  async add(chunk: Chunk): Promise<void> {
    this.#throwFailure();
    switch (chunk.op?.kind) {
      case 'checkpoint':
        return this.#close({ value: chunk.op.cursor });
      case 'complete':
        this.#open.complete(chunk.op.scope);
        return this.#close(undefined);
      case 'remove':
        return this.#gather('remove', chunk.op.reason, chunk);
      case 'present':
        return this.#gather('present', null, chunk);
      case undefined:
        return this.#gather('upsert', null, chunk);
    }
  }

  /**
   * Writes everything, also what the plugin yielded after its last checkpoint.
   * @returns the cursor of what had no rows, which is to be written with the end of the run
   * @throws as {@link add} does
   */
  async finish(): Promise<MovedCursor | undefined> {
    if (!this.#open.isEmpty) await this.#close(undefined);
    await this.#written();
    return this.#ready?.cursor;
  }

  /** Writes what the plugin had finished, and forgets the rest. @throws as {@link add} does */
  async settle(): Promise<void> {
    await this.#written();
    if (this.#ready === undefined) return;
    this.#writing = this.#writeReady();
    await this.#written();
  }

  async #written(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    this.#throwFailure();
  }

  async #gather(kind: Batch['kind'], reason: string | null, chunk: Chunk): Promise<void> {
    this.#read += chunk.rows;
    this.#bytes += chunk.bytes.byteLength;
    this.#open.add(kind, reason, chunk);
    const { pendingBytes } = this.#options.limits;
    if (this.#open.bytes <= pendingBytes) return;
    if (this.#options.isHistory) {
      throw new Problem('plugin_failed', `more than ${pendingBytes} bytes of history were read without a checkpoint`, {
        next: "Report it to the plugin's author: checkpoint more often.",
      });
    }
    // Rows that exist may be written before their cursor: read again, they change nothing.
    await this.#close(undefined);
  }

  /** What is open may be written, together with this cursor. */
  async #close(cursor: Transaction['cursor']): Promise<void> {
    const { steps, cursor: before } = this.#ready ?? { steps: new Steps(this.#options.limits), cursor: undefined };
    steps.append(this.#open);
    this.#ready = { steps, cursor: cursor ?? before };
    this.#open = new Steps(this.#options.limits);
    this.#writeNext();
    while (this.#ready !== undefined && this.#ready.steps.bytes > this.#options.limits.readyBytes) await this.#writing;
    this.#throwFailure();
  }

  /** A cursor without rows waits for what comes next: most reads find nothing new, and their end is a transaction anyway. */
  #writeNext(): void {
    if (this.#ready !== undefined && !this.#ready.steps.isEmpty) this.#writing ??= this.#writeReady();
  }

  /** Never rejects: who adds next is told. */
  async #writeReady(): Promise<void> {
    const transaction = this.#ready;
    this.#ready = undefined;
    try {
      if (transaction !== undefined) await this.#commit(transaction);
    } catch (error) {
      this.#failure = { error };
      this.#ready = undefined;
    }
    this.#writing = undefined;
    this.#writeNext();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #commit({ steps, cursor }: Transaction): Promise<void> {
    const { db, key, runId, epoch, limits } = this.#options;
    const startedAt = performance.now();
    const applied = await db.transaction().execute(async (trx) => {
      if (!(await holdSchedule(trx, key, runId, epoch, limits.lease))) throw new RunLost();
      let counts = noCounts;
      for (const step of steps.list) counts = addCounts(counts, await this.#perform(trx, step));
      if (cursor !== undefined) await moveCursor(trx, key, runId, cursor.value);
      return counts;
    });
    // The socket has sent all of it: the server has answered what came after.
    steps.release();
    this.#applied = addCounts(this.#applied, applied);
    this.#storeMs += performance.now() - startedAt;
  }

  async #perform(trx: Queryable, step: Step): Promise<ApplyCounts> {
    const { key, epoch, target, removesAbsent } = this.#options;
    const seen = { key, epoch };
    switch (step.kind) {
      case 'complete':
        if (!removesAbsent) return noCounts;
        return { ...noCounts, deleted: await removeUnseen(trx, seen, target.shape, step.scope) };
      case 'present':
        await noteSeen(trx, seen, target, toLines(bytesOfStep(step)));
        return noCounts;
      case 'remove': {
        const { stream } = target.shape;
        return applyChange(trx, target, { stream, kind: 'remove', reason: step.reason, bytes: bytesOfStep(step) });
      }
      case 'upsert':
        return this.#upsert(trx, step);
    }
  }

  async #upsert(trx: Queryable, { chunks }: Batch): Promise<ApplyCounts> {
    const { key, epoch, target, removesAbsent } = this.#options;
    const rows = chunks.map(({ bytes }) => bytes);
    // Whole rows have their keys in them; those for COPY have them beside.
    const keys = target.encoding === 'copy' ? toKeyArrays(chunks, target.shape) : undefined;
    if (removesAbsent) await noteSeen(trx, { key, epoch }, target, keys ?? toLines(joinBytes(rows)));
    return this.#upserts.write(trx, rows, keys);
  }
}

/** Rows and cursor that are committed together. */
interface Transaction {
  readonly steps: Steps;
  readonly cursor: MovedCursor | undefined;
}

function bytesOfStep({ chunks }: Batch): Uint8Array {
  return joinBytes(chunks.map(({ bytes }) => bytes));
}
