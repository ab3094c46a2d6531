import type { FastifyInstance } from 'fastify';
import { forRole } from '../access/index.ts';
import { etag, revisionOf } from '../revision-tag.ts';
import type { Clients } from './clients.ts';
import { createClientSchema, parametersSchema, patchParametersSchema, updateClientSchema } from './input.ts';

/** PostgreSQL has no text with a NUL in it. */
const id = { type: 'string', pattern: String.raw`^[^\0]*$`, description: 'Client id.' } as const;
const params = { type: 'object', properties: { id } } as const;
const tags = ['clients'];
const IF_MATCH = 'With If-Match only when nobody changed the client since.';

type ById = { Params: { id: string } };

/** Clients and their parameters. */
export function clientRoutes(app: FastifyInstance, clients: Clients): void {
  app.get(
    '/api/clients',
    { config: forRole('user', 'some'), schema: { summary: 'The clients', tags } },
    async ({ principal }) => ({ clients: await clients.list(principal.clients) }),
  );

  app.post(
    '/api/clients',
    { config: forRole('manager', 'all'), schema: { summary: 'Creates a client', tags, body: createClientSchema } },
    async (request, reply) => {
      const view = await clients.create(request.body);
      return reply
        .code(201)
        .header('location', `/api/clients/${view.id}`)
        .header('etag', etag(view.revision))
        .send(view);
    },
  );

  app.get<ById>(
    '/api/clients/:id',
    { config: forRole('user', 'client'), schema: { summary: 'One client', tags, params } },
    async (request, reply) => {
      const view = await clients.get(request.params.id, request.principal.clients);
      return reply.header('etag', etag(view.revision)).send(view);
    },
  );

  app.patch<ById>(
    '/api/clients/:id',
    {
      config: forRole('manager', 'client'),
      schema: { summary: 'Changes a client', description: IF_MATCH, tags, params, body: updateClientSchema },
    },
    async (request, reply) => {
      const ifRevision = revisionOf(request.headers['if-match']);
      const view = await clients.update(request.params.id, request.body, { ifRevision });
      return reply.header('etag', etag(view.revision)).send(view);
    },
  );

  app.delete<ById>(
    '/api/clients/:id',
    {
      config: forRole('manager', 'client'),
      schema: {
        summary: 'Deletes a client, its parameters and its contracts',
        description: 'Refused while instances belong to it.',
        tags,
        params,
      },
    },
    async (request, reply) => {
      await clients.remove(request.params.id);
      return reply.code(204).send();
    },
  );

  parameterRoutes(app, clients);
}

function parameterRoutes(app: FastifyInstance, clients: Clients): void {
  const path = '/api/clients/:id/parameters';

  app.get<ById>(
    path,
    {
      config: forRole('user', 'client'),
      schema: {
        summary: 'The parameters of a client',
        description: 'Values by name, which queries and widgets write as ${client.<name>}.',
        tags,
        params,
      },
    },
    async (request, reply) => {
      const { parameters, revision } = await clients.parameters(request.params.id, request.principal.clients);
      return reply.header('etag', etag(revision)).send(parameters);
    },
  );

  app.put<ById>(
    path,
    {
      config: forRole('manager', 'client'),
      schema: {
        summary: 'Replaces the parameters of a client',
        description: IF_MATCH,
        tags,
        params,
        body: parametersSchema,
      },
    },
    async (request, reply) => {
      const ifRevision = revisionOf(request.headers['if-match']);
      const changed = await clients.replaceParameters(request.params.id, request.body, { ifRevision });
      return reply.header('etag', etag(changed.revision)).send(changed.parameters);
    },
  );

  app.patch<ById>(
    path,
    {
      config: forRole('manager', 'client'),
      schema: {
        summary: 'Changes parameters of a client; null removes',
        description: IF_MATCH,
        tags,
        params,
        body: patchParametersSchema,
      },
    },
    async (request, reply) => {
      const ifRevision = revisionOf(request.headers['if-match']);
      const changed = await clients.patchParameters(request.params.id, request.body, { ifRevision });
      return reply.header('etag', etag(changed.revision)).send(changed.parameters);
    },
  );
}
