// Keeps one schedule for each stream of each instance, and for its census: made when a plugin or an instance appears, resumed when
// what stood in the way may have been put right.
import type { Hooks, InstanceEvent, PluginVersion } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { Store } from '../store/index.ts';
import { addSchedules, lockSchedules, resumeSchedules, type WantedSchedule } from './schedule-rows.ts';

export interface Schedules {
  /** Names of the plugins with streams that are active here. */
  plugins(): readonly string[];
  /** Of the plugin that is active here. */
  versionOf(plugin: string): string | undefined;
}

export function keepSchedules(parts: {
  readonly store: Pick<Store, 'db'>;
  readonly hooks: Pick<Hooks, 'contribute' | 'instance' | 'afterRun'>;
  readonly limits: Limits['sync'];
}): Schedules {
  const { store, hooks, limits } = parts;
  const { db } = store;
  const active = new Map<string, PluginVersion>();

  const resume = (instanceId: string, codes?: readonly string[]): Promise<void> =>
    db.transaction().execute(async (trx) => {
      await lockSchedules(trx, instanceId);
      await resumeSchedules(trx, { instanceId, ...(codes === undefined ? {} : { codes }) }, limits.jitter);
    });
  const keep = (plugin: PluginVersion, instanceId?: string): Promise<void> =>
    addSchedules(db, { plugin: plugin.manifest.name, instanceId }, wantedOf(plugin), limits.jitter);

  hooks.contribute.for('streams').tapPromise('sync schedules', async ({ plugin, active: isActive }) => {
    const { name } = plugin.manifest;
    if (!isActive) {
      if (active.get(name) === plugin) active.delete(name);
      return;
    }
    if (Object.keys(plugin.manifest.streams ?? {}).length === 0) return;
    active.set(name, plugin);
    await keep(plugin);
    // Another version may fit the tables, or have the stream again.
    await resumeSchedules(db, { plugin: name, codes: ['conflict', 'gone', 'cursor_invalid'] }, limits.jitter);
  });

  hooks.instance.tapPromise('sync schedules', async ({ kind, id, plugin: name }: InstanceEvent) => {
    const plugin = active.get(name);
    if (plugin === undefined || kind === 'deleted') return;
    await keep(plugin, id);
    // Other credentials, another address: what failed before may work now.
    if (kind === 'updated' || kind === 'enabled') await resume(id);
  });

  // The credentials were put right at the vendor.
  hooks.afterRun.tapPromise('sync schedules', async ({ kind, instanceId }, { ok }) => {
    if (kind !== 'check' || !ok) return;
    await resume(instanceId, ['auth_failed']);
  });

  return {
    plugins: () => [...active.keys()],
    versionOf: (plugin) => active.get(plugin)?.manifest.version,
  };
}

function wantedOf({ manifest }: PluginVersion): WantedSchedule[] {
  return Object.entries(manifest.streams ?? {}).flatMap(([stream, { everyMs, census }]) => {
    const read = { stream, kind: 'read', everyMs } as const;
    return census === undefined ? [read] : [read, { stream, kind: 'census', everyMs: census.everyMs } as const];
  });
}
