// The host's side of the gateway: keeps the thread alive and gives every run a port that is bound to its instance.
// It never sees a request or an answer, those go from thread to thread.
import { MessageChannel, Worker } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { systemClock, type Clock } from '../clock.ts';
import type { Cassette } from '@jackfield/schemas';
import { CassetteDesk, secretsOf } from './cassette-desk.ts';
import { assertConnection } from './connection.ts';
import type { Connection } from './connection.ts';
import type { Gateway, GatewayCaller, GatewayOptions, GatewayRun } from './contract.ts';
import type { GateState, Pace } from './gate-state.ts';
import { BYTES, CALLS, CERTIFICATE_ENDS, COUNTER_BYTES, WAITED } from './messages.ts';
import type { FromThread, GatewayThreadData, Question, TapeQuestion, ToThread } from './messages.ts';
import { TokenDesk } from './token-desk.ts';

/** A thread that does not report in this long is broken; starting takes 120 ms. */
const READY_DEADLINE = 10_000;
/** Pause before the next thread when one died before it was ready, so that a broken installation does not spin. */
const RESTART_PAUSE = 1_000;

/** Made by scripts/build-threads.ts, for a host that runs from its sources too. */
const threadFile = new URL('../../dist/threads/gateway.mjs', import.meta.url);

export function createGateway(options: GatewayOptions): Gateway {
  return new ThreadGateway(options);
}

interface OpenRun {
  readonly caller: GatewayCaller;
  readonly instanceId: string;
  /** It is over here; the thread may still have something to say about it. */
  closed: boolean;
  close(): void;
}

