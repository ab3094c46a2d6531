// The configured connections. Rows and secrets change in one transaction; whoever must know is told after the commit.
import { createHmac, randomBytes } from 'node:crypto';
import type { Audit, ClientScope } from '../access/index.ts';
import type { Clock } from '../clock.ts';
import { Problem } from '../errors.ts';
import { Gathered } from '../gathered.ts';
import type { Hooks, InstanceEvent, PluginVersion } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Memories } from '../memory.ts';
import { createReferences, type References, type Vault } from '../secrets/index.ts';
import type { Queryable, Store } from '../store/index.ts';
import type { ClientFinder, ClientParameters } from './client-finder.ts';
import { configSchemaOf } from './config-schema.ts';
import { parseDraft } from './input.ts';
import { type InstanceList, remember } from './remembered.ts';
import type { InstanceMirror } from './mirror.ts';
import { type PluginFinder, pluginNamed, pluginOf } from './plugin-finder.ts';
import { instanceNotFound, type InstanceRow, readInstance, readInstances, revisionOf } from './rows.ts';
import { type Opening, openSecrets, referencesOf, refillSecrets } from './secrets.ts';
import { fillReferences } from './sent-references.ts';
import { tlsSettingsOf, tlsWarning } from './tls-config.ts';
import { draftView, type InstanceView, type ResolvedInstance, resolvedOf, toView } from './view.ts';
import { type By, createWrites, type InstanceWrites, type UpdateOptions, type Written } from './writes.ts';

export type { PluginFinder } from './plugin-finder.ts';
export type { InstanceView, ResolvedInstance } from './view.ts';
export type { By, InstanceWrites, UpdateOptions, Written } from './writes.ts';

export interface InstancesOptions {
  readonly store: Pick<Store, 'db' | 'readAs' | 'transact'>;
  readonly vault: Vault;
  /** Left out: none are allowed. */
  readonly references?: References;
  readonly plugins: PluginFinder;
  readonly clients: ClientFinder;
  readonly hooks: Pick<Hooks, 'instance'>;
  readonly audit: Pick<Audit, 'record'>;
  readonly clock: Clock;
  readonly memories: Memories;
  readonly limits: Pick<Limits, 'memory'>;
  readonly log: Log;
  /** Where every change is written too. */
  readonly mirror?: InstanceMirror;
}

export interface Instances {
  /** `clients`: only theirs, here and below. */
  list(filter?: { readonly plugin?: string; readonly clients?: ClientScope }): Promise<InstanceView[]>;
  get(id: string, clients?: ClientScope): Promise<InstanceView>;
  /** See `createInstanceSchema`. */
  create(input: unknown, by?: By): Promise<InstanceView>;
  /** See `updateInstanceSchema`. With `ifRevision`, only when nobody changed the instance since. */
  update(id: string, patch: unknown, options?: UpdateOptions): Promise<InstanceView>;
  remove(id: string): Promise<void>;
  /** The same in the caller's transaction, who announces it when it is committed. */
  readonly writes: InstanceWrites;
  announce(written: Written): Promise<void>;
  /** The instance ready to run. Throws when its plugin is missing, it is disabled or its config no longer fits. */
  resolve(id: string): Promise<ResolvedInstance>;
  /** The same, as it was a moment ago when nothing has been heard of a change since: for what is asked all the time. */
  recall(id: string): Promise<ResolvedInstance>;
  /** Whether {@link recall} would give this very one. */
  remembers(instance: ResolvedInstance): boolean;
  /** All of a plugin in the same way. */
  recallAll(plugin: string, clients: ClientScope): Promise<InstanceList>;
  /** Whether {@link recallAll} would give this very one. */
  remembersAll(plugin: string, clients: ClientScope, list: InstanceList): boolean;
  /** The same for a config that is not saved, to try it out. See `draftInstanceSchema`. */
  draft(input: unknown, by?: By): Promise<ResolvedInstance>;
}

