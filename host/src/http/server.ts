// The HTTP edge: Fastify, set up so that it neither coerces bodies nor strips what it does not know.
import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import accepts from '@fastify/accepts';
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Access } from '../access/index.ts';
import type { Hooks } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { Memories } from '../memory.ts';
import { lazySchema } from '../schema.ts';
import type { RequestWatcher, VitalSigns } from '../telemetry/index.ts';
import { appRoutes } from './app.ts';
import { authorise } from './authorise.ts';
import { type EdgeOptions, guardEdge } from './edge.ts';
import { forgetWhatChanges } from './forgetting.ts';
import { healthRoutes } from './health.ts';
import { describeApi, openApiRoute } from './openapi.ts';
import { answerMalformed, answerProblems, answerUnreadable } from './problems.ts';
import { RepeatedAnswers } from './repeated-answers.ts';

export interface ServerOptions {
  readonly limits: Limits;
  readonly hooks: Hooks;
  readonly access: Access;
  readonly memories: Memories;
  readonly edge: EdgeOptions;
  readonly log: FastifyBaseLogger;
  readonly version: string;
  readonly vitals: Pick<VitalSigns, 'read'>;
  readonly watchers: readonly RequestWatcher[];
  /** Each room's routes. */
  readonly routes: readonly ((app: FastifyInstance) => void)[];
}

/** Built and ready, not yet listening. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { access, limits, watchers } = options;
  const repeated = new RepeatedAnswers({ access, watchers, most: limits.memory.answers });
  const app = fastify({
    serverFactory: (handler) => listenPatiently(repeated.serve(handler), limits.http),
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.http.bodyBytes,
    // Without it everybody behind a proxy has the proxy's address, and one of them could lock the others out of signing in.
    trustProxy: options.edge.proxies.length === 0 ? false : [...options.edge.proxies],
    genReqId: () => `req_${randomUUID()}`,
    // Connections that wait for their next request end at once when the host stops.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // A HEAD route would run the query of its GET.
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: answerUnreadable,
    clientErrorHandler: answerMalformed,
  });
  app.setValidatorCompiler(({ schema, httpPart }) => lazySchema(schema as object, { coerce: httpPart !== 'body' }));
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  // PATCH takes JSON Merge Patch under its own name too.
  app.addContentTypeParser(
    'application/merge-patch+json',
    { parseAs: 'string' },
    app.getDefaultJsonParser('error', 'error'),
  );
  for (const watcher of watchers) watcher.watch(app);
  repeated.follow(app);
  answerProblems(app, limits);
  await guardEdge(app, options.edge);
  await app.register(accepts);
  authorise(app, access, options.edge.origins);
  await describeApi(app, options.version);
  forgetWhatChanges(app, options.memories);
  healthRoutes(app, options.hooks, options.vitals);
  for (const addRoutes of options.routes) addRoutes(app);
  openApiRoute(app);
  await appRoutes(app, access);
  await app.ready();
  return app;
}

/** Who makes the server sets what Fastify would have set. */
function listenPatiently(server: Server, { keepAlive, arrival }: Limits['http']): Server {
  server.keepAliveTimeout = keepAlive;
  server.requestTimeout = arrival;
  return server;
}

const IDLE_POLL = 50;

/** Takes no new connection, lets open requests finish for `drain` milliseconds, then cuts them. */
export async function closeServer(app: FastifyInstance, drain: number): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), drain);
  // Closing ends the connections that are idle then; one that becomes idle later would wait for its client.
  const idle = setInterval(() => app.server.closeIdleConnections(), IDLE_POLL);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
    clearInterval(idle);
  }
}