class ThreadGateway implements Gateway {
  readonly #options: GatewayOptions;
  readonly #clock: Clock;
  readonly #desk: TokenDesk;
  readonly #cassette: CassetteDesk | undefined;
  readonly #runs = new Map<number, OpenRun>();
  #worker: Worker | undefined;
  #started: Promise<void> | undefined;
  #restart: NodeJS.Timeout | undefined;
  #nextRun = 1;
  readonly #asked = new Map<number, (state: GateState | null) => void>();
  #nextAsk = 1;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#cassette = options.cassette && new CassetteDesk(options.cassette, this.#clock);
    this.#desk = new TokenDesk({ refreshTokens: options.refreshTokens, clock: this.#clock, log: options.log });
  }

  start(): Promise<void> {
    return (this.#started ??= this.#spawn());
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#started = undefined;
    this.#worker = undefined;
    clearTimeout(this.#restart);
    for (const run of this.#runs.values()) run.close();
    if (worker === undefined) return;
    await this.#finish(worker);
    await worker.terminate();
  }

  /** A refresh token that a vendor is just replacing would be lost with the thread. */
  async #finish(worker: Worker): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    worker.on('message', (message: FromThread) => {
      if (message.t === 'finished') resolve();
    });
    worker.once('exit', () => resolve());
    const late = setTimeout(resolve, this.#options.limits.tokenFinish);
    worker.postMessage({ t: 'finish' } satisfies ToThread);
    await promise;
    clearTimeout(late);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  gateOf(instanceId: string): Promise<GateState | null> {
    return this.#askGate(instanceId);
  }

  setPace(instanceId: string, pace: Pace): Promise<GateState | null> {
    return this.#askGate(instanceId, pace);
  }

  resetGate(instanceId: string): Promise<GateState | null> {
    return this.#askGate(instanceId, 'reset');
  }

  async #askGate(instanceId: string, change?: Pace | 'reset'): Promise<GateState | null> {
    if (this.#worker === undefined) return null;
    const { promise, resolve } = Promise.withResolvers<GateState | null>();
    const ask = this.#nextAsk++;
    this.#asked.set(ask, resolve);
    const clockOffsetMs = this.#clock.now() - systemClock.now();
    this.#tell({ t: 'gate', ask, instanceId, ...(change === undefined ? {} : { change }), clockOffsetMs });
    return promise;
  }

  openRun(caller: GatewayCaller, connection: Connection): GatewayRun {
    assertConnection(connection);
    this.#cassette?.know(secretsOf(connection));
    const counters = new SharedArrayBuffer(COUNTER_BYTES);
    const counts = new BigInt64Array(counters);
    const { port1: port, port2: threadPort } = new MessageChannel();
    const run = this.#nextRun++;
    const close = (): void => {
      const open = this.#runs.get(run);
      if (open?.closed === false) this.#tell({ t: 'close', run });
      if (open !== undefined) open.closed = true;
      // Nobody else closes it when the run never reached its sandbox thread.
      port.close();
    };
    if (this.#worker === undefined) {
      threadPort.close();
    } else {
      this.#runs.set(run, { caller, instanceId: connection.instanceId, closed: false, close });
      const clockOffsetMs = this.#clock.now() - systemClock.now();
      const urgent = caller.urgent === true;
      const { onCall, hears = () => true } = this.#options;
      const tells = onCall !== undefined && hears(caller.runId);
      this.#tell({ t: 'open', run, connection, port: threadPort, counters, urgent, tells, clockOffsetMs }, [
        threadPort,
      ]);
    }
    return {
      port,
      vendorCalls: () => Number(Atomics.load(counts, CALLS)),
      bytesReceived: () => Number(Atomics.load(counts, BYTES)),
      waitedMs: () => Number(Atomics.load(counts, WAITED)),
      certificateEnds: () => Number(Atomics.load(counts, CERTIFICATE_ENDS)) || undefined,
      close,
    };
  }

  issuedTo(connection: Connection): readonly string[] {
    return this.#desk.secretsOf(connection);
  }

  ejectCassette(): Cassette {
    if (this.#cassette === undefined) throw new Error('this gateway has no cassette');
    return this.#cassette.eject();
  }

  async #answer(question: Question | TapeQuestion): Promise<string | null> {
    if (question.t === 'recorded' || question.t === 'replay') return this.#cassette?.answer(question) ?? null;
    if (question.t === 'issued') this.#cassette?.know(question.secrets);
    return this.#desk.answer(question);
  }

  #tell(message: ToThread, transfer: MessagePort[] = []): void {
    this.#worker?.postMessage(message, transfer);
  }

  async #spawn(): Promise<void> {
    const { limits, proxy = null, standIn, onCall } = this.#options;
    const workerData: GatewayThreadData = {
      limits,
      proxy,
      standIn: standIn?.port ?? null,
      tape: this.#cassette?.mode ?? null,
    };
    const worker = new Worker(threadFile, {
      name: 'gateway',
      workerData,
      env: {},
      // undici warns that its decompression may change; its version is pinned.
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    this.#worker = worker;
    const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
    let isReady = false;
    worker.on('message', (message: FromThread) => {
      switch (message.t) {
        case 'ready':
          isReady = true;
          resolve();
          break;
        case 'ask':
          void this.#answer(message.question).then((value) => {
            worker.postMessage({ t: 'answer', ask: message.ask, value } satisfies ToThread);
          });
          break;
        case 'finished':
          break;
        case 'gate':
          this.#asked.get(message.ask)?.(message.state);
          this.#asked.delete(message.ask);
          break;
        case 'breaker':
          this.#reportBreaker(message);
          break;
        case 'called': {
          const runId = this.#runs.get(message.run)?.caller.runId;
          if (runId !== undefined) onCall?.({ runId, ...message.call });
          break;
        }
        case 'closed':
          this.#runs.delete(message.run);
          break;
        case 'denied':
        case 'broken':
          this.#report(message);
      }
    });
    worker.on('error', (error) => this.#options.log.error({ err: error }, 'the gateway thread failed'));
    worker.on('exit', (code) => {
      reject(new Error(`the gateway thread ended with code ${code} before it was ready`));
      this.#replace(worker, isReady);
    });
    const late = setTimeout(() => {
      reject(new Error(`the gateway thread was not ready after ${READY_DEADLINE} ms`));
      void worker.terminate();
    }, READY_DEADLINE);
    try {
      await ready;
    } finally {
      clearTimeout(late);
    }
  }

  /** The runs of a dead thread are lost: their ports have closed with it. */
  #replace(worker: Worker, wasReady: boolean): void {
    for (const answer of this.#asked.values()) answer(null);
    this.#asked.clear();
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const lost = [...this.#runs.values()].filter(({ closed }) => !closed);
    this.#runs.clear();
    for (const run of lost) run.close();
    this.#options.log.error({ lost: lost.length }, 'the gateway thread ended and is replaced');
    const spawn = (): void => {
      this.#started = this.#spawn();
      this.#started.catch((error: unknown) =>
        this.#options.log.error({ err: error }, 'the gateway thread did not start'),
      );
    };
    if (wasReady) spawn();
    else this.#restart = setTimeout(spawn, RESTART_PAUSE).unref();
  }

  #report(message: Extract<FromThread, { t: 'denied' | 'broken' }>): void {
    const run = this.#runs.get(message.run);
    if (run === undefined) return;
    const { caller, instanceId } = run;
    const { runId, plugin, redact = (text) => text } = caller;
    switch (message.t) {
      case 'denied': {
        const about = { runId, plugin, instanceId, reason: redact(message.reason) };
        this.#options.log.warn(about, 'egress denied');
        if (message.host !== null) this.#options.onDenied?.({ ...about, host: redact(message.host) });
        break;
      }
      case 'broken':
        this.#options.log.warn({ runId, plugin, instanceId }, 'a run broke the gateway protocol and was cut off');
        run.close();
        break;
    }
  }

  #reportBreaker({ instanceId, breaker }: Extract<FromThread, { t: 'breaker' }>): void {
    const { log, onBreaker } = this.#options;
    const { failures, reason, retryAfterMs } = breaker;
    if (breaker.state === 'closed') log.info({ instanceId }, 'the vendor answers again');
    else log.warn({ instanceId, failures, reason, retryAfterMs }, 'the vendor keeps failing and is left alone');
    onBreaker?.(instanceId, breaker);
  }
}
