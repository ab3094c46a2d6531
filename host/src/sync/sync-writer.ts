// Writes what a run reads. Chunks are gathered until the plugin says where the next read starts; then rows, cursor and the proof
// that the run still owns its schedule go into one transaction.
import type { Scope } from '@jackfield/sdk/runtime';
import { Problem } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Chunk } from '../sandbox/index.ts';
import type { Queryable, Store } from '../store/index.ts';
import { addCounts, applyChange, noCounts, type ApplyCounts } from './apply.ts';
import { toLines } from './row-lines.ts';
import type { RowCounts, RowTarget } from './row-statements.ts';
import type { RunCounts } from './run-rows.ts';
import { holdSchedule, moveCursor, type ScheduleKey } from './schedule-rows.ts';
import { noteSeen, removeUnseen } from './seen-keys.ts';

/** The run does not own its schedule any more: another host has taken it over. */
export class RunLost extends Error {
  constructor() {
    super('another run has taken this stream over');
    this.name = 'RunLost';
  }
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

interface Batch {
  readonly kind: 'upsert' | 'remove' | 'present';
  readonly reason: string | null;
  readonly chunks: Chunk[];
  rows: number;
  bytes: number;
}

/** What is written together with the rows before it. */
interface Mark {
  readonly cursor?: { readonly value: unknown };
  readonly complete?: Scope;
}

export class SyncWriter {
  readonly #options: SyncWriterOptions;
  #batches: Batch[] = [];
  #pendingBytes = 0;
  #read = 0;
  #bytes = 0;
  #storeMs = 0;
  #applied: ApplyCounts = noCounts;

  constructor(options: SyncWriterOptions) {
    this.#options = options;
  }

  get counts(): Omit<RunCounts, 'vendorCalls' | 'vendorWaitMs'> {
    return { ...this.#applied, read: this.#read, bytes: this.#bytes, storeMs: Math.round(this.#storeMs) };
  }

  /** Adds what was written beside this writer. */
  count(applied: RowCounts | undefined): void {
    if (applied !== undefined) this.#applied = addCounts(this.#applied, applied);
  }

  /** @throws RunLost */
  async add(chunk: Chunk): Promise<void> {
    switch (chunk.op?.kind) {
      case 'checkpoint':
        return this.#commit({ cursor: { value: chunk.op.cursor } });
      case 'complete':
        return this.#commit({ complete: chunk.op.scope });
      case 'remove':
        return this.#gather('remove', chunk.op.reason, chunk);
      case 'present':
        return this.#gather('present', null, chunk);
      case undefined:
        return this.#gather('upsert', null, chunk);
    }
  }

  /** Writes what the plugin yielded after its last checkpoint. @throws RunLost */
  async finish(): Promise<void> {
    if (this.#batches.length > 0) await this.#commit({});
  }

  async #gather(kind: Batch['kind'], reason: string | null, chunk: Chunk): Promise<void> {
    this.#read += chunk.rows;
    this.#bytes += chunk.bytes.byteLength;
    this.#pendingBytes += chunk.bytes.byteLength;
    const { batchRows, batchBytes, pendingBytes } = this.#options.limits;
    const last = this.#batches.at(-1);
    const fits =
      last?.kind === kind &&
      last.reason === reason &&
      last.rows + chunk.rows <= batchRows &&
      last.bytes + chunk.bytes.byteLength <= batchBytes;
    if (last !== undefined && fits) {
      last.chunks.push(chunk);
      last.rows += chunk.rows;
      last.bytes += chunk.bytes.byteLength;
    } else {
      this.#batches.push({ kind, reason, chunks: [chunk], rows: chunk.rows, bytes: chunk.bytes.byteLength });
    }
    if (this.#pendingBytes <= pendingBytes) return;
    if (this.#options.isHistory) {
      throw new Problem('plugin_failed', `more than ${pendingBytes} bytes of history were read without a checkpoint`, {
        next: "Report it to the plugin's author: checkpoint more often.",
      });
    }
    // Rows that exist may be written before their cursor: read again, they change nothing.
    await this.#commit({});
  }

  async #commit(mark: Mark): Promise<void> {
    const { db, key, runId, epoch, limits } = this.#options;
    const batches = this.#batches;
    this.#batches = [];
    this.#pendingBytes = 0;
    const startedAt = performance.now();
    const applied = await db.transaction().execute(async (trx) => {
      if (!(await holdSchedule(trx, key, runId, epoch, limits.lease))) throw new RunLost();
      let counts = noCounts;
      for (const batch of batches) counts = addCounts(counts, await this.#write(trx, batch));
      if (mark.complete !== undefined && this.#options.removesAbsent) {
        const deleted = await removeUnseen(trx, { key, epoch }, this.#options.target.shape, mark.complete);
        counts = addCounts(counts, { ...noCounts, deleted });
      }
      if (mark.cursor !== undefined) await moveCursor(trx, key, runId, mark.cursor.value);
      return counts;
    });
    this.#applied = addCounts(this.#applied, applied);
    this.#storeMs += performance.now() - startedAt;
  }

  async #write(trx: Queryable, { kind, reason, chunks }: Batch): Promise<ApplyCounts> {
    const { key, epoch, target, removesAbsent } = this.#options;
    const [only, ...more] = chunks;
    const bytes =
      more.length === 0 ? (only?.bytes ?? new Uint8Array()) : Buffer.concat(chunks.map((chunk) => chunk.bytes));
    if (kind === 'present') {
      await noteSeen(trx, { key, epoch }, target, toLines(bytes));
      return noCounts;
    }
    if (kind === 'upsert' && removesAbsent) await noteSeen(trx, { key, epoch }, target, toLines(bytes));
    return applyChange(trx, target, { stream: target.shape.stream, kind, reason, bytes });
  }
}
