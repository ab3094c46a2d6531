// One Piscina pool: starts its threads sealed, watches their memory and their event loops, and ends the ones that misbehave. It knows threads and tasks, not what a run means.
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import type { Worker } from 'node:worker_threads';
import type { LateFault, RunTask, ThreadData } from '@jackfield/sdk/runtime';
import { Piscina } from 'piscina';
import type { Pool, PoolOptions, ThreadDeath } from './pool.ts';
import { ProcessorShare } from './processor-share.ts';
import { isIdle, newWatch, suspects, type ThreadWatch } from './thread-watch.ts';

/** A thread that leaves its event loop no idle time for this many polls in a row is blocked. */
const BLOCKED_POLLS = 20;

/** How Node starts a sandbox thread: with no environment, and nothing allowed but reading these: Piscina's folder, the runtime and the bundle. */
export function threadOptions(...readable: readonly string[]): { env: Record<string, string>; execArgv: string[] } {
  return { env: {}, execArgv: ['--permission', ...readable.map((path) => `--allow-fs-read=${path}`)] };
}

/**
 * Optimised code must stay interruptible. One pass of V8 drops the interrupt check from loops such as
 * `for (;;) new Array(1000).fill(1)`; a thread in one can neither be terminated nor asked for its heap size.
 */
export function keepLoopsInterruptible(): void {
  setFlagsFromString('--no-turboshaft-loop-unrolling');
}

