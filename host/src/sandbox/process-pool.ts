// The threads of a plugin in a process of its own: what brings down a whole process brings down that one. It starts with the first
// task, ends when it has had none for a while, and is replaced when it dies.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import type { RunTask } from '@jackfield/sdk/runtime';
import { LRUCache } from 'lru-cache';
import { PISCINA_FOLDER } from './piscina-folder.ts';
import type { Pool, PoolOptions, ThreadDeath } from './pool.ts';
import { ownBytes, type FromProcess, type PortMessage, type PortName, type ToProcess } from './process-messages.ts';

/** Made by scripts/build-threads.ts. */
const MAIN = join(import.meta.dirname, '../../dist/threads/plugin-process.mjs');
/** Where it is, and where it is found: package managers link to what they keep elsewhere. */
const PISCINA = [join(PISCINA_FOLDER, '..'), ...linkedFolders()];
/** Threads are numbered from 1 in each process; a number must not come again with the next process. */
const THREADS_OF_ONE = 1_000_000;

function linkedFolders(): string[] {
  const folders = createRequire(MAIN).resolve.paths('piscina') ?? [];
  return folders
    .map((folder) => join(folder, 'piscina'))
    .filter((folder) => existsSync(folder))
    .slice(0, 1);
}

/** How the process starts: no environment, and nothing allowed but threads and reading the program and these files, the runtime and the bundle. */
export function processOptions(...files: readonly string[]): { env: Record<string, string>; execArgv: string[] } {
  const readable = [MAIN, ...PISCINA, ...files];
  const flags = [
    '--permission',
    '--allow-worker',
    '--disable-warning=PERM0006',
    ...readable.map((path) => `--allow-fs-read=${path}`),
  ];
  return { env: {}, execArgv: flags };
}

/** Bytes of what a dying process wrote that are logged. */
const LAST_WORDS = 2000;
/** Deaths that a run may still ask about. */
const REMEMBERED_DEATHS = 1000;

export interface ProcessPoolOptions extends PoolOptions {
  /** It ended by itself. */
  readonly onDeath: (how: { readonly how: string; readonly lastWords: string }) => void;
}

interface Task {
  threadId: number | undefined;
  resolve(): void;
  reject(error: unknown): void;
}

