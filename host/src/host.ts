// The composition root: what a host is made of, in the order it is built. It stops in the order of the `shutdown` taps, edge first.
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { RawBuilder } from 'kysely';
import pino, { type Logger } from 'pino';
import {
  createAccessRoom,
  createAudit,
  createDenials,
  egressDenial,
  isHttps,
  type OidcSettings,
} from './access/index.ts';
import { createCatalog } from './catalog/index.ts';
import {
  clientRoutes,
  contractRoutes,
  createClients,
  createContracts,
  createImport,
  templateRoutes,
} from './clients/index.ts';
import { systemClock, type Clock } from './clock.ts';
import { Problem } from './errors.ts';
import { createGateway, type GatewayCall, type ProxySettings } from './gateway/index.ts';
import { createHealth } from './health/index.ts';
import { closeServer, createServer, identify } from './http/index.ts';
import {
  createConfigMigrations,
  createInstanceLimits,
  createInstances,
  createRefreshTokens,
  createRunner,
  createShred,
  instanceRoutes,
  limitRoutes,
  shredRoutes,
} from './instances/index.ts';
import { createHooks, type Hooks } from './kernel/index.ts';
import { createLegacyImport, createLegacyMirrors, createLegacyRoom } from './legacy/index.ts';
import { createActivePlugins, createLifecycle, type PluginStatus, type RegistrySettings } from './lifecycle/index.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { Memories } from './memory.ts';
import { createFillParams, createQueries, queryRoutes } from './queries/index.ts';
import { createLive } from './live/index.ts';
import { createReminders, reminderRoutes } from './reminders/index.ts';
import { createDeliveries, createRouteTable, routeRoutes } from './routes/index.ts';
import { createSandbox } from './sandbox/index.ts';
import { createKeyRotation, createReferences, keyRoutes, openVault, type ReferenceSettings } from './secrets/index.ts';
import { openStore } from './store/index.ts';
import { createMetrics, createVitals, metricsRoute, openTraces, type TraceSettings } from './telemetry/index.ts';
import { createTicks } from './ticks.ts';
import { createSync } from './sync/index.ts';
import { createViews } from './views/index.ts';
import { createWidgetRoom } from './widgets/index.ts';

export interface HostOptions {
  /** Everything the host writes: database, key, bundles. Made when it is missing. */
  readonly dataFolder: string;
  /** plugins.json. */
  readonly manifestFile: string;
  /** PostgreSQL; without it the embedded database is used. */
  readonly databaseUrl?: string | undefined;
  /** 32 bytes as base64 or hex, several with commas between them; without it a key file is made in the data folder. */
  readonly masterKey?: string | undefined;
  /** Start although secrets were sealed with a master key that is lost. They stay as they are, and can be set again. */
  readonly acceptLostKeys?: boolean | undefined;
  /** Which secrets of the machine instances may refer to; without it none. */
  readonly references?: ReferenceSettings | undefined;
  /** An admin token chosen by the operator. */
  readonly adminToken?: string | undefined;
  /** The way to vendors, when it is not direct. */
  readonly proxy?: ProxySettings | undefined;
  /** Where people reach the host, when that is not where it listens. */
  readonly publicUrl?: string | undefined;
  /** The provider that people sign in with, beside passwords. */
  readonly oidc?: OidcSettings | undefined;
  /** Where plugin packages are fetched from by name: npm's own registry when it is left out. */
  readonly registry?: RegistrySettings | undefined;
  /** Other sites whose pages may ask in the name of whoever is signed in, such as `https://portal.example`. */
  readonly origins?: readonly string[] | undefined;
  /** Addresses and networks of proxies in front of the host, whose `X-Forwarded-For` is believed: `10.0.0.0/8`. */
  readonly proxies?: readonly string[] | undefined;
  /** Sends traces to an OpenTelemetry collector. */
  readonly traces?: TraceSettings | undefined;
  readonly address?: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly limits?: Limits;
  readonly clock?: Clock;
  /** The database's time, as SQL, where it decides. Tests move it. */
  readonly databaseNow?: (() => RawBuilder<Date>) | undefined;
  readonly log?: Logger;
  /** Hears of calls of vendors that have ended: for who writes a plugin. */
  readonly onVendorCall?: (call: GatewayCall) => void;
}

