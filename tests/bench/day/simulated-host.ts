// A host as far as sync goes: the real engine, queue, claims and ends on a real database, with vendors that only take their time.
import { randomBytes } from 'node:crypto';
import { createAudit } from '../../../host/src/access/index.ts';
import { createClients } from '../../../host/src/clients/index.ts';
import { createInstances } from '../../../host/src/instances/index.ts';
import { createHooks, type PluginVersion } from '../../../host/src/kernel/index.ts';
import { defaultLimits } from '../../../host/src/limits.ts';
import { Memories } from '../../../host/src/memory.ts';
import { createMasterKey, createVault, fixedKeys } from '../../../host/src/secrets/index.ts';
import { openStore, type Store } from '../../../host/src/store/index.ts';
import { createStreamTables } from '../../../host/src/sync/index.ts';
import { keepSchedules } from '../../../host/src/sync/schedules.ts';
import { createSyncEngine } from '../../../host/src/sync/sync-engine.ts';
import type { Ticks } from '../../../host/src/ticks.ts';
import { silentLog } from '../../support/log.ts';
import type { MovedClock } from './moved-clock.ts';
import { Vendors } from './vendors.ts';

export const PLACES = defaultLimits.sync.runsPerHost;

export interface SimulatedHost extends AsyncDisposable {
  readonly vendors: Vendors;
  /** Says what is due; as every second in a host. */
  tick(): Promise<unknown>;
  /** Takes what is in the queue. Call when there are instances. */
  start(): Promise<void>;
}

export async function openSimulatedHost(
  place: { readonly databaseUrl: string; readonly dataFolder: string },
  clock: MovedClock,
  plugins: readonly PluginVersion[],
  seed: number,
): Promise<SimulatedHost> {
  const log = {
    ...silentLog,
    error: (fields: object, message: string) =>
      process.stderr.write(`${message}: ${String((fields as { err?: unknown }).err)}\n`),
  };
  const limits = defaultLimits;
  const store: Store = await openStore({ ...place, limits: limits.store, log });
  const hooks = createHooks();
  const audit = createAudit(store);
  const clients = createClients({ store, audit, clock: { now: () => clock.now } });
  const byName = new Map(plugins.map((plugin) => [plugin.manifest.name, plugin]));
  const instances = createInstances({
    ...{ store, clients, hooks, audit, limits, log, memories: new Memories(limits.memory) },
    vault: createVault(fixedKeys([createMasterKey(randomBytes(32))])),
    plugins: { find: (name) => byName.get(name) },
    clock: { now: () => clock.now },
  });
  const vendors = new Vendors(() => clock.now, seed);
  const tables = createStreamTables({ store, hooks, limits, log });
  const schedules = keepSchedules({ store, hooks, limits: limits.sync });
  // Real time does nothing here.
  const ticks: Ticks = { every: () => () => undefined, stop: () => undefined };
  const engine = createSyncEngine({
    ...{ store, instances, limits, log, ticks, ...schedules },
    runner: { start: async (_instance, work) => vendors.start(work) },
    targetOf: ({ plugin, view }, stream) =>
      tables.target(stream, { plugin: plugin.manifest.name, instanceId: view.id }),
    histories: tables.histories,
  });
  for (const plugin of plugins) await hooks.contribute.for('streams').promise({ plugin, active: true });
  return {
    vendors,
    tick: () => engine.tick(),
    start: () => engine.start(),
    async [Symbol.asyncDispose]() {
      await engine.stop();
      await store.close();
    },
  };
}
