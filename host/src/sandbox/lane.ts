// One pool of one plugin version and the runs that wait for it.
import { runtimeFile, type LogLevel } from '@jackfield/sdk/runtime';
import { LRUCache } from 'lru-cache';
import { Problem } from '../errors.ts';
import type { PluginVersion } from '../kernel/index.ts';
import { PISCINA_FOLDER } from './piscina-folder.ts';
import type { Pool, PoolOptions } from './pool.ts';
import { ProcessPool } from './process-pool.ts';
import { SandboxRun } from './run.ts';
import type { RunRequest, SandboxOptions } from './sandbox.ts';
import { ThreadPool } from './thread-pool.ts';

/** Runs whose code may still fail after they have ended. */
const REMEMBERED_RUNS = 1000;

export class Lane {
  readonly plugin: PluginVersion;
  readonly pool: Pool;
  readonly #options: SandboxOptions;
  readonly #waiting = new Set<SandboxRun>();
  readonly #running = new Set<SandboxRun>();
  #whenIdle: (() => void) | undefined;
  readonly #redactors = new LRUCache<string, (text: string) => string>({ max: REMEMBERED_RUNS });

  constructor(plugin: PluginVersion, options: SandboxOptions) {
    this.plugin = plugin;
    this.#options = options;
    this.pool = this.#createPool();
  }

  add(request: RunRequest, onCrash: () => void, onSuccess: () => void): SandboxRun {
    const { limits, clock } = this.#options;
    const { name } = request.plugin.manifest;
    if (this.#waiting.size >= limits.queueDepth) {
      throw new Problem('rate_limited', `plugin "${name}" already has ${limits.queueDepth} runs waiting`, {
        retryAfterMs: 1000,
        plugin: name,
      });
    }
    this.#redactors.set(request.runId, request.redact);
    const run = new SandboxRun(this.pool, limits, {
      plugin: name,
      instanceId: request.instance.id,
      deadline: request.deadline,
      alone: request.work.kind === 'job',
      openGateway: request.openGateway,
      redact: request.redact,
      onCrash,
      onLog: (level, message, fields) => this.#log(request, level, message, fields),
      task: {
        runId: request.runId,
        work: request.work,
        moduleKey: `${request.instance.id}@${request.revision}`,
        instance: request.instance,
        config: request.config,
        client: request.client,
        baseUrl: request.baseUrl,
        clockOffsetMs: clock.now() - Date.now(),
      },
    });
    void run.result.then((result) => {
      // One that timed out while it waited must not hold its place in the queue.
      this.#waiting.delete(run);
      this.#running.delete(run);
      if (result.problem === undefined) onSuccess();
      this.#startNext();
      if (!this.#isBusy) this.#whenIdle?.();
    });
    this.#waiting.add(run);
    this.#startNext();
    return run;
  }

  #createPool(): Pool {
    const { bundleFile, isolation, memoryMb } = this.plugin;
    const { limits, log } = this.#options;
    const { name: plugin, version } = this.plugin.manifest;
    const options: PoolOptions = {
      bundleFile,
      runtimeFile,
      piscinaFolder: PISCINA_FOLDER,
      memoryMb: memoryMb ?? limits.threadMemoryMb,
      limits,
      onReplaced: () => log.warn({ plugin, version }, 'the thread pool was stuck and has been replaced'),
      onLateFault: ({ runId, internal }) => {
        const unknown = (): string => 'not shown: whose secrets it may hold is not known';
        const error = (this.#redactors.get(runId ?? '') ?? unknown)(internal);
        log.warn({ plugin, version, runId, error }, 'a plugin left an error unhandled after its run had ended');
      },
    };
    if (isolation !== 'process') return new ThreadPool(options);
    return new ProcessPool({
      ...options,
      onDeath: (how) => log.error({ plugin, version, ...how }, "a plugin's process has died"),
    });
  }

  /** Neither a run nor a thread that one has left. */
  get isIdle(): boolean {
    return !this.#isBusy && this.pool.threads === 0;
  }

  get #isBusy(): boolean {
    return this.#waiting.size + this.#running.size > 0;
  }

  async close(why: string): Promise<void> {
    for (const run of [...this.#waiting, ...this.#running]) run.cancel(why);
    await this.pool.destroy();
  }

  /** Closes it when its last run is over, or after so many milliseconds. */
  async drain(within: number | undefined): Promise<void> {
    const { promise: idle, resolve } = Promise.withResolvers<void>();
    this.#whenIdle = resolve;
    if (!this.#isBusy) resolve();
    const late = within === undefined ? undefined : setTimeout(resolve, within);
    await idle;
    clearTimeout(late);
    await this.close('the plugin was switched off');
  }

  #startNext(): void {
    const capacity = this.#options.limits.threadsPerPlugin * this.#options.limits.runsPerThread;
    for (const run of this.#waiting) {
      if (this.#running.size >= capacity) return;
      this.#waiting.delete(run);
      this.#running.add(run);
      run.start();
    }
  }

  #log(request: RunRequest, level: LogLevel, message: string, fields: string | undefined): void {
    const context = {
      plugin: request.plugin.manifest.name,
      version: request.plugin.manifest.version,
      instanceId: request.instance.id,
      runId: request.runId,
      ...(fields === undefined ? {} : { fields: request.redact(fields) }),
    };
    this.#options.log[level](context, request.redact(message));
  }
}
