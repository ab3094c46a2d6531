// One try of a run on a thread. It owns the ports of that try, and makes sure that a cancelled try really ends: by message if the
// thread still listens, by terminating the thread if it does not.
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Column } from '@jackfield/schemas';
import type { ChunkOp, FromRun, Outcome, RunTask, ToRun } from '@jackfield/sdk/runtime';
import type { Limits } from '../limits.ts';
import type { Pool, ThreadDeath } from './pool.ts';
import { Pulse } from './pulse.ts';

export interface Chunk {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly rows: number;
  /** JSON as items of an array, and not as lines. */
  readonly items?: true;
  /** What a chunk of a stream says when it is not rows that exist. */
  readonly op?: ChunkOp;
  /** Keys and hashes of rows that are encoded as `copy`. */
  readonly keys?: Uint8Array<ArrayBuffer>;
}

/** A gateway port bound to the run's instance, and what went over it. */
export interface RunGateway {
  readonly port: MessagePort;
  vendorCalls(): number;
  /** Milliseconds in which its calls waited for their turn. */
  waitedMs(): number;
  /** When the certificate ends that was presented on the base URL's origin; undefined when none was. */
  certificateEnds?(): number | undefined;
  close(): void;
}

export interface AttemptEvents {
  onColumns(columns: readonly Column[]): void;
  onChunk(chunk: Chunk): void;
  onLog(message: Extract<FromRun, { t: 'log' }>): void;
  onEnd(outcome: Outcome): void;
  onDeath(death: ThreadDeath): void;
  /** Only ending its thread could end this try, and no other run was there to blame. */
  onStuck(): void;
}

export class Attempt {
  readonly gateway: RunGateway;
  readonly #pool: Pool;
  readonly #limits: Limits;
  readonly #port: MessagePort;
  readonly #runId: string;
  readonly #events: AttemptEvents;
  readonly #alone: boolean;
  /** Of the thread, which may be blocked by another run that is on it, or was. */
  #pulse: Pulse | undefined;
  #threadId: number | undefined;
  #over = false;
  #cancelled = false;
  #blame = false;
  #grace: NodeJS.Timeout | undefined;

  constructor(
    pool: Pool,
    limits: Limits,
    task: Omit<RunTask, 'runPort' | 'gatewayPort'>,
    gateway: RunGateway,
    alone: boolean,
    events: AttemptEvents,
  ) {
    this.gateway = gateway;
    this.#pool = pool;
    this.#limits = limits;
    this.#runId = task.runId;
    this.#events = events;
    this.#alone = alone;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on('message', (message: FromRun) => this.#receive(message));
    pool.submit({ ...task, runPort: port2, gatewayPort: gateway.port }, alone).then(
      // The outcome was sent before the task resolved, on another port: the close that follows it comes last.
      () => port1.once('close', () => this.#die({ kind: 'exit', runs: 1 })),
      (error: unknown) =>
        this.#die(this.#threadId === undefined ? { kind: 'exit', runs: 2 } : pool.deathOf(this.#threadId, error)),
    );
  }

  get started(): boolean {
    return this.#threadId !== undefined;
  }

  credit(chunks: number): void {
    this.#send({ t: 'credit', chunks });
  }

  /** Ends the try; nothing of it is reported any more. */
  cancel(reason: string): void {
    if (this.#over || this.#cancelled) return;
    this.#cancelled = true;
    this.#pulse?.stop();
    this.#send({ t: 'cancel', reason });
    this.gateway.close();
    this.#startGrace();
  }

  /** Call before `cancel`: a thread that then has to be terminated counts against this try. */
  blameIfStuck(): void {
    this.#blame = true;
  }

  #startGrace(): void {
    if (this.#threadId === undefined) return;
    const threadId = this.#threadId;
    this.#grace = setTimeout(() => {
      const runs = this.#pool.kill(threadId, { kind: 'deadline', runId: this.#runId });
      // Runs that share a blocked thread cannot be told apart: the others are tried again alone, and the guilty one is found then.
      if (this.#blame && runs === 1) this.#events.onStuck();
    }, this.#limits.cancelGrace);
  }

  #startPulse(threadId: number): void {
    if (this.#alone) return;
    this.#pulse = new Pulse(
      this.#limits.threadAsked,
      () => this.#send({ t: 'ping' }),
      () => this.#pool.silent(threadId),
    );
  }

  #receive(message: FromRun): void {
    this.#pulse?.heard();
    switch (message.t) {
      case 'pong':
        return;
      case 'started':
        this.#threadId = message.threadId;
        this.#pool.started(this.#runId, message.threadId, message.evaluations);
        if (this.#cancelled) this.#startGrace();
        else this.#startPulse(message.threadId);
        return;
      case 'columns':
        if (!this.#cancelled) this.#events.onColumns(message.columns);
        return;
      case 'chunk':
        if (this.#threadId !== undefined) this.#pool.heard(this.#threadId);
        if (!this.#cancelled) this.#events.onChunk(message);
        return;
      case 'log':
        this.#events.onLog(message);
        return;
      case 'end':
        if (this.#finish() && !this.#cancelled) this.#events.onEnd(message.outcome);
    }
  }

  #die(death: ThreadDeath): void {
    if (this.#finish() && !this.#cancelled) this.#events.onDeath(death);
  }

  #finish(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#pulse?.stop();
    clearTimeout(this.#grace);
    if (this.#threadId !== undefined) this.#pool.finished(this.#runId, this.#threadId);
    this.gateway.close();
    // A closed port still delivers what is queued.
    this.#port.removeAllListeners('message');
    this.#port.close();
    return true;
  }

  #send(message: ToRun): void {
    if (!this.#over) this.#port.postMessage(message);
  }
}
