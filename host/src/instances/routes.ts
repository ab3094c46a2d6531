import type { FastifyInstance } from 'fastify';
import { forRole } from '../access/index.ts';
import { etag, revisionOf } from '../revision-tag.ts';
import { createInstanceSchema, updateInstanceSchema } from './input.ts';
import type { Instances } from './instances.ts';

const params = { type: 'object', properties: { id: { type: 'string', description: 'Instance id.' } } } as const;
const tags = ['instances'];

type ById = { Params: { id: string } };

/** Instances: create, read, update, delete. `states` knows how each of them is; one that it does not know is unknown. */
export function instanceRoutes(
  app: FastifyInstance,
  instances: Instances,
  states: () => Promise<ReadonlyMap<string, string>>,
): void {
  app.get<{ Querystring: { plugin?: string } }>(
    '/api/instances',
    {
      config: forRole('user', 'some'),
      schema: {
        summary: 'The instances',
        tags,
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: { plugin: { type: 'string', description: 'Only those of this plugin.' } },
        },
      },
    },
    async (request) => {
      const [views, health] = [
        await instances.list({ ...request.query, clients: request.principal.clients }),
        await states(),
      ];
      return { instances: views.map((view) => ({ ...view, health: health.get(view.id) ?? 'unknown' })) };
    },
  );

  app.post(
    '/api/instances',
    { config: forRole('manager', 'new'), schema: { summary: 'Creates an instance', tags, body: createInstanceSchema } },
    async (request, reply) => {
      const view = await instances.create(request.body, request.principal);
      return reply
        .code(201)
        .header('location', `/api/instances/${view.id}`)
        .header('etag', etag(view.revision))
        .send(view);
    },
  );

  app.get<ById>(
    '/api/instances/:id',
    { config: forRole('user', 'instance'), schema: { summary: 'One instance', tags, params } },
    async (request, reply) => {
      const view = await instances.get(request.params.id, request.principal.clients);
      return reply.header('etag', etag(view.revision)).send(view);
    },
  );

  app.patch<ById>(
    '/api/instances/:id',
    {
      config: forRole('manager', 'instance'),
      schema: {
        summary: 'Changes an instance; with If-Match only when nobody changed it since',
        tags,
        params,
        body: updateInstanceSchema,
      },
    },
    async (request, reply) => {
      const ifRevision = revisionOf(request.headers['if-match']);
      const { role } = request.principal;
      const view = await instances.update(request.params.id, request.body, { ifRevision, role });
      return reply.header('etag', etag(view.revision)).send(view);
    },
  );

  app.delete<ById>(
    '/api/instances/:id',
    {
      config: forRole('manager', 'instance'),
      schema: { summary: 'Deletes an instance and its secrets', tags, params },
    },
    async (request, reply) => {
      await instances.remove(request.params.id);
      return reply.code(204).send();
    },
  );
}