export class ThreadPool implements Pool {
  readonly #options: PoolOptions;
  readonly #watch = new Map<number, ThreadWatch>();
  readonly #deaths = new Map<number, ThreadDeath>();
  #piscina: Piscina<RunTask | null, void>;
  /** Set while there is a thread to watch, or a task that waits for one. */
  #timer: NodeJS.Timeout | undefined;
  #relieved = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#piscina = this.#createPiscina();
  }

  get threads(): number {
    return this.#piscina.threads.length;
  }

  async submit(task: RunTask, alone: boolean): Promise<void> {
    this.#timer ??= setInterval(() => this.#poll(), this.#options.limits.watchdogPoll).unref();
    try {
      // A task with a signal gets a thread to itself; the deadline is the run's own business.
      const signal = alone ? { signal: new AbortController().signal } : {};
      const ports = [task.runPort, task.gatewayPort];
      // Piscina infers this type from an overload of postMessage that newer typings of Node have changed.
      await this.#piscina.run(task, { transferList: ports as never, ...signal });
    } finally {
      this.#nudge();
    }
  }

  started(runId: string, threadId: number, evaluations: number): void {
    const watch = this.#watchOf(threadId);
    watch.runs.add(runId);
    watch.started = true;
    watch.share?.heard();
    watch.evaluations = evaluations;
    if (evaluations >= this.#options.limits.evaluationsPerThread) watch.retired = true;
  }

  finished(runId: string, threadId: number): void {
    const watch = this.#watch.get(threadId);
    if (watch === undefined) return;
    watch.share?.heard();
    if (watch.runs.delete(runId)) watch.hasServed = true;
    if (watch.retired && watch.runs.size === 0) this.kill(threadId, { kind: 'recycled' });
  }

  heard(threadId: number): void {
    this.#watch.get(threadId)?.share?.heard();
  }

  kill(threadId: number, death: Omit<ThreadDeath, 'runs'>): number | undefined {
    if (this.#deaths.has(threadId)) return undefined;
    const worker = this.#piscina.threads.find((thread) => thread.threadId === threadId);
    if (worker === undefined) return undefined;
    const watch = this.#watch.get(threadId);
    const runs = watch?.runs.size ?? 0;
    this.#deaths.set(threadId, { ...death, runs: death.kind === 'blocked' ? suspects(watch) : runs });
    void worker.terminate().then(() => this.#nudge());
    return runs;
  }

  silent(threadId: number): void {
    if (suspects(this.#watch.get(threadId)) > 1) this.kill(threadId, { kind: 'blocked' });
  }

  deathOf(threadId: number, error: unknown): ThreadDeath {
    const known = this.#deaths.get(threadId);
    if (known !== undefined) return known;
    const isMemory = (error as { code?: unknown } | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY';
    const death: ThreadDeath = { kind: isMemory ? 'memory' : 'exit', runs: suspects(this.#watch.get(threadId)) };
    this.#deaths.set(threadId, death);
    return death;
  }

  async rebuildIfDead(): Promise<void> {
    if (this.#piscina.threads.length > 0) return;
    const dead = this.#piscina;
    this.#piscina = this.#createPiscina();
    this.#options.onReplaced();
    await dead.destroy();
  }

  async destroy(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await Promise.race([this.#piscina.destroy(), wait(this.#options.limits.threadEnd, undefined, { ref: false })]);
  }

  #createPiscina(): Piscina<RunTask | null, void> {
    const { bundleFile, runtimeFile, piscinaFolder, memoryMb, limits } = this.#options;
    const workerData: ThreadData = { bundleUrl: pathToFileURL(bundleFile).href };
    const piscina = new Piscina<RunTask | null, void>({
      filename: runtimeFile,
      minThreads: 0,
      maxThreads: limits.threadsPerPlugin,
      concurrentTasksPerWorker: limits.runsPerThread,
      idleTimeout: limits.threadIdle,
      // Nobody reads its figures, and keeping them takes 720 KB of a pool: V8 does not see them, and frees them late and one by one.
      recordTiming: false,
      // The synchronous wait would stop the timers of runs that are waiting for their vendor.
      atomics: 'disabled',
      ...threadOptions(piscinaFolder, runtimeFile, bundleFile),
      resourceLimits: {
        maxOldGenerationSizeMb: memoryMb * limits.hardMemoryFactor,
        maxYoungGenerationSizeMb: limits.threadYoungMb,
      },
      workerData,
      loadBalancer: (task, workers) => {
        for (const worker of workers) this.#watchOf(worker.id).load = worker;
        const usable = workers.filter((worker) => this.#isUsable(worker.id, worker.currentUsage, task.isAbortable));
        return usable.reduce<(typeof usable)[number] | null>(
          (least, worker) =>
            !worker.isRunningAbortableTask && (least === null || worker.currentUsage < least.currentUsage)
              ? worker
              : least,
          null,
        );
      },
    });
    piscina.on('error', () => undefined);
    piscina.on('message', (message: Partial<LateFault>) => this.#lateFault(message));
    return piscina;
  }

  #isUsable(threadId: number, usage: number, alone: boolean): boolean {
    const watch = this.#watch.get(threadId);
    if (watch?.retired || this.#deaths.has(threadId) || (watch?.blockedPolls ?? 0) >= BLOCKED_POLLS / 2) return false;
    return alone ? usage === 0 : usage < this.#options.limits.runsPerThread;
  }

  /** With minThreads 0 a queued task stalls after a thread has ended until somebody calls run() again. */
  #nudge(): void {
    const { queueSize, threads, maxThreads } = this.#piscina;
    if (queueSize > 0 && threads.length < maxThreads) this.#piscina.run(null).catch(() => undefined);
  }

  /**
   * Queued tasks are handed out only when a task ends or a thread gets ready. A thread that counted as blocked at that moment stays
   * idle beside them; it is ended, and the one in its place takes them.
   */
  #replaceForgotten(): void {
    const { queueSize, threads, maxThreads } = this.#piscina;
    if (queueSize === 0 || threads.length < maxThreads) return;
    for (const [threadId, watch] of this.#watch) {
      if (isIdle(watch) && this.#isUsable(threadId, 0, false)) this.kill(threadId, { kind: 'recycled' });
    }
  }

  #lateFault(message: Partial<LateFault>): void {
    if (typeof message !== 'object' || message === null || message.lateFault === undefined) return;
    this.#options.onLateFault(message.lateFault);
  }

  #watchOf(threadId: number): ThreadWatch {
    let watch = this.#watch.get(threadId);
    if (watch === undefined) {
      watch = newWatch();
      this.#watch.set(threadId, watch);
    }
    return watch;
  }

  #poll(): void {
    const alive = new Set<number>();
    for (const worker of this.#piscina.threads) {
      alive.add(worker.threadId);
      const watch = this.#watchOf(worker.threadId);
      this.#pollLoop(worker, watch);
      this.#relieve(worker.threadId, watch);
      if (!watch.asking) void this.#pollMemory(worker, watch);
    }
    this.#replaceForgotten();
    this.#nudge();
    for (const threadId of this.#watch.keys()) {
      if (alive.has(threadId)) continue;
      this.#watch.delete(threadId);
      this.#deaths.delete(threadId);
    }
    if (alive.size > 0 || this.#piscina.queueSize > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** A thread whose priority was lowered keeps it, so it is replaced; for a plugin that needs that again and again, now and then. */
  #relieve(threadId: number, watch: ThreadWatch): void {
    if (this.#relieved || watch.share?.isLowered !== true || !isIdle(watch)) return;
    this.#relieved = true;
    setTimeout(() => {
      this.#relieved = false;
    }, this.#options.limits.threadRelief).unref();
    this.kill(threadId, { kind: 'recycled' });
  }

  /** Code that blocks its thread after its run has ended is nobody's run, and would hold up the next ones for ever. */
  #pollLoop(worker: Worker, watch: ThreadWatch): void {
    // One that starts up is busy with our code. If it counted as blocked when it gets ready, it would be given nothing.
    if (!watch.started) return;
    const now = worker.performance.eventLoopUtilization();
    const used =
      watch.utilization === undefined ? 0 : worker.performance.eventLoopUtilization(now, watch.utilization).utilization;
    watch.utilization = now;
    watch.blockedPolls = used > 0.99 ? watch.blockedPolls + 1 : 0;
    watch.share ??= new ProcessorShare(worker, this.#options.limits);
    watch.share.look(watch.blockedPolls > 0);
    if (watch.blockedPolls >= BLOCKED_POLLS && watch.runs.size === 0) this.kill(worker.threadId, { kind: 'blocked' });
  }

  /** V8's own limit takes the process down and does not see ArrayBuffers, so this one has to be first. */
  async #pollMemory(worker: Worker, watch: ThreadWatch): Promise<void> {
    watch.asking = true;
    try {
      const heap = await worker.getHeapStatistics();
      if (heap.used_heap_size + heap.external_memory > this.#options.memoryMb * 1024 * 1024)
        this.kill(worker.threadId, { kind: 'memory' });
    } catch {
      // The thread ended while it was asked.
    } finally {
      watch.asking = false;
    }
  }
}
