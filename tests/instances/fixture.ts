import type { PluginManifest } from '@jackfield/schemas';
import { type Audit, createAudit } from '../../host/src/access/index.ts';
import { createClients, type Clients } from '../../host/src/clients/index.ts';
import { type FieldError, Problem } from '../../host/src/errors.ts';
import { createInstances, type Instances } from '../../host/src/instances/index.ts';
import {
  createMasterKey,
  createReferences,
  createVault,
  fixedKeys,
  type ReferenceSettings,
  type MasterKey,
} from '../../host/src/secrets/index.ts';
import { createHooks, type Hooks, type InstanceEvent, type PluginVersion } from '../../host/src/kernel/index.ts';
import { silentLog } from '../support/log.ts';
import { openStore, type Store } from '../../host/src/store/index.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { Memories } from '../../host/src/memory.ts';
import { cleanStore } from '../support/clean-store.ts';
import type { DatabaseKind } from '../support/databases.ts';

export function pluginVersion(changes: Partial<PluginManifest> = {}): PluginVersion {
  const manifest: PluginManifest = {
    apiVersion: 1,
    name: 'tickets',
    displayName: 'Tickets',
    version: '1.2.0',
    host: '*',
    config: {
      type: 'object',
      required: ['baseUrl'],
      properties: {
        baseUrl: { type: 'string', format: 'uri' },
        email: { type: 'string', maxLength: 100 },
        apiToken: { type: 'string', minLength: 8, writeOnly: true },
        personalToken: { type: 'string', writeOnly: true },
        pageSize: { type: 'integer', minimum: 1, default: 50 },
        labels: { type: 'object', additionalProperties: { type: ['string', 'object'] } },
        projects: { type: 'array', items: { type: 'string' } },
      },
    },
    configVersion: 3,
    auth: [
      { type: 'basic', username: 'email', password: 'apiToken' },
      { type: 'bearer', token: 'personalToken' },
    ],
    network: { baseUrl: 'baseUrl', hosts: [] },
    limits: {},
    rateLimits: { concurrency: 4 },
    check: true,
    queries: {},
    bundle: { file: 'plugin.js', sha256: '0'.repeat(64), bytes: 1 },
    ...changes,
  };
  return {
    manifest,
    package: 'plugin-tickets',
    bundleFile: '/plugin.js',
    hosts: ['cdn.example'],
    memoryMb: undefined,
    isolation: 'plugin',
  };
}

export const CANARY = 'canary-8f3a-token';

export const create = {
  plugin: 'tickets',
  name: 'Acme Tickets',
  config: { baseUrl: 'https://acme.example/api/', email: 'bot@acme.example', apiToken: CANARY },
};

export interface Fixture extends AsyncDisposable {
  readonly instances: Instances;
  readonly audit: Audit;
  readonly clients: Clients;
  readonly store: Store;
  readonly hooks: Hooks;
  /** Change it to install and uninstall. */
  readonly plugins: Map<string, PluginVersion>;
  readonly events: InstanceEvent[];
  /** The same rooms with another key. */
  withKey(key: MasterKey): Instances;
  withKeys(keys: readonly [MasterKey, ...MasterKey[]]): Instances;
  /** The clock's time; change it to move it. */
  time: number;
}

/** `own`: a database that nobody else uses, to change its tables. */
export async function openFixture(
  database: DatabaseKind,
  { own = false, references = {} }: { own?: boolean; references?: ReferenceSettings } = {},
): Promise<Fixture> {
  const stack = new AsyncDisposableStack();
  const store = own ? await ownStore(database, stack) : await cleanStore(database);
  const plugins = new Map([['tickets', pluginVersion()]]);
  const hooks = createHooks();
  const audit = createAudit(store);
  const clients = createClients({ store, audit, clock: { now: () => fixture.time } });
  const events: InstanceEvent[] = [];
  hooks.instance.tap('record', (event) => void events.push(event));
  const withKeys = (keys: readonly [MasterKey, ...MasterKey[]]): Instances =>
    createInstances({
      store,
      vault: createVault(fixedKeys(keys)),
      hooks,
      audit,
      references: createReferences(references),
      clients,
      plugins: { find: (name) => plugins.get(name) },
      clock: { now: () => fixture.time },
      memories: new Memories(defaultLimits.memory),
      limits: defaultLimits,
      log: silentLog,
    });
  const fixture: Fixture = {
    audit,
    clients,
    instances: withKeys([createMasterKey(Buffer.alloc(32, 7))]),
    store,
    hooks,
    plugins,
    events,
    withKey: (key) => withKeys([key]),
    withKeys,
    time: Date.UTC(2026, 0, 2),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
  return fixture;
}

async function ownStore(database: DatabaseKind, stack: AsyncDisposableStack): Promise<Store> {
  const place = stack.use(await database.open());
  return stack.use(await openStore({ ...place, limits: defaultLimits.store, log: silentLog }));
}

/** The Problem that the promise rejects with. */
export async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('expected a Problem, but nothing was thrown');
}

/** The faults that a refused input is told. */
export async function faultsOf(promise: Promise<unknown>): Promise<readonly FieldError[]> {
  const problem = await problemOf(promise);
  if (problem.code !== 'config_invalid') throw problem;
  return problem.options.errors ?? [];
}
