import type { FastifyInstance } from 'fastify';
import { actorOf, forRole } from '../access/index.ts';
import { overrideSchema, type InstanceLimits } from './limits.ts';

const params = { type: 'object', properties: { id: { type: 'string', description: 'Instance id.' } } } as const;
const tags = ['instances'];
const path = '/api/instances/:id/limits';

type ById = { Params: { id: string } };

/** How hard the vendor of an instance may be asked. */
export function limitRoutes(app: FastifyInstance, limits: InstanceLimits): void {
  app.get<ById>(
    path,
    {
      config: forRole('user', 'instance'),
      schema: {
        summary: 'How hard the vendor of an instance may be asked, and is asked now by this host',
        description:
          '`declared` by the plugin, `override` by an admin, `effective`: what counts, for each host by itself. `now`: requests in flight and waiting, tokens left, a pause the vendor asked for, and the breaker: `closed`, `open` until `retryAfterMs` is over, or `halfOpen` while one call tries whether the vendor is back.',
        tags,
        params,
      },
    },
    (request) => limits.get(request.params.id, request.principal.clients),
  );

  app.put<ById>(
    path,
    {
      config: forRole('admin', 'instance'),
      schema: { summary: 'Sets other limits than the plugin declares', tags, params, body: overrideSchema },
    },
    (request) => limits.set(request.params.id, request.body, actorOf(request)),
  );

  app.post<ById>(
    `${path}/reset`,
    {
      config: forRole('engineer', 'instance'),
      schema: { summary: 'Closes the breaker and ends a pause: the vendor is asked again at once', tags, params },
    },
    (request) => limits.reset(request.params.id, actorOf(request)),
  );
}
