// The configured connections. Rows and secrets change in one transaction; whoever must know is told after the commit.
import type { Clock } from '../clock.ts';
import { Problem } from '../errors.ts';
import type { Hooks, InstanceEventKind, PluginVersion } from '../kernel/index.ts';
import type { Log } from '../log.ts';
import type { Queryable, Store } from '../store/index.ts';
import { applyPatch, insertNew } from './changes.ts';
import { configSchemaOf } from './config-schema.ts';
import { type CreateInput, parseCreate, parseDraft, parseUpdate, type UpdateInput } from './input.ts';
import { idFromName, withSuffix } from './instance-id.ts';
import type { MasterKey } from './master-key.ts';
import { deleteInstance, type InstanceRow, lockInstance, readInstances } from './rows.ts';
import { createSecretBox } from './secret-box.ts';
import { openSecrets, refillSecrets } from './secrets.ts';
import { draftView, type InstanceView, type ResolvedInstance, resolvedOf, toView } from './view.ts';

export type { InstanceView, ResolvedInstance } from './view.ts';

export interface PluginFinder {
  find(name: string): PluginVersion | undefined;
}

export interface InstancesOptions {
  readonly store: Pick<Store, 'db'>;
  readonly key: MasterKey;
  readonly plugins: PluginFinder;
  readonly hooks: Pick<Hooks, 'instance'>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Instances {
  list(filter?: { readonly plugin?: string }): Promise<InstanceView[]>;
  get(id: string): Promise<InstanceView>;
  /** See `createInstanceSchema`. */
  create(input: unknown): Promise<InstanceView>;
  /** See `updateInstanceSchema`. With `ifRevision`, only when nobody changed the instance since. */
  update(id: string, patch: unknown, options?: { readonly ifRevision?: number | undefined }): Promise<InstanceView>;
  remove(id: string): Promise<void>;
  /** The instance ready to run. Throws when its plugin is missing, it is disabled or its config no longer fits. */
  resolve(id: string): Promise<ResolvedInstance>;
  /** The same for a config that is not saved, to try it out. See `draftInstanceSchema`. */
  draft(input: unknown): Promise<ResolvedInstance>;
}

/** Tries to find a free id for a name that is taken. */
const ID_ATTEMPTS = 5;

export function createInstances({ store, key, plugins, hooks, clock, log }: InstancesOptions): Instances {
  const { db } = store;
  const box = createSecretBox(key);
  const now = (): Date => new Date(clock.now());

  /** The change is committed: a part that fails to take notice must not make it look refused. */
  const announce = async (kind: InstanceEventKind, { id, plugin }: { id: string; plugin: string }): Promise<void> => {
    try {
      await hooks.instance.promise({ kind, id, plugin });
    } catch (error) {
      log.error({ err: error, instanceId: id, plugin, event: kind }, 'a part of the host failed to follow a change');
    }
  };

  const read = async (from: Queryable, id: string): Promise<InstanceRow> => {
    const [row] = await readInstances(from, { id });
    if (!row) throw notFound(id);
    return row;
  };

  const pluginOf = (row: InstanceRow): PluginVersion => {
    const plugin = plugins.find(row.plugin);
    if (plugin) return plugin;
    const detail = `instance "${row.id}" needs the plugin "${row.plugin}", which is not installed or failed to load`;
    throw new Problem('not_found', detail, {
      next: `Install the plugin "${row.plugin}" or remove the instance.`,
      plugin: row.plugin,
      instanceId: row.id,
    });
  };

  const pluginNamed = (name: string): PluginVersion => {
    const plugin = plugins.find(name);
    if (plugin) return plugin;
    const errors = [{ pointer: '/plugin', message: 'is not installed, or failed to load' }];
    throw new Problem('config_invalid', `there is no plugin "${name}"`, { errors });
  };

  const insert = async (input: CreateInput): Promise<InstanceRow> => {
    const plugin = pluginNamed(input.plugin);
    const parsed = configSchemaOf(plugin).parse(input.config);
    const base = input.id ?? idFromName(input.name, input.plugin);
    for (let attempt = 1; ; attempt += 1) {
      const id = attempt === 1 ? base : withSuffix(base);
      const row = await db.transaction().execute(async (trx) => {
        const inserted = await insertNew(trx, { id, input, plugin, parsed, at: now() }, box);
        return inserted ? read(trx, id) : undefined;
      });
      if (row) return row;
      if (input.id !== undefined || attempt === ID_ATTEMPTS) throw taken(id);
    }
  };

  return {
    async list(filter = {}) {
      return (await readInstances(db, filter)).map(toView);
    },

    async get(id) {
      return toView(await read(db, id));
    },

    async create(input) {
      const view = toView(await insert(parseCreate(input)));
      await announce('created', view);
      return view;
    },

    async update(id, patch, { ifRevision } = {}) {
      const wanted = parseUpdate(patch);
      const [before, after] = await db.transaction().execute(async (trx) => {
        await lockInstance(trx, id);
        const row = await read(trx, id);
        if (ifRevision !== undefined && ifRevision !== row.revision) throw outdated(row, ifRevision);
        await applyPatch(trx, { row, input: wanted, plugin: () => pluginOf(row), at: now() }, box);
        return [row, await read(trx, id)] as const;
      });
      for (const kind of eventsOf(before, after, wanted)) await announce(kind, after);
      return toView(after);
    },

    async remove(id) {
      const plugin = await deleteInstance(db, id);
      if (plugin === undefined) throw notFound(id);
      await announce('deleted', { id, plugin });
    },

    async resolve(id) {
      const row = await read(db, id);
      const plugin = pluginOf(row);
      if (!row.enabled) throw disabled(id);
      const schema = configSchemaOf(plugin);
      const config = { ...row.config, ...openSecrets(row, schema.secretFields, box) };
      return resolvedOf(toView(row), plugin, schema.parse(config, id));
    },

    async draft(input) {
      const { instanceId, plugin: name, config } = parseDraft(input);
      if (instanceId === undefined) {
        const plugin = pluginNamed(name);
        return resolvedOf(draftView(plugin, now()), plugin, configSchemaOf(plugin).parse(config));
      }
      const row = await read(db, instanceId);
      const plugin = pluginOf(row);
      const schema = configSchemaOf(plugin);
      const refilled = refillSecrets(row, withoutNulls(config), config, schema, box);
      const view = { ...draftView(plugin, now()), name: row.name, clientId: row.client_id };
      return resolvedOf(view, plugin, schema.parse(refilled.config));
    },
  };
}

/** As in a patch, null removes. */
function withoutNulls(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
}

function eventsOf(before: InstanceRow, after: InstanceRow, patch: UpdateInput): InstanceEventKind[] {
  const switched = before.enabled !== after.enabled;
  const { enabled: _, ...rest } = patch;
  const updated = !switched || Object.keys(rest).length > 0;
  return [
    ...(updated ? (['updated'] as const) : []),
    ...(switched ? ([after.enabled ? 'enabled' : 'disabled'] as const) : []),
  ];
}

function taken(id: string): Problem {
  const errors = [{ pointer: '/id', message: 'is taken' }];
  return new Problem('conflict', `there is an instance "${id}" already`, { errors, next: 'Choose another id.' });
}

function notFound(id: string): Problem {
  return new Problem('not_found', `there is no instance "${id}"`, { next: 'List the instances to see their ids.' });
}

function disabled(id: string): Problem {
  return new Problem('conflict', `instance "${id}" is disabled`, {
    next: `Enable it: PATCH the instance with {"enabled":true}.`,
    instanceId: id,
  });
}

function outdated(row: InstanceRow, expected: number): Problem {
  const detail = `instance "${row.id}" is at revision ${row.revision}, the change was made for revision ${expected}`;
  return new Problem('conflict', detail, { instanceId: row.id });
}
