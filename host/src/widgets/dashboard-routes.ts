import type { FastifyInstance, FastifyReply } from 'fastify';
import { forRole } from '../access/index.ts';
import { etag, revisionOf } from '../revision-tag.ts';
import { copyDashboardSchema, createDashboardSchema, layoutSchema, updateDashboardSchema } from './dashboard-input.ts';
import type { Dashboards, DashboardView } from './dashboards.ts';

const params = { type: 'object', properties: { id: { type: 'string', description: 'Dashboard id.' } } } as const;
const tags = ['dashboards'];

type ById = { Params: { id: string } };

/** Dashboards: create, read, update, lay out, copy, delete. */
export function dashboardRoutes(app: FastifyInstance, dashboards: Dashboards): void {
  contentRoutes(app, dashboards);

  app.get<{ Querystring: { client?: string } }>(
    '/api/dashboards',
    {
      config: forRole('user', 'some'),
      schema: {
        summary: 'The dashboards, without their widgets',
        tags,
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: { client: { type: 'string', description: 'Only those about this client.' } },
        },
      },
    },
    async ({ query: { client }, principal: { clients } }) => ({
      dashboards: await dashboards.list({ clientId: client, clients }),
    }),
  );

  app.post(
    '/api/dashboards',
    {
      config: forRole('engineer', 'new'),
      schema: { summary: 'Creates a dashboard', tags, body: createDashboardSchema },
    },
    async (request, reply) => created(reply, await dashboards.create(request.body, request.principal)),
  );

  app.get<ById>(
    '/api/dashboards/:id',
    {
      config: forRole('user', 'dashboard'),
      schema: {
        summary: 'One dashboard with its widgets, line by line',
        description:
          'A widget that can show nothing, because its plugin or template is gone, is among them with its `problem`.',
        tags,
        params,
      },
    },
    async (request, reply) => answered(reply, await dashboards.get(request.params.id, request.principal)),
  );

  app.patch<ById>(
    '/api/dashboards/:id',
    {
      config: forRole('engineer', 'dashboard'),
      schema: {
        summary: 'Changes a dashboard; with If-Match only when nobody changed it since',
        tags,
        params,
        body: updateDashboardSchema,
      },
    },
    async (request, reply) => {
      const ifRevision = revisionOf(request.headers['if-match']);
      const { role, clients } = request.principal;
      return answered(reply, await dashboards.update(request.params.id, request.body, { role, clients, ifRevision }));
    },
  );

  app.delete<ById>(
    '/api/dashboards/:id',
    {
      config: forRole('engineer', 'dashboard'),
      schema: { summary: 'Deletes a dashboard and its widgets', tags, params },
    },
    async (request, reply) => {
      await dashboards.remove(request.params.id);
      return reply.code(204).send();
    },
  );
}

function contentRoutes(app: FastifyInstance, dashboards: Dashboards): void {
  app.put<ById>(
    '/api/dashboards/:id/layout',
    {
      config: forRole('engineer', 'dashboard'),
      schema: {
        summary: 'Moves widgets of a dashboard, all or none; with If-Match only when nobody changed it since',
        description: 'Widgets that are not listed stay where they are.',
        tags,
        params,
        body: layoutSchema,
      },
    },
    async (request, reply) => {
      const ifRevision = revisionOf(request.headers['if-match']);
      return answered(
        reply,
        await dashboards.layOut(request.params.id, request.body, { ifRevision, clients: request.principal.clients }),
      );
    },
  );

  app.post<ById>(
    '/api/dashboards/:id/copy',
    {
      config: forRole('engineer', 'dashboard'),
      schema: {
        summary: 'Copies a dashboard and its widgets, for another client too',
        tags,
        params,
        body: copyDashboardSchema,
      },
    },
    async (request, reply) => created(reply, await dashboards.copy(request.params.id, request.body, request.principal)),
  );
}

function created(reply: FastifyReply, view: DashboardView): FastifyReply {
  return answered(reply.code(201).header('location', `/api/dashboards/${view.id}`), view);
}

function answered(reply: FastifyReply, view: DashboardView): FastifyReply {
  return reply.header('etag', etag(view.revision)).send(view);
}
