// One run of a sync job on this host: takes the schedule, reads, writes, says how it ended. Whatever happens to it, the schedule is
// given back, or its lease runs out and another host takes it.
import type { ManifestStream } from '@jackfield/schemas';
import { Problem, toProblem } from '../errors.ts';
import type { Instances, InstanceWork, ResolvedInstance, Runner } from '../instances/index.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { SandboxRun } from '../sandbox/index.ts';
import { isDatabaseLost, type Store } from '../store/index.ts';
import { performCensus } from './census.ts';
import { type ClaimedRun, type ClaimParts, keyOf } from './claim-runs.ts';
import { whenBack } from './patience.ts';
import type { RunEnds } from './run-ends.ts';
import { noteVersion, reportRun, type RunCounts, type RunState } from './run-rows.ts';
import type { RowTarget } from './row-statements.ts';
import { holdSchedule, type Claim, type ScheduleKey } from './schedule-rows.ts';
import { type MovedCursor, RunLost, SyncWriter } from './sync-writer.ts';

/** A run of a plugin, as far as a read needs it. */
export type Reading = Pick<SandboxRun, 'next' | 'result' | 'cancel'>;

export interface SyncRunParts extends ClaimParts {
  readonly store: Store;
  readonly instances: Instances;
  readonly runner: { start(...work: Parameters<Runner['start']>): Promise<Reading> };
  readonly ends: RunEnds;
  /** Where the rows of a stream go. @throws Problem when its table cannot take them. */
  readonly targetOf: (instance: ResolvedInstance, stream: string) => RowTarget;
  readonly limits: Limits;
  readonly log: Log;
}

/** A run under way, as its parts see it. */
export interface RunContext {
  readonly parts: SyncRunParts;
  readonly row: ClaimedRun['row'];
  readonly key: ScheduleKey;
  readonly claim: Claim;
  readonly instance: ResolvedInstance;
  readonly stream: ManifestStream;
  readonly target: RowTarget;
  readonly writer: SyncWriter;
  /** Counts vendor calls; what it starts ends when the run is cancelled or lost, or the host stops. */
  start(work: InstanceWork): Promise<Reading>;
}

const CANCELLED = 'cancelled';
const STOPPED = 'the host is stopping';
const LOST = 'another host has taken this run over';

/** Never rejects. Resolves when the run is over on this host. */
export async function performRun(
  parts: SyncRunParts,
  { row, claim }: ClaimedRun,
  stopping: AbortSignal,
): Promise<void> {
  try {
    await new RunningSync(parts, row, claim, stopping).perform();
  } catch (error) {
    // The database is gone, most likely: the lease runs out and the run is taken up again.
    parts.log.error({ runId: row.id, err: error }, 'a sync run broke off');
  }
}

class RunningSync {
  readonly #parts: SyncRunParts;
  readonly #row: ClaimedRun['row'];
  readonly #key: ScheduleKey;
  readonly #claim: Claim;
  readonly #abort = new AbortController();
  readonly #stopping: AbortSignal;
  #writer: SyncWriter | undefined;
  #vendorCalls = 0;
  #vendorWaitMs = 0;
  #beating = false;
  #doubt: string | undefined;
  /** What is still to be written of it. */
  #cursor: MovedCursor | undefined;

  constructor(parts: SyncRunParts, row: ClaimedRun['row'], claim: Claim, stopping: AbortSignal) {
    this.#parts = parts;
    this.#row = row;
    this.#key = keyOf(row);
    this.#claim = claim;
    this.#stopping = stopping;
  }