export class ProcessPool implements Pool {
  readonly #options: ProcessPoolOptions;
  readonly #tasks = new Map<number, Task>();
  /** Open ones, each as the thread would have it. */
  readonly #ports = new Map<string, MessagePort>();
  /** The runs on each thread that has any. */
  readonly #threads = new Map<number, Set<string>>();
  readonly #deaths = new LRUCache<number, ThreadDeath>({ max: REMEMBERED_DEATHS });
  readonly #kills = new Map<number, NodeJS.Timeout>();
  #child: ChildProcess | undefined;
  #alive = 0;
  #generation = 0;
  #lastTask = 0;
  #destroyed = false;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: ProcessPoolOptions) {
    this.#options = options;
  }

  get threads(): number {
    return this.#child === undefined ? 0 : this.#alive;
  }

  submit({ runPort, gatewayPort, ...body }: RunTask, alone: boolean): Promise<void> {
    clearTimeout(this.#idle);
    const task = ++this.#lastTask;
    const child = (this.#child ??= this.#start());
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#tasks.set(task, { threadId: undefined, resolve, reject });
    this.#send(child, { t: 'task', task, alone, body });
    this.#join(child, task, 'run', runPort);
    this.#join(child, task, 'gateway', gatewayPort);
    return promise;
  }

  started(runId: string, threadId: number): void {
    const runs = this.#threads.get(threadId) ?? new Set();
    this.#threads.set(threadId, runs.add(runId));
  }

  finished(runId: string, threadId: number): void {
    const runs = this.#threads.get(threadId);
    runs?.delete(runId);
    if (runs?.size === 0) this.#threads.delete(threadId);
  }

  /** The process has its own watch. */
  heard(): void {}

  kill(threadId: number, death: Omit<ThreadDeath, 'runs'>): number | undefined {
    const child = this.#child;
    const runs = this.#threads.get(threadId)?.size;
    if (child === undefined || runs === undefined) return undefined;
    this.#threadEnded(threadId, { ...death, runs });
    this.#send(child, { t: 'kill', threadId: threadId % THREADS_OF_ONE, death });
    // A process that does not even do that is of no use to anybody.
    const late = setTimeout(() => child.kill('SIGKILL'), this.#options.limits.threadEnd);
    this.#kills.set(threadId, late);
    return runs;
  }

  silent(threadId: number): void {
    if (this.#child !== undefined) this.#send(this.#child, { t: 'silent', threadId: threadId % THREADS_OF_ONE });
  }

  deathOf(threadId: number): ThreadDeath {
    return this.#deaths.get(threadId) ?? { kind: 'exit', runs: this.#threads.get(threadId)?.size ?? 0 };
  }

  async rebuildIfDead(): Promise<void> {
    if (this.#child !== undefined) this.#send(this.#child, { t: 'rebuild' });
  }

  async destroy(): Promise<void> {
    this.#destroyed = true;
    clearTimeout(this.#idle);
    const child = this.#child;
    if (child === undefined) return;
    const late = setTimeout(() => child.kill('SIGKILL'), this.#options.limits.threadEnd);
    const exited = once(child, 'exit');
    if (child.connected) child.disconnect();
    await exited;
    clearTimeout(late);
  }

  #start(): ChildProcess {
    this.#generation += 1;
    this.#alive = 0;
    const { bundleFile, runtimeFile, piscinaFolder, memoryMb, limits } = this.#options;
    const child = fork(MAIN, [], {
      ...processOptions(runtimeFile, bundleFile),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let lastWords = '';
    child.stderr?.on('data', (bytes: Buffer) => {
      lastWords = (lastWords + bytes.toString()).slice(-LAST_WORDS);
    });
    child.on('message', (message: FromProcess) => this.#receive(message));
    // `exit` follows, or there was no process.
    child.on('error', () => undefined);
    child.once('exit', (code, signal) => this.#childEnded(child, { how: signal ?? `code ${code}`, lastWords }));
    this.#send(child, { t: 'open', settings: { bundleFile, runtimeFile, piscinaFolder, memoryMb, limits } });
    return child;
  }

  /** What the host and the gateway say on a port goes to the process. */
  #join(child: ChildProcess, task: number, name: PortName, port: MessagePort): void {
    const key = `${name} ${task}`;
    this.#ports.set(key, port);
    port.on('message', (message: PortMessage) => this.#send(child, { t: 'port', task, port: name, message }));
    port.on('close', () => {
      if (this.#ports.delete(key)) this.#send(child, { t: 'close', task, port: name });
    });
  }

  #receive(message: FromProcess): void {
    switch (message.t) {
      case 'port':
        return this.#deliver(message.task, message.port, message.message);
      case 'close': {
        const key = `${message.port} ${message.task}`;
        const port = this.#ports.get(key);
        this.#ports.delete(key);
        port?.close();
        return;
      }
      case 'settled':
        return this.#settled(message.task, message.death);
      case 'killed': {
        const threadId = this.#numbered(message.threadId);
        clearTimeout(this.#kills.get(threadId));
        this.#kills.delete(threadId);
        return;
      }
      case 'threads':
        this.#alive = message.count;
        return;
      case 'late':
        return this.#options.onLateFault(message.fault);
      case 'replaced':
        this.#options.onReplaced();
    }
  }

  #deliver(number: number, name: PortName, message: PortMessage): void {
    const own = ownBytes(message);
    if (own.message.t === 'started') {
      const threadId = this.#numbered(own.message.threadId);
      const task = this.#tasks.get(number);
      if (task !== undefined) task.threadId = threadId;
      this.#ports.get(`${name} ${number}`)?.postMessage({ ...own.message, threadId });
    } else {
      this.#ports.get(`${name} ${number}`)?.postMessage(own.message, own.transfer);
    }
  }

  #settled(number: number, death: ThreadDeath | null): void {
    const task = this.#tasks.get(number);
    if (task === undefined) return;
    this.#tasks.delete(number);
    if (this.#tasks.size === 0) this.#endWhenIdle();
    if (death === null) return task.resolve();
    if (task.threadId !== undefined) this.#threadEnded(task.threadId, death);
    task.reject(new Error('its thread ended'));
  }

  #threadEnded(threadId: number, death: ThreadDeath): void {
    if (!this.#deaths.has(threadId)) this.#deaths.set(threadId, death);
    this.#threads.delete(threadId);
  }

  #endWhenIdle(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      const child = this.#child;
      this.#child = undefined;
      if (child?.connected) child.disconnect();
    }, this.#options.limits.threadIdle).unref();
  }

  #childEnded(child: ChildProcess, how: { readonly how: string; readonly lastWords: string }): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    clearTimeout(this.#idle);
    for (const timer of this.#kills.values()) clearTimeout(timer);
    this.#kills.clear();
    const runs = this.#tasks.size;
    for (const threadId of this.#threads.keys()) this.#threadEnded(threadId, { kind: 'exit', runs });
    const tasks = [...this.#tasks.values()];
    const ports = [...this.#ports.values()];
    this.#tasks.clear();
    this.#ports.clear();
    for (const task of tasks) task.reject(new Error('its process ended'));
    for (const port of ports) port.close();
    if (runs > 0 && !this.#destroyed) this.#options.onDeath(how);
  }

  #numbered(threadId: number): number {
    return this.#generation * THREADS_OF_ONE + threadId;
  }

  #send(child: ChildProcess, message: ToProcess): void {
    // What does not arrive is answered by the end of the process.
    if (child.connected) child.send(message, undefined, undefined, () => undefined);
  }
}
