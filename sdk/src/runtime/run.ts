// One run inside the thread: builds the context, calls the plugin, encodes its rows, and reports one outcome.
import type { Context, Logger } from '../define/types.ts';
import { createFetch } from './fetch.ts';
import { clip, toFault } from './faults.ts';
import { GatewayClient } from './gateway-client.ts';
import { misspellingText } from './misspelt.ts';
import { evaluationCount, loadPlugin } from './modules.ts';
import { perform } from './perform.ts';
import type { Fault, FromRun, LogLevel, Outcome, RunTask, ToRun, Work } from './protocol.ts';
import { RowStream } from './row-stream.ts';

const LOG_CHARACTERS = 4000;
/** The host's main thread reads every line: a plugin that logs in a loop must not keep it busy. */
const LOG_LINES = 1000;

export class Run {
  readonly log: Logger;
  readonly fetch: typeof globalThis.fetch;
  readonly #task: RunTask;
  readonly #gateway: GatewayClient;
  readonly #abort = new AbortController();
  readonly #rows: RowStream;
  readonly #where: string;
  #failEarly: (fault: Fault) => void = () => undefined;
  #ended = false;
  #logLines = 0;

  constructor(task: RunTask) {
    this.#task = task;
    this.#where = placeOf(task.work);
    this.#gateway = new GatewayClient(task.gatewayPort);
    this.#rows = new RowStream((message, transfer) => this.#send(message, transfer), task.credits);
    this.log = this.#createLogger();
    this.fetch = createFetch(this.#gateway, task.baseUrl, this.#abort.signal);
    task.runPort.on('message', (message: ToRun) => this.#receive(message));
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Never rejects: the outcome is the last message on the run port. */
  async execute(bundleUrl: string, threadId: number): Promise<void> {
    this.#send({ t: 'started', threadId, evaluations: evaluationCount() });
    const early = new Promise<Outcome>((resolve) => {
      this.#failEarly = (fault) => resolve({ ok: false, rows: this.#rows.rows, fault });
    });
    const outcome = await Promise.race([this.#work(bundleUrl), early]);
    this.#ended = true;
    this.#abort.abort(new DOMException('the run has ended', 'AbortError'));
    this.#gateway.close();
    this.#send({ t: 'end', outcome });
    this.#task.runPort.close();
  }

  /** Fails the run for something that happened outside its awaited code: an unhandled rejection, a throw in a timer. */
  fail(thrown: unknown): void {
    const fault = toFault(thrown, this.#where);
    this.#failEarly({ ...fault, code: 'plugin_crashed', message: `${this.#where} left an error unhandled` });
  }

  async #work(bundleUrl: string): Promise<Outcome> {
    try {
      const plugin = await loadPlugin(bundleUrl, this.#task.moduleKey);
      const value = await perform(this.#task.work, plugin, this.#createContext(), {
        rows: this.#rows,
        signal: this.#abort.signal,
        announce: (columns) => this.#send({ t: 'columns', columns }),
        misspelt: (misspelling) => this.log.warn(misspellingText(this.#where, misspelling)),
      });
      return { ok: true, rows: this.#rows.rows, value };
    } catch (error) {
      return { ok: false, rows: this.#rows.rows, fault: toFault(error, this.#where) };
    }
  }

  #receive(message: ToRun): void {
    switch (message.t) {
      case 'ping':
        this.#send({ t: 'pong' });
        return;
      case 'credit':
        this.#rows.credit(message.chunks);
        return;
      case 'cancel':
        this.#abort.abort(new DOMException(message.reason, 'AbortError'));
        this.#rows.cancel();
        // A plugin that never settles is left behind; a thread that cannot even read this message is terminated by the host.
        this.#failEarly({ code: 'timeout', message: message.reason });
    }
  }

  #createContext(): Context {
    const { config, instance, client, clockOffsetMs } = this.#task;
    return Object.freeze({
      config: Object.freeze(config),
      instance: Object.freeze(instance),
      client: Object.freeze(client),
      fetch: this.fetch,
      log: this.log,
      signal: this.#abort.signal,
      now: () => new Date(Date.now() + clockOffsetMs),
    });
  }

  #createLogger(): Logger {
    const write = (level: LogLevel) => (message: string, fields?: Record<string, unknown>) => {
      this.#logLines += 1;
      if (this.#ended || this.#logLines > LOG_LINES) return;
      let text: string | undefined;
      try {
        text = fields === undefined ? undefined : clip(JSON.stringify(fields) ?? '', LOG_CHARACTERS);
      } catch {
        text = undefined;
      }
      this.#send({
        t: 'log',
        level,
        message: clip(String(message), LOG_CHARACTERS),
        ...(text === undefined ? {} : { fields: text }),
      });
    };
    return Object.freeze({ debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') });
  }

  #send(message: FromRun, transfer: ArrayBuffer[] = []): void {
    this.#task.runPort.postMessage(message, transfer);
  }
}

/** As error messages name it. */
function placeOf(work: Work): string {
  switch (work.kind) {
    case 'check':
      return 'the check';
    case 'census':
    case 'gone':
      return `the census of stream "${work.id}"`;
    case 'migration':
      return `the config migration from ${work.from} to ${work.to}`;
    case 'load':
      return 'the bundle';
    default:
      return `${work.kind} "${work.id}"`;
  }
}
