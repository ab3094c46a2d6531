// A run as the rest of the host sees it: chunks to read, one result. It keeps the deadline, retries a read once whose thread died
// through no fault of its own, and names what went wrong.
import type { Column } from '@jackfield/schemas';
import type { LogLevel, Outcome, RunTask, RunValue } from '@jackfield/sdk/runtime';
import { Countdown } from '../countdown.ts';
import { isErrorCode, Problem, type ErrorCode } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { Attempt, type AttemptEvents, type Chunk, type RunGateway } from './attempt.ts';
import type { Pool, ThreadDeath } from './pool.ts';

export interface RunResult extends RunValue {
  readonly rows: number;
  readonly vendorCalls: number;
  /** Milliseconds in which its calls waited for the vendor's limits, added up. */
  readonly vendorWaitMs: number;
  /** When the certificate ends that the vendor has presented, in milliseconds since the epoch. */
  readonly certificateEnds?: number;
  /** Why the run failed; undefined when it succeeded. */
  readonly problem?: Problem;
}

export interface RunSpec {
  readonly plugin: string;
  readonly instanceId: string;
  readonly task: Omit<RunTask, 'runPort' | 'gatewayPort' | 'credits'>;
  readonly deadline: number;
  /** It has a thread to itself, and is not tried again when that dies: it has effects outside. */
  readonly alone: boolean;
  readonly openGateway: () => RunGateway;
  /** Takes the instance's secrets out of what the plugin says: a vendor may have told it. */
  readonly redact: (text: string) => string;
  readonly onLog: (level: LogLevel, message: string, fields: string | undefined) => void;
  /** A run that killed its thread. */
  readonly onCrash: () => void;
}

export class SandboxRun {
  readonly runId: string;
  /** Never rejects; resolves when the run is over, read to the end or not. */
  readonly result: Promise<RunResult>;
  readonly #spec: RunSpec;
  readonly #pool: Pool;
  readonly #limits: Limits;
  readonly #resolve: (result: RunResult) => void;
  readonly #chunks: Chunk[] = [];
  #columns: readonly Column[] | undefined;
  #attempt: Attempt | undefined;
  #tries = 0;
  #delivered = false;
  #vendorCalls = 0;
  #vendorWaitMs = 0;
  #settled = false;
  #wanted: (() => void) | undefined;
  /** Runs while the reader waits for the plugin. */
  readonly #deadline: Countdown;
  /** Runs while chunks wait for the reader. */
  #patience: NodeJS.Timeout | undefined;

  constructor(pool: Pool, limits: Limits, spec: RunSpec) {
    this.runId = spec.task.runId;
    this.#pool = pool;
    this.#limits = limits;
    this.#spec = spec;
    this.#deadline = new Countdown(spec.deadline, () => this.#deadlinePassed());
    const { promise, resolve } = Promise.withResolvers<RunResult>();
    this.result = promise;
    this.#resolve = resolve;
    this.#arm();
  }

  /** Hands the run to a thread; until then its deadline runs all the same. */
  start(): void {
    if (!this.#settled) this.#try(this.#spec.alone);
  }

  /** Columns that come with the answer: known before the first chunk, or the end. */
  get columns(): readonly Column[] | undefined {
    return this.#columns;
  }

  /** The next chunk, or null when there are no more: then {@link result} says how it ended. One reader only. */
  async next(): Promise<Chunk | null> {
    while (this.#chunks.length === 0 && !this.#settled) {
      await new Promise<void>((resolve) => {
        this.#wanted = resolve;
      });
    }
    const chunk = this.#chunks.shift() ?? null;
    if (chunk !== null && !this.#settled) {
      this.#attempt?.credit(1);
      this.#arm();
    }
    return chunk;
  }

  /** Ends the run: the reader is gone. */
  cancel(reason: string): void {
    this.#fail('timeout', reason);
  }

  #try(alone: boolean): void {
    this.#tries += 1;
    const task = { ...this.#spec.task, credits: this.#limits.chunkCredits };
    const events: AttemptEvents = {
      onColumns: (columns) => {
        this.#columns = columns;
      },
      onChunk: (chunk) => {
        this.#delivered = true;
        this.#chunks.push(chunk);
        this.#arm();
        this.#wake();
      },
      onLog: (message) => this.#spec.onLog(message.level, message.message, message.fields),
      onEnd: (outcome) => this.#end(outcome),
      onDeath: (death) => this.#threadDied(death),
      onStuck: () => this.#spec.onCrash(),
    };
    this.#attempt = new Attempt(this.#pool, this.#limits, task, this.#spec.openGateway(), alone, events);
  }

  #end(outcome: Outcome): void {
    if (outcome.ok) {
      const { rows, value } = outcome;
      const { check } = value;
      this.#settle({ ...value, rows, ...(check ? { check: this.#redactCheck(check) } : {}) });
      return;
    }
    const { code, retryAfterMs, internal } = outcome.fault;
    const message = this.#spec.redact(outcome.fault.message);
    if (internal !== undefined) this.#spec.onLog('error', internal, undefined);
    this.#fail(isErrorCode(code) ? code : 'plugin_failed', message, retryAfterMs);
  }

