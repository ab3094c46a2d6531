// Brings this host to what is wanted, however often and from wherever it is asked. A plugin that it cannot bring there stays as it was,
// and is tried again with the next tick.
import { toRefusal } from '../catalog/index.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/index.ts';
import type { ActivePlugins } from './active-plugins.ts';
import { readRunning } from './change-rows.ts';
import { type PluginRow, readDesired, readGeneration } from './desired-rows.ts';
import { keyOf, type Versions } from './versions.ts';

export interface Failure {
  readonly plugin: string;
  readonly reason: string;
}

export interface Reconciler {
  /** Resolves when this host has come to what was wanted when it was called, or to something later. */
  reconcile(): Promise<void>;
  /** The same, when there is anything to do. */
  catchUp(): Promise<void>;
  /** Verifies what other hosts are trying out, so that it is at hand when it is wanted. */
  prepare(): Promise<void>;
  /** The generation that this host has reached. */
  reached(): number;
  /** What was wanted when it last looked. */
  desired(): readonly PluginRow[];
  failures(): readonly Failure[];
}

export function createReconciler(parts: {
  readonly store: Pick<Store, 'db'>;
  readonly active: ActivePlugins;
  readonly versions: Versions;
  readonly log: Log;
  /** After a plugin has got another version, or none. */
  readonly onSwap: (row: PluginRow, from: string | undefined) => void;
}): Reconciler {
  const { active, versions, log, onSwap } = parts;
  const { db } = parts.store;
  /** What is active here, by the plugin's name: as `keyOf` says. */
  const here = new Map<string, string>();
  let desired: readonly PluginRow[] = [];
  let failures = new Map<string, string>();
  let reached = 0;
  let passing: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  const bring = async (row: PluginRow): Promise<void> => {
    const { name } = row;
    const wanted = row.state === 'active' ? keyOf(row) : undefined;
    if (here.get(name) === wanted) return;
    const from = active.find(name)?.manifest.version;
    await active.swap(name, wanted === undefined ? undefined : await versions.open(row));
    if (wanted === undefined) here.delete(name);
    else here.set(name, wanted);
    log.info(
      { plugin: name, from, to: active.find(name)?.manifest.version ?? null },
      'a plugin has changed its version',
    );
    onSwap(row, from);
  };

  const pass = async (): Promise<void> => {
    const { generation, plugins } = await readDesired(db);
    const failed = new Map<string, string>();
    desired = plugins;
    // One that hangs holds up itself.
    await Promise.all(
      plugins.map((row) =>
        bring(row).catch((error: unknown) => {
          const { reason } = toRefusal(error);
          failed.set(row.name, reason);
          if (failures.get(row.name) !== reason) log.error({ plugin: row.name, reason }, 'a plugin failed to load');
        }),
      ),
    );
    failures = failed;
    reached = generation;
  };

  const reconcile = (): Promise<void> => {
    if (passing === undefined) {
      passing = pass().finally(() => {
        passing = undefined;
      });
      return passing;
    }
    // What is going on may have read before the change that the caller means.
    next ??= passing
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return reconcile();
      });
    return next;
  };

  return {
    reconcile,
    async catchUp() {
      if ((await readGeneration(db)) > reached) await reconcile();
    },
    async prepare() {
      for (const { plugin, to, grants } of await readRunning(db)) {
        if (to === null) continue;
        // One that is not taken is refused where it is tried out.
        await versions.open({ integrity: to.integrity, grants }).then(
          () => log.debug({ plugin, version: to.version }, 'a version that may be wanted next is at hand'),
          () => undefined,
        );
      }
    },
    reached: () => reached,
    desired: () => desired,
    failures: () => [...failures].map(([plugin, reason]) => ({ plugin, reason })),
  };
}