export function createInstances(options: InstancesOptions): Instances {
  const { store, vault, plugins, clients, hooks, clock, memories, log } = options;
  const { db } = store;
  const references = options.references ?? createReferences({});
  const opening = { vault, references };
  const now = (): Date => new Date(clock.now());

  const writes = createWrites({ ...options, references });

  const announce = async ({ row, kinds, isConfigured }: Written): Promise<void> => {
    const { id, plugin } = row;
    if (isConfigured) logTlsWarning(log, row, plugins.find(plugin));
    memories.forget({ kind: 'instance', id });
    for (const kind of kinds) await announceChange({ hooks, log }, { kind, id, plugin });
  };

  const clientOf = async (clientId: string | null): Promise<ClientParameters> =>
    clientId === null ? {} : clients.parametersOf(clientId);

  const viewOf = (row: InstanceRow): InstanceView => toView(row, plugins.find(row.plugin));

  // Runs start together: those of a tick, or of a dashboard.
  const wanted = new Gathered(async (ids: readonly string[]): Promise<(InstanceRow | undefined)[]> => {
    const rows = new Map((await readInstances(db, { ids: [...new Set(ids)] })).map((row) => [row.id, row]));
    return ids.map((id) => rows.get(id));
  });
  const readWanted = async (id: string): Promise<InstanceRow> => {
    const row = await wanted.add(id);
    if (row === undefined) throw instanceNotFound(id);
    return row;
  };

  const resolve = async (id: string): Promise<ResolvedInstance> => {
    let row = await readWanted(id);
    if (plugins.find(row.plugin)?.manifest.configVersion !== row.config_version && plugins.catchUp !== undefined) {
      // A version became active between the row and the plugin, or on another host.
      await plugins.catchUp();
      row = await readWanted(id);
    }
    const plugin = pluginOf(plugins, row);
    if (!row.enabled) throw disabled(id);
    const schema = configSchemaOf(plugin);
    const parsed = schema.parse({ ...row.config, ...(await openSecrets(row, schema.secretFields, opening)) }, id);
    const stored = { instanceId: id, revision: revisionOf(row), fields: keptHere(row, schema.secretFields) };
    const origins = { stored, override: row.limits, referenced: digestOf(row, parsed.secrets) };
    return resolvedOf(toView(row, plugin), plugin, parsed, await clientOf(row.client_id), origins);
  };

  const list: Instances['list'] = async (filter = {}) => {
    const { clients = 'all' } = filter;
    return (await store.readAs(clients, (seen) => readInstances(seen, filter))).map(viewOf);
  };

  return {
    list,

    ...remember({ memories, limits: options.limits.memory, plugins, resolve, list }),

    async get(id, clients = 'all') {
      return viewOf(await store.readAs(clients, (seen) => readInstance(seen, id)));
    },

    async create(input, by) {
      const written = await store.transact((trx) => writes.create(trx, input, by));
      await announce(written);
      return viewOf(written.row);
    },

    async update(id, patch, options) {
      const written = await store.transact((trx) => writes.update(trx, id, patch, options));
      await announce(written);
      return viewOf(written.row);
    },

    async remove(id) {
      await announce(await store.transact((trx) => writes.remove(trx, id)));
    },

    writes,
    announce,

    resolve,

    draft: (input, by) => resolveDraft({ db, plugins, opening, clientOf, now }, input, by),
  };
}

interface DraftParts {
  readonly db: Queryable;
  readonly plugins: PluginFinder;
  readonly opening: Opening;
  readonly clientOf: (clientId: string | null) => Promise<ClientParameters>;
  readonly now: () => Date;
}

async function resolveDraft(
  { db, plugins, opening, clientOf, now }: DraftParts,
  input: unknown,
  { role }: By = {},
): Promise<ResolvedInstance> {
  const { instanceId, plugin: name, config: sent } = parseDraft(input);
  const row = instanceId === undefined ? undefined : await readInstance(db, instanceId);
  const plugin = row === undefined ? pluginNamed(plugins, name ?? '') : pluginOf(plugins, row);
  const schema = configSchemaOf(plugin);
  const { config, references } = await fillReferences(sent, schema.secretFields, opening.references, role);
  if (row === undefined) return resolvedOf(draftView(plugin, now()), plugin, schema.parse(config), {});
  const refilled = await refillSecrets(row, withoutNulls(config), config, schema, opening);
  const view = { ...draftView(plugin, now()), name: row.name, clientId: row.client_id };
  const sealed = new Set([...refilled.kept].filter((field) => !references.has(field)));
  const stored = { instanceId: row.id, revision: revisionOf(row), fields: keptHere(row, sealed) };
  return resolvedOf(view, plugin, schema.parse(refilled.config), await clientOf(row.client_id), { stored });
}

/** Those whose secret is kept here: only there a vendor's next refresh token can take its place. */
function keptHere(row: InstanceRow, fields: ReadonlySet<string>): ReadonlyMap<string, string> {
  const elsewhere = referencesOf(row);
  const here = [...fields].filter((field) => !Object.hasOwn(elsewhere, field));
  return new Map(here.map((field) => [field, field]));
}

/** Of this process: tells nothing about the secrets. */
const DIGEST_KEY = randomBytes(32);

/** Another one when a secret has changed where it is: open connections and tokens are those of the secret before. */
function digestOf(row: InstanceRow, secrets: ReadonlyMap<string, string>): string | undefined {
  const fields = Object.keys(referencesOf(row)).toSorted();
  if (fields.length === 0) return undefined;
  const values = JSON.stringify(fields.map((field) => [field, secrets.get(field)]));
  return createHmac('sha256', DIGEST_KEY).update(values).digest('hex').slice(0, 16);
}

/** The change is committed: a part that fails to take notice must not make it look refused. */
export async function announceChange(
  { hooks, log }: Pick<InstancesOptions, 'hooks' | 'log'>,
  event: InstanceEvent,
): Promise<void> {
  try {
    await hooks.instance.promise(event);
  } catch (error) {
    log.error({ err: error, instanceId: event.id, ...event }, 'a part of the host failed to follow a change');
  }
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

function disabled(id: string): Problem {
  return new Problem('conflict', `instance "${id}" is disabled`, {
    next: `Enable it: PATCH the instance with {"enabled":true}.`,
    instanceId: id,
  });
}
