// The configured connections. Rows and secrets change in one transaction; whoever must know is told after the commit.
import type { ClientScope } from '../access/index.ts';
import type { Clock } from '../clock.ts';
import { Problem } from '../errors.ts';
import type { Hooks, InstanceEventKind, PluginVersion } from '../kernel/index.ts';
import type { Log } from '../log.ts';
import type { Vault } from '../secrets/index.ts';
import type { Store } from '../store/index.ts';
import { applyPatch, insertNew } from './changes.ts';
import { type ClientFinder, type ClientParameters, refusingUnknownClient } from './client-finder.ts';
import { configSchemaOf } from './config-schema.ts';
import { parseCreate, parseDraft, parseUpdate, type UpdateInput } from './input.ts';
import { type PluginFinder, pluginNamed, pluginOf } from './plugin-finder.ts';
import {
  deleteInstance,
  instanceNotFound,
  type InstanceRow,
  lockInstance,
  readInstance,
  readInstances,
  revisionOf,
} from './rows.ts';
import { openSecrets, refillSecrets } from './secrets.ts';
import { tlsSettingsOf, tlsWarning } from './tls-config.ts';
import { draftView, type InstanceView, type ResolvedInstance, resolvedOf, toView } from './view.ts';

export type { PluginFinder } from './plugin-finder.ts';
export type { InstanceView, ResolvedInstance } from './view.ts';

export interface InstancesOptions {
  readonly store: Pick<Store, 'db'>;
  readonly vault: Vault;
  readonly plugins: PluginFinder;
  readonly clients: ClientFinder;
  readonly hooks: Pick<Hooks, 'instance'>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Instances {
  /** `clients`: only theirs. */
  list(filter?: { readonly plugin?: string; readonly clients?: ClientScope }): Promise<InstanceView[]>;
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

export function createInstances({ store, vault, plugins, clients, hooks, clock, log }: InstancesOptions): Instances {
  const { db } = store;
  const now = (): Date => new Date(clock.now());

  /** The change is committed: a part that fails to take notice must not make it look refused. */
  const announce = async (kind: InstanceEventKind, { id, plugin }: { id: string; plugin: string }): Promise<void> => {
    try {
      await hooks.instance.promise({ kind, id, plugin });
    } catch (error) {
      log.error({ err: error, instanceId: id, plugin, event: kind }, 'a part of the host failed to follow a change');
    }
  };

  const clientOf = async (clientId: string | null): Promise<ClientParameters> =>
    clientId === null ? {} : clients.parametersOf(clientId);

  const viewOf = (row: InstanceRow): InstanceView => toView(row, plugins.find(row.plugin));

  return {
    async list(filter = {}) {
      return (await readInstances(db, filter)).map(viewOf);
    },

    async get(id) {
      return viewOf(await readInstance(db, id));
    },

    async create(input) {
      const wanted = parseCreate(input);
      const plugin = pluginNamed(plugins, wanted.plugin);
      const parsed = configSchemaOf(plugin).parse(wanted.config);
      const inserting = insertNew(db, { input: wanted, plugin, parsed, at: now() }, vault);
      const row = await refusingUnknownClient(wanted.clientId, inserting);
      logTlsWarning(log, row, plugin);
      await announce('created', row);
      return viewOf(row);
    },

    async update(id, patch, { ifRevision } = {}) {
      const wanted = parseUpdate(patch);
      const changing = db.transaction().execute(async (trx) => {
        await lockInstance(trx, id);
        const row = await readInstance(trx, id);
        if (ifRevision !== undefined && ifRevision !== row.revision) throw outdated(row, ifRevision);
        await applyPatch(trx, { row, input: wanted, plugin: () => pluginOf(plugins, row), at: now() }, vault);
        return [row, await readInstance(trx, id)] as const;
      });
      const [before, after] = await refusingUnknownClient(wanted.clientId, changing);
      if (wanted.config !== undefined) logTlsWarning(log, after, plugins.find(after.plugin));
      for (const kind of eventsOf(before, after, wanted)) await announce(kind, after);
      return viewOf(after);
    },

    async remove(id) {
      const plugin = await deleteInstance(db, id);
      if (plugin === undefined) throw instanceNotFound(id);
      await announce('deleted', { id, plugin });
    },

    async resolve(id) {
      const row = await readInstance(db, id);
      const plugin = pluginOf(plugins, row);
      if (!row.enabled) throw disabled(id);
      const schema = configSchemaOf(plugin);
      const config = { ...row.config, ...openSecrets(row, schema.secretFields, vault) };
      const stored = { instanceId: id, revision: revisionOf(row), fields: schema.secretFields };
      const parsed = schema.parse(config, id);
      const origins = { stored, override: row.limits };
      return resolvedOf(toView(row, plugin), plugin, parsed, await clientOf(row.client_id), origins);
    },

    async draft(input) {
      const { instanceId, plugin: name, config } = parseDraft(input);
      if (instanceId === undefined) {
        const plugin = pluginNamed(plugins, name);
        return resolvedOf(draftView(plugin, now()), plugin, configSchemaOf(plugin).parse(config), {});
      }
      const row = await readInstance(db, instanceId);
      const plugin = pluginOf(plugins, row);
      const schema = configSchemaOf(plugin);
      const refilled = refillSecrets(row, withoutNulls(config), config, schema, vault);
      const view = { ...draftView(plugin, now()), name: row.name, clientId: row.client_id };
      const stored = { instanceId, revision: revisionOf(row), fields: refilled.kept };
      const parsed = schema.parse(refilled.config);
      return resolvedOf(view, plugin, parsed, await clientOf(row.client_id), { stored });
    },
  };
}

function logTlsWarning(log: Log, row: InstanceRow, plugin: PluginVersion | undefined): void {
  const field = plugin?.manifest.network.tls;
  const warning = field === undefined ? undefined : tlsWarning(tlsSettingsOf(row.config[field], field));
  if (warning !== undefined) log.warn({ instanceId: row.id, plugin: row.plugin }, warning);
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
