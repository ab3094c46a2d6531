// Where plugin code runs. One pool per plugin version, started with its first run; a queue in front of each, kept here because a
// task that waits inside Piscina can be forgotten by it.
import { randomUUID } from 'node:crypto';
import { runtimeFile, type LogLevel, type RunTask } from '@jackfield/sdk/runtime';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import { Problem } from '../errors.ts';
import type { CircuitEvent, PluginVersion } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { RunGateway } from './attempt.ts';
import { PISCINA_FOLDER } from './piscina-folder.ts';
import type { Pool, PoolOptions } from './pool.ts';
import { ProcessPool } from './process-pool.ts';
import { Quarantine } from './quarantine.ts';
import { SandboxRun } from './run.ts';
import { keepLoopsInterruptible, ThreadPool } from './thread-pool.ts';

export interface RunRequest {
  /** Made by {@link newRunId}. */
  readonly runId: string;
  readonly plugin: PluginVersion;
  readonly instance: { readonly id: string; readonly name: string };
  /** Whose it is; null when it belongs to no client. */
  readonly clientId: string | null;
  /** Changes whenever the instance's config does: each revision gets its own evaluation of the bundle. */
  readonly revision: number | string;
  readonly config: Record<string, unknown>;
  readonly client: Record<string, string | number | boolean>;
  readonly baseUrl: string | null;
  readonly work: RunTask['work'];
  /** Milliseconds. */
  readonly deadline: number;
  /** Called once per try. */
  readonly openGateway: () => RunGateway;
  /** Removes the instance's secrets from text of the plugin's that leaves for the log or an answer. */
  readonly redact: (text: string) => string;
}

export interface Sandbox {
  /**
   * Starts a run, or queues it.
   * @throws Problem `plugin_crashed` when the plugin is in quarantine on this instance, `rate_limited` when its queue is full.
   */
  run(request: RunRequest): SandboxRun;
  /** Threads alive, over all plugins. */
  threads(): number;
  /** Ends the pool of a version that is no longer active. */
  retire(plugin: PluginVersion): Promise<void>;
  stop(): Promise<void>;
}

export interface SandboxOptions {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly log: Log;
  /** A plugin is paused on an instance, or has worked again. */
  readonly onCircuit?: (event: CircuitEvent) => void;
}

export function newRunId(): string {
  return `run_${randomUUID()}`;
}

export function createSandbox(options: SandboxOptions): Sandbox {
  keepLoopsInterruptible();
  const lanes = new Map<string, Lane>();
  const quarantine = new Quarantine(options.limits, options.clock, options.onCircuit ?? (() => undefined));
  let stopped = false;
  /** With clients apart there may be thousands of lanes, most of them long idle. */
  const dropIdle = (): void => {
    for (const [key, lane] of lanes) {
      if (!lane.isIdle) continue;
      lanes.delete(key);
      void lane.close();
    }
  };

  return {
    run(request) {
      if (stopped)
        throw new Problem('internal', 'the host is stopping', { next: 'Try again on another host, or in a moment.' });
      const { name, version } = request.plugin.manifest;
      const circuit = { plugin: name, version, instanceId: request.instance.id };
      const entered = quarantine.enter(circuit);
      const key = laneOf(request);
      let lane = lanes.get(key);
      if (lane === undefined) {
        dropIdle();
        lane = new Lane(request.plugin, options);
        lanes.set(key, lane);
      }
      return lane.add(
        request,
        () => quarantine.crashed(circuit),
        () => quarantine.worked(circuit, entered),
      );
    },
    threads: () => [...lanes.values()].reduce((sum, lane) => sum + lane.pool.threads, 0),
    async retire(plugin) {
      const retired = [...lanes].filter(([, lane]) => isSame(lane.plugin, plugin));
      for (const [key] of retired) lanes.delete(key);
      await Promise.all(retired.map(([, lane]) => lane.close()));
    },
    async stop() {
      stopped = true;
      await Promise.all([...lanes.values()].map((lane) => lane.close()));
      lanes.clear();
    },
  };
}

/** Runs of one lane may share threads. Where clients must not, an instance that belongs to none stands for itself. */
function laneOf({ plugin, instance, clientId }: RunRequest): string {
  const { name, version } = plugin.manifest;
  const owner = clientId === null ? `instance ${instance.id}` : `client ${clientId}`;
  return `${name}@${version}/${plugin.bundleFile} ${plugin.isolation === 'client' ? owner : plugin.isolation}`;
}

function isSame(a: PluginVersion, b: PluginVersion): boolean {
  return (
    a.manifest.name === b.manifest.name && a.manifest.version === b.manifest.version && a.bundleFile === b.bundleFile
  );
}

/** Runs whose code may still fail after they have ended. */
const REMEMBERED_RUNS = 1000;

/** One pool of one plugin version and the runs that wait for it. */
class Lane {
  readonly plugin: PluginVersion;
  readonly pool: Pool;
  readonly #options: SandboxOptions;
  readonly #waiting = new Set<SandboxRun>();
  readonly #running = new Set<SandboxRun>();
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
    return this.#waiting.size === 0 && this.#running.size === 0 && this.pool.threads === 0;
  }

  async close(): Promise<void> {
    for (const run of [...this.#waiting, ...this.#running]) run.cancel('the host is stopping');
    await this.pool.destroy();
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