  async perform(): Promise<void> {
    const stop = (): void => this.#abort.abort(STOPPED);
    if (this.#stopping.aborted) stop();
    this.#stopping.addEventListener('abort', stop, { once: true });
    const heartbeat = setInterval(() => void this.#beat(), this.#parts.limits.sync.heartbeat);
    let failure: unknown;
    try {
      await this.#read();
    } catch (error) {
      failure = error;
    } finally {
      clearInterval(heartbeat);
      this.#stopping.removeEventListener('abort', stop);
    }
    await this.#end(failure);
  }

  async #read(): Promise<void> {
    const parts = this.#parts;
    const { store, instances, targetOf, limits } = parts;
    const { instanceId, stream: id, kind } = this.#key;
    const instance = await instances.resolve(instanceId);
    const stream = instance.plugin.manifest.streams?.[id];
    if (stream === undefined) {
      throw new Problem('gone', `plugin "${this.#row.plugin}" has no stream "${id}" any more`, { instanceId });
    }
    const { version } = instance.plugin.manifest;
    if (version !== this.#row.version) await noteVersion(store.db, this.#row.id, version);
    const target = targetOf(instance, id);
    const writer = new SyncWriter({
      db: store.db,
      key: this.#key,
      runId: this.#row.id,
      epoch: this.#claim.epoch,
      target,
      removesAbsent: kind === 'read' && stream.deletion === 'absence',
      isHistory: stream.deletion === 'never',
      limits: limits.sync,
    });
    this.#writer = writer;
    const context: RunContext = {
      parts,
      row: this.#row,
      key: this.#key,
      claim: this.#claim,
      instance,
      stream,
      target,
      writer,
      start: (work) => this.#start(instance, work),
    };
    if (kind === 'census') this.#doubt = await performCensus(context);
    else this.#cursor = await readStream(context);
  }

  async #start(instance: ResolvedInstance, work: InstanceWork): Promise<Reading> {
    this.#throwIfAborted();
    const run = await this.#parts.runner.start(instance, work, this.#parts.limits.sync.deadline);
    const cancel = (): void => run.cancel(String(this.#abort.signal.reason));
    if (this.#abort.signal.aborted) cancel();
    this.#abort.signal.addEventListener('abort', cancel, { once: true });
    void run.result.then(({ vendorCalls, vendorWaitMs }) => {
      this.#vendorCalls += vendorCalls;
      this.#vendorWaitMs += vendorWaitMs;
      this.#abort.signal.removeEventListener('abort', cancel);
    });
    return run;
  }

  #throwIfAborted(): void {
    if (this.#abort.signal.aborted) throw new Problem('timeout', String(this.#abort.signal.reason));
  }

  /** Keeps the lease, tells how far the run is, and learns whether somebody wants its end. */
  async #beat(): Promise<void> {
    const { store, limits, log } = this.#parts;
    // A database that does not answer is asked once, not every few seconds more.
    if (this.#beating) return;
    this.#beating = true;
    try {
      const isOurs = await holdSchedule(store.db, this.#key, this.#row.id, this.#claim.epoch, limits.sync.lease);
      if (!isOurs) return this.#abort.abort(LOST);
      const { cancel } = await reportRun(store.db, this.#row.id, this.#counts());
      if (cancel) this.#abort.abort(CANCELLED);
    } catch (error) {
      log.warn({ runId: this.#row.id, err: error }, 'the lease of a sync run could not be renewed');
    } finally {
      this.#beating = false;
    }
  }

  #counts(): RunCounts {
    return {
      ...(this.#writer?.counts ?? NOTHING),
      vendorCalls: this.#vendorCalls,
      vendorWaitMs: this.#vendorWaitMs,
      ...(this.#doubt === undefined ? {} : { doubt: this.#doubt }),
    };
  }

  async #end(failure: unknown): Promise<void> {
    const { log, limits } = this.#parts;
    const isLost = failure instanceof RunLost || this.#abort.signal.reason === LOST;
    const state = this.#stateAfter(failure);
    const problem = state === 'failed' ? toProblem(failure) : undefined;
    if (problem?.code === 'internal' && !isLost) {
      log.error({ runId: this.#row.id, err: failure }, 'a sync run failed inside the host');
    }
    const isEnded = !isLost && (await whenBack(() => this.#record(state, problem), limits.sync, this.#stopping));
    if (!isEnded) log.warn({ runId: this.#row.id }, 'a sync run was taken over by another host, and stopped here');
  }

  #stateAfter(failure: unknown): RunState {
    const reason: unknown = this.#abort.signal.reason;
    if (reason === STOPPED) return 'abandoned';
    if (reason === CANCELLED) return 'cancelled';
    if (failure === undefined) return 'succeeded';
    // Nobody's fault: whoever has the database again goes on where it was.
    return isDatabaseLost(failure) ? 'abandoned' : 'failed';
  }

  /** False when another run has the schedule. */
  #record(state: RunState, problem: Problem | undefined): Promise<boolean> {
    const { ends } = this.#parts;
    const end = { runId: this.#row.id, key: this.#key, epoch: this.#claim.epoch, counts: this.#counts() };
    return state === 'succeeded' ? ends.succeeded(end, this.#cursor) : ends.ended(end, state, problem);
  }
}

const NOTHING: Omit<RunCounts, 'vendorCalls' | 'vendorWaitMs'> = {
  read: 0,
  inserted: 0,
  updated: 0,
  unchanged: 0,
  deleted: 0,
  rejected: 0,
  bytes: 0,
  storeMs: 0,
};

/** @returns the cursor that is not written yet */
async function readStream({ start, claim, row, target, writer }: RunContext): Promise<MovedCursor | undefined> {
  const { encoding, shape } = target;
  // The table's, which may be another version's than the instance's by now: cells are told apart by their place.
  const { columns, primaryKey } = shape;
  const cursor = claim.cursor as never;
  const run = await start({ kind: 'stream', id: row.stream, cursor, columns, primaryKey, encoding });
  try {
    for (let chunk = await run.next(); chunk !== null; chunk = await run.next()) await writer.add(chunk);
  } catch (error) {
    run.cancel('its rows could not be stored');
    throw error;
  }
  const { problem } = await run.result;
  if (problem === undefined) return writer.finish();
  await writer.settle();
  throw problem;
}
