import type { FastifyInstance } from 'fastify';
import { FOR_VIEWERS, forRole } from '../access/index.ts';
import { etag, revisionOf } from '../revision-tag.ts';
import { createWidgetSchema, updateWidgetSchema } from './input.ts';
import type { Widgets } from './widgets.ts';

const params = { type: 'object', properties: { id: { type: 'string', description: 'Widget id.' } } } as const;
const tags = ['widgets'];

type ById = { Params: { id: string } };

/** Widgets: create, read, update, delete. */
export function widgetRoutes(app: FastifyInstance, widgets: Widgets): void {
  app.get<{ Querystring: { dashboard?: string; plugin?: string } }>(
    '/api/widgets',
    {
      config: forRole('user', 'some'),
      schema: {
        summary: 'The widgets',
        tags,
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: {
            dashboard: { type: 'string', description: 'Only those on this dashboard.' },
            plugin: { type: 'string', description: 'Only those of this plugin.' },
          },
        },
      },
    },
    async ({ query: { dashboard, plugin }, principal: { clients } }) => ({
      widgets: await widgets.list({ dashboardId: dashboard, plugin, clients }),
    }),
  );

  app.post(
    '/api/widgets',
    {
      config: forRole('engineer', 'new'),
      schema: {
        summary: 'Creates a widget from a template, or from a query or view',
        description:
          'Placeholders such as `${client.jiraProject}` in its params stand for parameters of the client. A query that needs a role needs it here too, and when what is asked is changed; the widget then shows its data to everybody.',
        tags,
        body: createWidgetSchema,
      },
    },
    async (request, reply) => {
      const view = await widgets.create(request.body, request.principal);
      return reply
        .code(201)
        .header('location', `/api/widgets/${view.id}`)
        .header('etag', etag(view.revision))
        .send(view);
    },
  );

  oneWidgetRoutes(app, widgets);
}

function oneWidgetRoutes(app: FastifyInstance, widgets: Widgets): void {
  app.get<ById>(
    '/api/widgets/:id',
    {
      config: FOR_VIEWERS,
      schema: {
        summary: 'One widget',
        description:
          'With `shows`, its settings over those of its template, or with `problem` when it can show nothing now.',
        tags,
        params,
      },
    },
    async (request, reply) => {
      const view = await widgets.get(request.params.id, request.principal);
      return reply.header('etag', etag(view.revision)).send(view);
    },
  );

  app.patch<ById>(
    '/api/widgets/:id',
    {
      config: forRole('engineer', 'widget'),
      schema: {
        summary: 'Changes a widget; with If-Match only when nobody changed it since',
        tags,
        params,
        body: updateWidgetSchema,
      },
    },
    async (request, reply) => {
      const { role, clients } = request.principal;
      const options = { ifRevision: revisionOf(request.headers['if-match']), role, clients };
      const view = await widgets.update(request.params.id, request.body, options);
      return reply.header('etag', etag(view.revision)).send(view);
    },
  );

  app.delete<ById>(
    '/api/widgets/:id',
    { config: forRole('engineer', 'widget'), schema: { summary: 'Deletes a widget', tags, params } },
    async (request, reply) => {
      await widgets.remove(request.params.id);
      return reply.code(204).send();
    },
  );
}
