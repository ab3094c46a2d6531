// The door for vendors: one dispatcher for the routes of all plugins. It needs no token; what a delivery needs, its route says.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { FOR_EVERYBODY, forRole, onlyAsking } from '../access/index.ts';
import type { Instances } from '../instances/index.ts';
import type { Limits } from '../limits.ts';
import type { Deliveries } from './deliveries.ts';
import type { Delivery } from './delivery.ts';
import type { PluginRoute, RouteTable } from './route-table.ts';

type ById = { Params: { id: string } };
type ByPath = { Params: { id: string; '*': string } };

export interface RouteRoutesParts {
  readonly instances: Pick<Instances, 'get'>;
  readonly routes: RouteTable;
  readonly deliveries: Deliveries;
  readonly limits: Limits;
}

export function routeRoutes(app: FastifyInstance, { instances, routes, deliveries, limits }: RouteRoutesParts): void {
  const id = { type: 'string', description: 'Instance id.' };
  app.get<ById>(
    '/api/instances/:id/routes',
    {
      config: forRole('user', 'instance'),
      schema: {
        summary: 'What the vendor may call: the routes of an instance with their URLs',
        description: 'A route refuses everybody until one of its secrets is set on the instance.',
        tags: ['routes'],
        params: { type: 'object', properties: { id } },
      },
    },
    async (request) => {
      const { plugin, secretsSet } = await instances.get(request.params.id, request.principal.clients);
      const base = `${request.protocol}://${request.host}/api/instances/${request.params.id}/routes`;
      return { routes: routes.list(plugin).map((route) => summaryOf(route, base, secretsSet)) };
    },
  );

  // A scope of its own, because here a body is bytes whatever it says it is.
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.addHook<ByPath>('onRequest', async (request) => {
      deliveries.assertMaySend({ address: request.ip, instanceId: request.params.id });
      const cut = setTimeout(() => request.raw.destroy(), limits.routes.bodyTime);
      request.raw.once('close', () => clearTimeout(cut));
    });
    scope.route<ByPath>({
      method: ['GET', 'POST', 'PUT'],
      url: '/api/instances/:id/routes/*',
      bodyLimit: limits.routes.bodyBytes,
      config: onlyAsking(FOR_EVERYBODY),
      schema: {
        summary: 'A delivery from the vendor to a route of its plugin',
        description:
          'Verified by the signature or the secret that the route declares; no token. The same delivery is accepted once. Whatever is wrong about the address, the secret or the signature, the answer is the same.',
        tags: ['routes'],
        params: { type: 'object', properties: { id, '*': { type: 'string', description: "The route's path." } } },
        response: { 200: { description: "The plugin's answer; what it changed is committed." } },
      },
      handler: async (request, reply) => send(reply, await deliveries.take(toDelivery(request))),
    });
  });
}

function send(reply: FastifyReply, { status, body }: { status: number; body: string | null }): FastifyReply {
  reply.code(status).header('cache-control', 'no-store');
  return body === null ? reply.send() : reply.header('content-type', 'application/json; charset=utf-8').send(body);
}

function toDelivery(request: FastifyRequest<ByPath>): Delivery {
  const { params, method, ip, body } = request;
  const [, query = ''] = /\?(.*)$/s.exec(request.raw.url ?? '') ?? [];
  const headers = Object.entries(request.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]);
  return {
    address: ip,
    instanceId: params.id,
    method,
    path: `/${params['*']}`,
    query: new URLSearchParams(query),
    headers: Object.fromEntries(headers),
    body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
  };
}

function summaryOf({ id, manifest }: PluginRoute, base: string, secretsSet: readonly string[]): object {
  const { title, description, method, path, verify, replayMs, streams } = manifest;
  const verifiedBy = verify.map((verification) => ({
    ...verification,
    isSet: secretsSet.includes(verification.secret),
  }));
  return {
    id,
    title,
    ...(description === undefined ? {} : { description }),
    method,
    url: base + path,
    /** The first that is set decides. */
    verify: verifiedBy,
    secretSet: verifiedBy.some(({ isSet }) => isSet),
    replayMs,
    streams,
  };
}
