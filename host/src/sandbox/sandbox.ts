// Where plugin code runs. One pool per plugin version, started with its first run; a queue in front of each, kept here because a
// task that waits inside Piscina can be forgotten by it.
import { randomUUID } from 'node:crypto';
import type { RunTask } from '@jackfield/sdk/runtime';
import type { Clock } from '../clock.ts';
import { Problem } from '../errors.ts';
import type { CircuitEvent, PluginVersion } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { RunGateway } from './attempt.ts';
import { Lane } from './lane.ts';
import { Quarantine } from './quarantine.ts';
import type { SandboxRun } from './run.ts';
import { keepLoopsInterruptible } from './thread-pool.ts';

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
  /**
   * A version that is no longer active: what it has under way is let finish, or is cancelled after so many milliseconds; then its
   * threads end. What whoever had it in hand still starts ends like that too.
   */
  retire(plugin: PluginVersion, within?: number): void;
  /** It is active, again perhaps. */
  admit(plugin: PluginVersion): void;
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
  const retired = new WeakSet<PluginVersion>();
  const leaving = new Set<Lane>();
  const quarantine = new Quarantine(options.limits, options.clock, options.onCircuit ?? (() => undefined));
  let stopped = false;
  /** With clients apart there may be thousands of lanes, most of them long idle. */
  const dropIdle = (): void => {
    for (const [key, lane] of lanes) {
      if (!lane.isIdle) continue;
      lanes.delete(key);
      void lane.close('the pool is idle');
    }
  };

  const leave = (lane: Lane, within?: number): void => {
    leaving.add(lane);
    void lane.drain(within).finally(() => leaving.delete(lane));
  };

  return {
    run(request) {
      if (stopped)
        throw new Problem('internal', 'the host is stopping', { next: 'Try again on another host, or in a moment.' });
      const { name, version } = request.plugin.manifest;
      const circuit = { plugin: name, version, instanceId: request.instance.id };
      const entered = quarantine.enter(circuit);
      const key = laneOf(request);
      const isRetired = retired.has(request.plugin);
      let lane = isRetired ? undefined : lanes.get(key);
      if (lane === undefined) {
        dropIdle();
        lane = new Lane(request.plugin, options);
        if (!isRetired) lanes.set(key, lane);
      }
      const run = lane.add(
        request,
        () => quarantine.crashed(circuit),
        () => quarantine.worked(circuit, entered),
      );
      if (isRetired) leave(lane);
      return run;
    },
    threads: () => [...lanes.values(), ...leaving].reduce((sum, lane) => sum + lane.pool.threads, 0),
    retire(plugin, within) {
      retired.add(plugin);
      for (const [key, lane] of lanes) {
        if (!isSame(lane.plugin, plugin)) continue;
        lanes.delete(key);
        leave(lane, within);
      }
    },
    admit: (plugin) => void retired.delete(plugin),
    async stop() {
      stopped = true;
      await Promise.all([...lanes.values(), ...leaving].map((lane) => lane.close('the host is stopping')));
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