export interface Host {
  readonly url: string;
  /** Set when this start made the first admin token: show it once, it cannot be read again. */
  readonly firstAdminToken: string | undefined;
  /** Set while no admin can sign in: whoever opens it first makes the account. Show it, and keep it nowhere. */
  readonly setupUrl: string | undefined;
  /** What became of each plugin. */
  readonly plugins: readonly PluginStatus[];
  readonly hooks: Hooks;
  readonly app: FastifyInstance;
  /**
   * Reads plugins.json again and follows what it says anew, as a start does, but without one: requests in hand end with the version
   * that they began with. Resolves with what became of each plugin. One call at a time.
   */
  followFile(): Promise<readonly PluginStatus[]>;
  /** May be called twice. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const { version }: { version: string } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** Builds a host and brings it up. When a part fails, those before it are stopped again. */
export async function startHost(options: HostOptions): Promise<Host> {
  const hooks = createHooks();
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= hooks.shutdown.promise());
  try {
    return { ...(await build(options, hooks)), hooks, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What every room stands on: the database, the key, the gateway, the sandbox. */
async function layFoundations(options: HostOptions, hooks: Hooks) {
  const { dataFolder } = options;
  const limits = options.limits ?? defaultLimits;
  const clock = options.clock ?? systemClock;
  const log = options.log ?? pino();
  // Later parts stand on earlier ones, so each stops before what it stands on.
  const onShutdown = (name: string, end: () => Promise<void>): void =>
    hooks.shutdown.tapPromise({ name, stage: -hooks.shutdown.taps.length }, end);

  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const store = await openStore({ databaseUrl: options.databaseUrl, dataFolder, limits: limits.store, log });
  onShutdown('store', () => store.close());
  hooks.health.tapPromise('store', async (report) => {
    await store.ping().catch(() => report.problems.push({ part: 'store', detail: 'the database does not answer' }));
  });
  const memories = new Memories(limits.memory);
  const ticks = createTicks(log);
  onShutdown('ticks', async () => ticks.stop());
  const { masterKey, acceptLostKeys } = options;
  const vault = await openVault({ store, masterKey, dataFolder, acceptLostKeys, log });

  const traces = await openTraces(options.traces, { hooks, version, limits: limits.telemetry, log });
  if (traces !== undefined) onShutdown('traces', () => traces.stop());
  const audit = createAudit(store);
  const denials = createDenials({ store, audit, limits: limits.denials, log });
  onShutdown('denials', () => denials.stop());
  const gateway = createGateway({
    limits: limits.gateway,
    log,
    clock,
    refreshTokens: createRefreshTokens({ store, vault }),
    proxy: options.proxy,
    onCall: callListener(traces?.called, options.onVendorCall),
    hears: options.onVendorCall === undefined ? traces?.hears : undefined,
    onDenied: (denied) => denials.note(egressDenial(denied)),
  });
  onShutdown('gateway', () => gateway.stop());
  await gateway.start();
  const sandbox = createSandbox({
    limits,
    clock,
    log,
    onCircuit: (event) => {
      void hooks.circuit
        .promise(event)
        .catch((error: unknown) => log.error({ ...event, err: error }, 'a tap of circuit failed'));
    },
  });
  onShutdown('sandbox', () => sandbox.stop());
  hooks.contribute.for('queries').tap('sandbox', ({ plugin, active, replaced }) => {
    if (active) sandbox.admit(plugin);
    // What a version has under way that another replaces ends by its own deadlines.
    else if (replaced) sandbox.retire(plugin);
    else sandbox.retire(plugin, limits.lifecycle.drain);
  });
  const vitals = createVitals(sandbox, limits.telemetry);
  onShutdown('vitals', async () => vitals.stop());
  return {
    limits,
    clock,
    log,
    store,
    memories,
    ticks,
    vault,
    audit,
    denials,
    traces,
    gateway,
    sandbox,
    vitals,
    onShutdown,
  };
}

/** None when nobody listens: the gateway then tells nothing. */
function callListener(...listeners: readonly (((call: GatewayCall) => void) | undefined)[]) {
  const present = listeners.filter((listener) => listener !== undefined);
  return present.length === 0 ? undefined : (call: GatewayCall) => present.forEach((listener) => listener(call));
}

type Foundations = Awaited<ReturnType<typeof layFoundations>>;

/** The rooms, in an order in which each finds those it asks, and their routes. */
function openRooms(options: HostOptions, hooks: Hooks, parts: Foundations) {
  const { dataFolder, manifestFile, publicUrl, oidc } = options;
  const { limits, clock, log, store, audit, gateway, sandbox } = parts;
  const catalog = createCatalog({ hooks, manifestFile, dataFolder, hostVersion: version, limits, log });
  const active = createActivePlugins({ hooks, limits, log });
  const mirrors = createLegacyMirrors(active);
  const clients = createClients({ ...parts, mirror: mirrors.parameters });
  const contracts = createContracts(parts);
  const importContracts = createImport(parts);
  const references = createReferences(options.references ?? {});
  const instances = createInstances({
    ...parts,
    references,
    plugins: active,
    clients,
    hooks,
    mirror: mirrors.instances,
  });
  const runner = createRunner({ sandbox, gateway, hooks, clock, log });
  const keys = createKeyRotation(parts);
  const { concurrency } = limits.gateway;
  const instanceLimits = createInstanceLimits({ ...parts, plugins: active, audit, concurrency });
  const sync = createSync({ ...parts, hooks, instances, runner, audit });
  const views = createViews({ store, tables: sync.tables, limits });
  const fill = createFillParams(clients);
  const queries = createQueries({ instances, plugins: active, runner, views, hooks, limits, clock, log, fill });
  const health = createHealth({ ...parts, hooks, instances, runner, streams: sync.tables });
  const reminders = createReminders({ ...parts, instances, runner, hooks, now: options.databaseNow });
  const routeTable = createRouteTable(hooks);
  const deliveries = createDeliveries({ ...parts, instances, runner, routes: routeTable, streams: sync.tables });
  const widgets = createWidgetRoom({ ...parts, instances, clients, queries, hooks, mirror: mirrors.widgets });
  const legacyImport = createLegacyImport({ ...parts, hooks, plugins: active });
  const legacy = createLegacyRoom({
    ...{ ...parts, instances, clients, plugins: active, queries, checks: health.checks },
    ...{ parities: legacyImport.parities, unread: legacyImport.unread },
  });
  const migrations = createConfigMigrations({ ...parts, references, clients, mirror: mirrors.instances });
  const lifecycle = createLifecycle({
    ...{ ...parts, hooks, catalog, active, instances, runner, dataFolder, version },
    ...{ migrations, registry: options.registry ?? {} },
  });
  const room = createAccessRoom({ ...parts, publicUrl, oidc });
  const live = createLive({
    ...parts,
    hooks,
    identify: (request) => identify(request, room.access),
    onPlugins: () => lifecycle.wake(),
  });
  const metrics = createMetrics({
    hooks,
    sandbox,
    plugins: { list: () => lifecycle.statuses() },
    limits: limits.telemetry,
  });
  const routes: readonly ((server: FastifyInstance) => void)[] = [
    lifecycle.routes,
    (server) => instanceRoutes(server, instances, () => health.states()),
    (server) => limitRoutes(server, instanceLimits),
    (server) => clientRoutes(server, clients),
    (server) => templateRoutes(server, { ...parts, mirror: mirrors.parameters }),
    (server) => shredRoutes(server, createShred({ ...parts, hooks, mirror: mirrors.instances })),
    (server) => contractRoutes(server, contracts, importContracts),
    (server) => queryRoutes(server, queries, limits.fanOut),
    sync.routes,
    room.routes,
    (server) => keyRoutes(server, keys),
    health.routes,
    (server) => reminderRoutes(server, reminders),
    (server) => routeRoutes(server, { instances, routes: routeTable, deliveries, limits }),
    (server) => widgets.routes(server),
    live.routes,
    legacyImport.routes,
    legacy.routes,
    (server) => metricsRoute(server, metrics),
  ];
  return { lifecycle, keys, sync, health, reminders, room, live, legacy, metrics, routes };
}

async function build(
  options: HostOptions,
  hooks: Hooks,
): Promise<Omit<Host, 'hooks' | 'stop' | typeof Symbol.asyncDispose>> {
  const { publicUrl, origins = [], proxies = [] } = options;
  const parts = await layFoundations(options, hooks);
  const { limits, log, onShutdown } = parts;
  const { lifecycle, keys, sync, health, reminders, room, live, legacy, metrics, routes } = openRooms(
    options,
    hooks,
    parts,
  );
  hooks.afterRun.tap('log', (run, report) => {
    log[report.ok ? 'debug' : 'info']({ ...run, ...report }, 'a run has ended');
  });
  // After every room has tapped the hooks.
  onShutdown('lifecycle', () => lifecycle.stop());
  await lifecycle.start();

  const app = await createServer({
    limits,
    hooks,
    access: room.access,
    memories: parts.memories,
    edge: { csrfKey: await room.csrfKey(), origins, proxies, isSecure: isHttps(publicUrl) },
    log,
    version,
    vitals: parts.vitals,
    watchers: [metrics, ...(parts.traces === undefined ? [] : [parts.traces])],
    routes,
  });
  onShutdown('health', () => health.stop());
  // Before the first run of a stream: a vendor that has refused an instance is known then.
  await health.start();
  onShutdown('keys', () => keys.stop());
  await keys.start();
  onShutdown('sync', () => sync.stop());
  await sync.start();
  onShutdown('legacy', () => legacy.stop());
  legacy.start();
  onShutdown('http', () => closeServer(app, limits.http.drain));
  // Before http, which waits for requests that are open: streams of events end by themselves never.
  onShutdown('live', () => live.stop());
  await live.start();
  // Before http: whoever waits for a tick is answered.
  onShutdown('reminders', () => reminders.stop());

  if (options.adminToken !== undefined) await room.tokens.ensureAdmin(options.adminToken);
  const url = await listen(app, options);
  reminders.start();
  lifecycle.follow();
  // Last, because it is shown only once: a start that failed after it would take it along.
  const firstAdminToken = options.adminToken === undefined ? await room.tokens.createFirstAdmin() : undefined;
  const setup = await room.createSetupLink();
  const setupUrl = setup === undefined ? undefined : `${publicUrl?.replace(/\/+$/, '') ?? url}/setup#${setup}`;
  const { followFile } = lifecycle;
  return { app, plugins: lifecycle.statuses(), followFile, firstAdminToken, setupUrl, url };
}

/** The URL under which the host answers from now on. */
async function listen(app: FastifyInstance, options: Pick<HostOptions, 'address' | 'port'>): Promise<string> {
  const host = options.address ?? '127.0.0.1';
  await app.listen({ host, port: options.port }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Problem('conflict', `${host}:${options.port} is in use by another program`, {
      next: 'Choose another port with --port, 0 for any.',
    });
  });
  const { port } = app.server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
