// Who can remind: instances of plugins with a job for contracts that end.
import type { InstanceView } from '../instances/index.ts';
import type { Hooks, PluginVersion } from '../kernel/index.ts';

export interface Sender {
  readonly instanceId: string;
  readonly clientId: string | null;
  readonly jobId: string;
  readonly daysBefore: readonly number[];
}

interface ContractJob {
  readonly jobId: string;
  readonly daysBefore: readonly number[];
  readonly requires: readonly string[];
}

/** The jobs of the plugins that are active. */
export class ContractJobs {
  readonly #byPlugin = new Map<string, { readonly plugin: PluginVersion; readonly jobs: readonly ContractJob[] }>();

  constructor(hooks: Pick<Hooks, 'contribute'>) {
    hooks.contribute.for('jobs').tap('reminders', ({ plugin, active }) => {
      const { name } = plugin.manifest;
      if (active) this.#byPlugin.set(name, { plugin, jobs: jobsOf(plugin) });
      else if (this.#byPlugin.get(name)?.plugin === plugin) this.#byPlugin.delete(name);
    });
  }

  /** Every threshold that some plugin has. */
  thresholds(): readonly number[] {
    return [...this.#byPlugin.values()].flatMap(({ jobs }) => jobs.flatMap(({ daysBefore }) => daysBefore));
  }

  /** What an instance needs to take part, for people. */
  requirements(): string {
    const all = [...this.#byPlugin].flatMap(([name, { jobs }]) =>
      jobs.map(({ requires }) => (requires.length === 0 ? name : `${name} with ${requires.join(', ')}`)),
    );
    return all.join('; ');
  }

  /** The instances that take part, the lowest id first. */
  senders(instances: readonly InstanceView[]): Sender[] {
    return instances
      .flatMap((instance) => {
        const job = this.#byPlugin.get(instance.plugin)?.jobs.find(({ requires }) => hasAll(instance, requires));
        if (job === undefined || !instance.enabled) return [];
        const { id: instanceId, clientId } = instance;
        return [{ instanceId, clientId, jobId: job.jobId, daysBefore: job.daysBefore }];
      })
      .toSorted((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
  }
}

/**
 * The client's own instance first, else one that belongs to no client. Whoever was asked before is asked again while it takes part:
 * the answer may have been lost, and only there can the reminder be found.
 */
export function senderFor(
  senders: readonly Sender[],
  clientId: string,
  askedBefore: string | null,
): Sender | undefined {
  const mine = senders.filter((sender) => sender.clientId === clientId || sender.clientId === null);
  return (
    mine.find(({ instanceId }) => instanceId === askedBefore) ??
    mine.find((sender) => sender.clientId === clientId) ??
    mine[0]
  );
}

function jobsOf({ manifest }: PluginVersion): ContractJob[] {
  return Object.entries(manifest.jobs ?? {})
    .filter(([, job]) => job.trigger === 'contractEnding')
    .map(([jobId, { daysBefore, requires }]) => ({ jobId, daysBefore, requires }))
    .toSorted((a, b) => (a.jobId < b.jobId ? -1 : 1));
}

function hasAll({ config, secretsSet }: InstanceView, fields: readonly string[]): boolean {
  return fields.every((field) => {
    const value = config[field];
    return secretsSet.includes(field) || (value !== undefined && value !== null && value !== '');
  });
}