  #redactCheck({ message, expires }: NonNullable<RunValue['check']>): NonNullable<RunValue['check']> {
    const { redact } = this.#spec;
    const shown = expires?.map(({ what, at }) => ({ what: redact(what), at }));
    return { message: redact(message), ...(shown === undefined ? {} : { expires: shown }) };
  }

  #threadDied(death: ThreadDeath): void {
    const guilty = death.runId === this.runId || death.runs === 1 || this.#tries > 1;
    if (!guilty && !this.#delivered && !this.#spec.alone) {
      this.#count();
      this.#attempt = undefined;
      this.#try(true);
      return;
    }
    if (guilty) this.#spec.onCrash();
    if (death.kind === 'memory') {
      this.#fail('plugin_out_of_memory', `${this.#what()} used more memory than its thread may`);
    } else if (guilty) {
      this.#fail('plugin_crashed', `${this.#what()} ended its thread`);
    } else {
      this.#fail('plugin_crashed', `${this.#what()} lost its thread to another run after its first rows were sent`);
    }
  }

  /** The deadline counts time spent waiting for the plugin; while the reader is slow, only its own patience runs. */
  #arm(): void {
    clearTimeout(this.#patience);
    if (this.#settled || this.#chunks.length > 0) this.#deadline.pause();
    else this.#deadline.run();
    if (this.#settled || this.#chunks.length === 0) return;
    this.#patience = setTimeout(() => this.cancel('the reader stopped reading'), this.#limits.readerStall);
  }

  #deadlinePassed(): void {
    const attempt = this.#attempt;
    attempt?.blameIfStuck();
    this.#fail('timeout', `${this.#what()} passed its deadline of ${this.#spec.deadline / 1000} s`);
    if (attempt === undefined || !attempt.started) void this.#pool.rebuildIfDead();
  }

  #what(): string {
    const { work } = this.#spec.task;
    const what = { check: 'check', load: 'bundle', migration: 'config migration' } as const;
    const named = 'id' in work ? `${work.kind} "${work.id}"` : what[work.kind];
    return `plugin "${this.#spec.plugin}", ${named}`;
  }

  #fail(code: ErrorCode, detail: string, retryAfterMs?: number): void {
    const options = { runId: this.runId, plugin: this.#spec.plugin, instanceId: this.#spec.instanceId };
    this.#settle({
      rows: 0,
      problem: new Problem(code, detail, { ...options, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }),
    });
  }

  #settle(result: Omit<RunResult, 'vendorCalls' | 'vendorWaitMs' | 'certificateEnds'>): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#arm();
    this.#count();
    this.#attempt?.cancel(result.problem?.message ?? 'the run is over');
    const certificateEnds = this.#attempt?.gateway.certificateEnds?.();
    this.#resolve({
      ...result,
      vendorCalls: this.#vendorCalls,
      vendorWaitMs: this.#vendorWaitMs,
      ...(certificateEnds === undefined ? {} : { certificateEnds }),
    });
    this.#wake();
  }

  #count(): void {
    this.#vendorCalls += this.#attempt?.gateway.vendorCalls() ?? 0;
    this.#vendorWaitMs += this.#attempt?.gateway.waitedMs() ?? 0;
  }

  #wake(): void {
    this.#wanted?.();
    this.#wanted = undefined;
  }
}
