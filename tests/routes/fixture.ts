// A host's rooms around its routes, all of them real, with the database at hand.
import { createHmac } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import pino from 'pino';
import { createAccessRoom, createAudit, createDenials } from '../../host/src/access/index.ts';
import { createClients } from '../../host/src/clients/index.ts';
import { createGateway } from '../../host/src/gateway/index.ts';
import { closeServer, createServer } from '../../host/src/http/index.ts';
import { createInstances, createRunner, type Instances } from '../../host/src/instances/index.ts';
import { createMasterKey, createVault, fixedKeys } from '../../host/src/secrets/index.ts';
import { createTicks } from '../../host/src/ticks.ts';
import { createHooks } from '../../host/src/kernel/index.ts';
import { defaultLimits, type Limits } from '../../host/src/limits.ts';
import { Memories } from '../../host/src/memory.ts';
import { createDeliveries, createRouteTable, routeRoutes } from '../../host/src/routes/index.ts';
import { createSandbox } from '../../host/src/sandbox/index.ts';
import { createVitals } from '../../host/src/telemetry/index.ts';
import { openStore, type Store } from '../../host/src/store/index.ts';
import { createStreamTables } from '../../host/src/sync/index.ts';
import type { TestDatabase } from '../support/databases.ts';
import { ADMIN_TOKEN, type Api, createApi, movableClock } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';

export const SECRET = 'webhook-secret/7f3a"é';

export interface RoutesHost extends AsyncDisposable {
  readonly url: string;
  readonly store: Store;
  readonly instances: Instances;
  readonly clock: ReturnType<typeof movableClock>;
  readonly api: Api;
  /** Every log line so far. */
  readonly logs: readonly string[];
  /** An instance of the plugin with this config. */
  add(id: string, config?: object): Promise<void>;
  /** Ids and titles of the rows of a stream; a deleted one has its reason instead. */
  rows(stream?: string): Promise<string[]>;
  /** Signed with {@link SECRET}; an object is sent as JSON. */
  deliver(body: unknown, options?: DeliverOptions): Promise<Response>;
}

export interface DeliverOptions {
  readonly instance?: string;
  readonly method?: string;
  /** With the query. */
  readonly path?: string;
  readonly headers?: Record<string, string>;
  /** Instead of the right one; null sends none. */
  readonly signature?: string | null;
  readonly secret?: string;
}

export async function startRoutes(
  database: TestDatabase,
  plugin: TestPlugin,
  changes: Partial<Limits['routes']> = {},
): Promise<RoutesHost> {
  await using stack = new AsyncDisposableStack();
  const limits: Limits = { ...defaultLimits, routes: { ...defaultLimits.routes, ...changes } };
  const logs: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line) => void logs.push(line) });
  const clock = movableClock();
  const memories = new Memories(limits.memory);
  const hooks = createHooks();
  const store = stack.use(await openStore({ ...database, limits: limits.store, log }));
  const gateway = createGateway({ limits: limits.gateway, log });
  stack.defer(() => gateway.stop());
  await gateway.start();
  const sandbox = createSandbox({ limits, clock, log });
  stack.defer(() => sandbox.stop());
  const plugins = { find: (name: string) => (name === 'hooks' ? plugin.version : undefined) };
  const vault = createVault(fixedKeys([createMasterKey(Buffer.alloc(32, 7))]));
  const audit = createAudit(store);
  const clients = createClients({ store, clock, audit });
  const instances = createInstances({ store, vault, plugins, clients, hooks, audit, clock, memories, limits, log });
  const runner = createRunner({ sandbox, gateway, hooks, clock, log });
  const streams = createStreamTables({ store, hooks, limits, log });
  const routes = createRouteTable(hooks);
  const deliveries = createDeliveries({ store, instances, runner, routes, streams, limits, clock, log });
  for (const kind of ['streams', 'routes'] as const) {
    await hooks.contribute.for(kind).promise({ plugin: plugin.version, active: true });
  }
  const ticks = createTicks(log);
  stack.defer(async () => ticks.stop());
  const denials = createDenials({ store, audit, limits: limits.denials, log });
  stack.defer(() => denials.stop());
  const room = createAccessRoom({ store, audit, denials, ticks, memories, limits, log });
  await room.tokens.ensureAdmin(ADMIN_TOKEN);
  const addRoutes = (app: Parameters<typeof routeRoutes>[0]): void =>
    routeRoutes(app, { instances, routes, deliveries, limits });
  const app = await createServer({
    limits,
    hooks,
    access: room.access,
    memories,
    edge: { csrfKey: 'of-no-session', origins: [], proxies: [], isSecure: false },
    log,
    version: '0.0.0',
    vitals: createVitals(sandbox, limits.telemetry),
    watchers: [],
    routes: [addRoutes],
  });
  stack.defer(() => closeServer(app, 1000));
  await app.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const moved = stack.move();
  return {
    url,
    store,
    instances,
    clock,
    logs,
    api: createApi(url, ADMIN_TOKEN),
    async add(id, config = { webhookSecret: SECRET }) {
      await instances.create({ id, plugin: 'hooks', name: id, config });
    },
    async rows(stream = 'issues') {
      const { rows } = await sql<{ row: string }>`
        select id || ' ' || coalesce(deleted_reason, title, '') as row from ${sql.id('hooks', stream)}
        order by instance_id, id`.execute(store.db);
      return rows.map(({ row }) => row);
    },
    deliver(body, options = {}) {
      const { instance = 'acme', method = 'POST', path = '/webhook', headers = {}, secret = SECRET } = options;
      const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
      const right = `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`;
      const signature = options.signature === undefined ? right : options.signature;
      return fetch(`${url}/api/instances/${instance}/routes${path}`, {
        method,
        headers: { ...(signature === null ? {} : { 'x-hub-signature': signature }), ...headers },
        ...(method === 'GET' ? {} : { body: new Uint8Array(bytes) }),
      });
    },
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}
