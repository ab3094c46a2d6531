// Changes of the plugins: planned, confirmed with the plan's hash, carried out in the background of the host that was asked.
import { actingNow } from '../access/index.ts';
import type { Package } from '../catalog/index.ts';
import { Problem } from '../errors.ts';
import type { Log } from '../log.ts';
import { insertChange, readChange, readChanges, takeChange, tellHosts } from './change-rows.ts';
import { type ChangeRow, type Plan, type PluginChange, toChange } from './change-view.ts';
import type { ChangeRequest } from './change-input.ts';
import { readPlugin, readVersion } from './desired-rows.ts';
import { readDependents } from './dependents.ts';
import { raiseWithdrawal } from '../health/index.ts';
import { perform, type PerformerParts } from './performer.ts';
import { hashOf, keepPackage, planChange, type PlannerParts } from './planner.ts';

export interface Changes {
  plan(request: ChangeRequest): Promise<PluginChange>;
  /** @throws Problem `conflict` when it is not the plan that was looked at, or is not to be carried out any more. */
  confirm(id: string, hash: string): Promise<PluginChange>;
  get(id: string): Promise<PluginChange>;
  list(plugin: string | undefined): Promise<readonly PluginChange[]>;
  /** A package that somebody sends. Nothing of it runs. */
  upload(packed: Package, name: string): Promise<{ integrity: string; package: string; name: string; version: string }>;
  /** Takes this version back, if it is still the wanted one. */
  withdraw(plugin: string, version: string, reason: string): Promise<void>;
  /** What is under way is abandoned. May be called twice. */
  stop(): Promise<void>;
}

const LISTED = 100;

export interface ChangesParts extends Omit<PerformerParts, 'signal'>, PlannerParts {
  readonly host: string;
  readonly log: Log;
}

export function createChanges(parts: ChangesParts): Changes {
  const { store, limits, host, log } = parts;
  const { db } = store;
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();

  const start = (change: ChangeRow, why?: string): Promise<void> => {
    const work = perform({ ...parts, signal: stopping.signal }, change, why).catch((error: unknown) =>
      log.error({ plugin: change.plugin, change: change.id, err: error }, 'how a change ended could not be recorded'),
    );
    running.add(work);
    return work.finally(() => running.delete(work));
  };

  return {
    async plan(request) {
      const plan = await planChange(parts, request);
      return toChange(await insertChange(db, { plan, hash: hashOf(plan), actor: actingNow().id }));
    },

    async confirm(id, hash) {
      const planned = await readChange(db, id);
      if (planned.hash !== hash) {
        throw new Problem('conflict', `the change "${id}" is not the one that was looked at: its hash is another`, {
          next: 'Look at the change, and confirm it with its own hash.',
        });
      }
      stopping.signal.throwIfAborted();
      const taken = await takeChange(db, id, host, limits.lifecycle.planned);
      if (taken === undefined) {
        const how = planned.state === 'planned' ? 'was planned too long ago' : `is ${planned.state}`;
        throw new Problem('conflict', `the change "${id}" ${how}`, { next: 'Plan it again.' });
      }
      void start(taken);
      await tellHosts(db);
      return toChange(taken);
    },

    get: async (id) => toChange(await readChange(db, id)),
    list: async (plugin) => (await readChanges(db, plugin, LISTED)).map(toChange),

    async upload(packed, name) {
      const source = { kind: 'upload', spec: name, signatures: 'none' } as const;
      const { plugin } = await keepPackage(parts, packed, source);
      const { manifest } = plugin;
      return { integrity: packed.integrity, package: plugin.package, name: manifest.name, version: manifest.version };
    },

    async withdraw(plugin, version, reason) {
      const row = await readPlugin(db, plugin);
      const [from, to] = await Promise.all(
        [row?.integrity, row?.previous].map(async (integrity) => integrity && (await readVersion(db, integrity))),
      );
      if (!row || !from || !to || row.state !== 'active' || from.version !== version) return;
      const plan: Plan = {
        ...{ action: 'withdraw', plugin, package: row.package, displayName: plugin, source: to.source },
        from: { version: from.version, integrity: from.integrity },
        to: { version: to.version, integrity: to.integrity },
        ...{ grants: row.previous_grants ?? {}, permissions: [], added: [], removed: [] },
        dependents: await readDependents(store, plugin),
        ...{ configVersion: null, retentionMs: null, generation: row.generation },
      };
      const why = `${reason}; version ${to.version} is active again`;
      const change = await insertChange(db, { plan, hash: hashOf(plan), actor: null, host });
      await start(change, why);
      const { state, reason: failure } = await readChange(db, change.id);
      log.error({ plugin, version, state, reason, failure }, 'a version of a plugin was taken back');
      if (state === 'done') return;
      // Another host may have taken it back already.
      if ((await readPlugin(db, plugin))?.generation !== row.generation) return;
      const detail = `${reason}; going back to version ${to.version} failed: ${failure}`;
      await db.transaction().execute((trx) => raiseWithdrawal(trx, { plugin, detail }));
    },

    async stop() {
      stopping.abort();
      await Promise.allSettled(running);
    },
  };
}
