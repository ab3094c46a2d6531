// What the rest of the host tells: how runs ended, that a plugin is paused on an instance, that an instance or a plugin has changed.
import type { Hooks, PluginVersion } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { Store } from '../store/index.ts';
import type { StreamTables } from '../sync/index.ts';
import { endQuarantine, forgetFacts, keepRows, noteChange, noteQuarantine, noteRefusal, noteSuccess } from './facts.ts';
import type { Holds } from './holds.ts';
import { settleStreams } from './stream-repairs.ts';

export function listenToRuns(parts: {
  readonly store: Pick<Store, 'db'>;
  readonly hooks: Pick<Hooks, 'afterRun' | 'circuit' | 'instance' | 'contribute'>;
  readonly streams: Pick<StreamTables, 'list'>;
  readonly limits: Limits;
  readonly holds: Holds;
  readonly settle: (instanceId: string) => Promise<void>;
}): { readonly plugins: () => readonly string[] } {
  const { store, hooks, streams, limits, holds, settle } = parts;
  const { db } = store;
  const active = new Map<string, PluginVersion>();

  // What a check finds out is recorded by whoever started it.
  hooks.afterRun.tapPromise('health', async (run, { ok, code, detail, vendorCalls }) => {
    const { kind, instanceId } = run;
    if (kind === 'check') return;
    if (code === 'auth_failed') {
      holds.noteUnwell(instanceId, true);
      await noteRefusal(db, run, { code, detail: detail ?? 'the vendor has refused the credentials' });
    } else if (ok && vendorCalls > 0 && holds.isUnwell(instanceId)) {
      // A run that asked the vendor nothing says nothing.
      holds.noteUnwell(instanceId, false);
      await noteSuccess(db, run);
    } else return;
    await settle(instanceId);
  });

  hooks.circuit.tapPromise('health', async ({ plugin, version, instanceId, pausedForMs }) => {
    if (pausedForMs === null) {
      await endQuarantine(db, instanceId);
    } else {
      holds.noteUnwell(instanceId, true);
      const minutes = limits.crashWindow / 60_000;
      const crashes = `crashed ${limits.crashesToQuarantine} times in ${minutes} minutes`;
      const detail = `plugin "${plugin}" ${version} ${crashes} on this instance, and is paused there`;
      await noteQuarantine(db, instanceId, { code: 'plugin_crashed', detail }, pausedForMs);
    }
    await settle(instanceId);
  });

  hooks.instance.tapPromise('health', async ({ kind, id }) => {
    if (kind === 'deleted') return;
    if (kind === 'created') await keepRows(db, limits.health.first);
    else await noteChange(db, id, limits.health.first);
    if (kind === 'disabled') await forgetFacts(db, id);
    await settle(id);
  });

  // Any kind of contribution would do; what a plugin has is announced once for each.
  hooks.contribute.for('queries').tap('health', ({ plugin, active: isActive }) => {
    const { name, check } = plugin.manifest;
    if (isActive && check) active.set(name, plugin);
    else if (active.get(name) === plugin) active.delete(name);
  });
  // After the room that keeps the tables.
  hooks.contribute.for('streams').tapPromise({ name: 'health', stage: 1 }, async ({ plugin, active: isActive }) => {
    if (isActive) await settleStreams(db, plugin, streams.list(plugin.manifest.name));
  });

  return { plugins: () => [...active.keys()] };
}
