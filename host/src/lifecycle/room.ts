// Which plugin versions are active, on every host of the database: the file seeds it, people change it, each host follows.
import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Audit } from '../access/index.ts';
import type { Catalog, Seed } from '../catalog/index.ts';
import type { Clock } from '../clock.ts';
import type { ConfigMigrations, Instances, Runner } from '../instances/index.ts';
import type { Hooks } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Sandbox } from '../sandbox/index.ts';
import type { Store } from '../store/index.ts';
import type { Ticks } from '../ticks.ts';
import type { ActivePlugins } from './active-plugins.ts';
import { changeRoutes } from './change-routes.ts';
import { forgetChanges } from './change-rows.ts';
import { type Changes, createChanges } from './changes.ts';
import { forgetVersions, type PluginRow, readDesired } from './desired-rows.ts';
import { watchFaults } from './fault-watch.ts';
import { createFollowing } from './following.ts';
import { packageRoutes } from './package-routes.ts';
import { createPackageSource, type RegistrySettings } from './package-source.ts';
import { pluginRoutes } from './plugin-routes.ts';
import { type PluginStatus, statusesOf } from './plugin-status.ts';
import { createReconciler } from './reconciler.ts';
import { purgeRemoved } from './removal.ts';
import { followFile } from './seeding.ts';
import { createVersions } from './versions.ts';

export interface Lifecycle {
  readonly routes: (app: FastifyInstance) => void;
  readonly changes: Changes;
  /** As far as this host knows. */
  statuses(): PluginStatus[];
  /** Follows plugins.json and what is wanted: call it when every room has tapped the hooks. */
  start(): Promise<void>;
  /** Reads plugins.json again and follows what it says anew: what it names replaces what runs, and nobody has to wait for it. */
  followFile(): Promise<readonly PluginStatus[]>;
  /** Follows from now on. */
  follow(): void;
  /** Something may be wanted that was not before. */
  wake(): void;
  /** May be called twice. */
  stop(): Promise<void>;
}

export interface LifecycleParts {
  readonly store: Store;
  readonly hooks: Hooks;
  readonly catalog: Catalog;
  readonly active: ActivePlugins;
  readonly instances: Instances;
  readonly runner: Runner;
  readonly sandbox: Sandbox;
  readonly audit: Audit;
  readonly migrations: ConfigMigrations;
  readonly registry: RegistrySettings;
  readonly dataFolder: string;
  readonly version: string;
  readonly ticks: Ticks;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly log: Log;
}

export function createLifecycle(parts: LifecycleParts): Lifecycle {
  const { store, hooks, catalog, active, limits, log, clock, ticks } = parts;
  const { db } = store;
  const own = limits.lifecycle;
  const host = `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;
  const versions = createVersions(db, catalog, own.opened);
  let seeds: readonly Seed[] = [];
  let isStopping = false;
  const ends: (() => void)[] = [];

  const watch = watchFaults({
    hooks,
    limits,
    onRise: (plugin, bad, reason) => {
      if (isStopping) return;
      void changes.withdraw(plugin, bad, reason).catch((error: unknown) => {
        log.error({ plugin, version: bad, err: error }, 'a version could not be taken back');
      });
    },
  });
  const isWatched = ({ watch_until }: PluginRow): boolean =>
    watch_until !== null && watch_until.getTime() > clock.now();
  const reconciler = createReconciler({
    ...{ store, active, versions, log },
    onSwap: (row) => {
      const now = active.find(row.name)?.manifest.version;
      if (now !== undefined) watch.activated(row.name, now, isWatched(row));
    },
  });
  const packages = createPackageSource(parts);
  const changes = createChanges({ ...parts, versions, reconciler, packages, host });

  const following = createFollowing({ ...parts, reconciler, host });
  active.whenBehind(() => reconciler.catchUp());
  active.explainedBy((name) => explain(reconciler.desired().find((row) => row.name === name)));

  const statuses = async (): Promise<PluginStatus[]> =>
    statusesOf(seeds, (await readDesired(db)).plugins, reconciler, active);

  const readFile = async (): Promise<void> => {
    seeds = await followFile({ ...parts, versions });
  };

  return {
    changes,
    routes: (app) => {
      pluginRoutes(app, statuses);
      changeRoutes(app, changes);
      packageRoutes(app, { changes, store, limits });
    },
    statuses: () => statusesOf(seeds, reconciler.desired(), reconciler, active),
    async start() {
      await readFile();
      await following.start();
    },
    async followFile() {
      await readFile();
      await reconciler.reconcile();
      return statuses();
    },
    follow() {
      ends.push(
        ticks.every('plugins', own.tick, async () => {
          await following.tick();
          for (const row of reconciler.desired()) if (!isWatched(row)) watch.rest(row.name);
        }),
        ticks.every('plugins: clearing', own.clearing, async () => {
          await purgeRemoved(parts);
          await forgetVersions(db, own.keepVersions, own.youngVersion);
          await forgetChanges(db, own.keepChanges, own.planned);
        }),
      );
    },
    wake: () => following.wake(),
    async stop() {
      if (isStopping) return;
      isStopping = true;
      for (const end of ends.splice(0)) end();
      await changes.stop();
      await following.stop();
    },
  };
}

/** For people who ask something of it. */
function explain(row: PluginRow | undefined): string | undefined {
  if (row === undefined || row.state === 'active') return undefined;
  return row.state === 'disabled' ? 'is switched off' : 'was removed';
}
