// What admins do with plugins: look at what a change would do, confirm it, follow it.
import type { FastifyInstance } from 'fastify';
import { forRole } from '../access/index.ts';
import { type ChangeRequest, changeRequestSchema } from './change-input.ts';
import type { Changes } from './changes.ts';

const config = forRole('admin', 'all');
const tags = ['plugins'];
const changeParam = {
  type: 'object',
  properties: { change: { type: 'string', description: 'Id of a change.' } },
} as const;

export function changeRoutes(app: FastifyInstance, changes: Changes): void {
  app.post<{ Body: ChangeRequest }>(
    '/api/plugin-changes',
    {
      config,
      schema: {
        summary: 'Plans a change of the plugins: what it would do, what it would be allowed',
        description:
          'Nothing of it happens before it is confirmed. A package is fetched and verified for it, and kept; nothing of it runs.',
        tags,
        body: changeRequestSchema,
      },
    },
    async (request, reply) => reply.code(201).send(await changes.plan(request.body)),
  );

  app.get<{ Querystring: { plugin?: string } }>(
    '/api/plugin-changes',
    {
      config,
      schema: {
        summary: 'The last changes of the plugins, planned ones too',
        tags,
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: { plugin: { type: 'string', description: 'Only those of this plugin.' } },
        },
      },
    },
    async (request) => ({ changes: await changes.list(request.query.plugin) }),
  );

  app.get<{ Params: { change: string } }>(
    '/api/plugin-changes/:change',
    { config, schema: { summary: 'A change: how far it is, and what came of it', tags, params: changeParam } },
    (request) => changes.get(request.params.change),
  );

  app.post<{ Params: { change: string }; Body: { hash: string } }>(
    '/api/plugin-changes/:change/confirm',
    {
      config,
      schema: {
        summary: 'Carries a planned change out, in the background',
        description:
          'The hash says which plan was looked at. A version is tried out first: it must load, take every config along, and pass the check of every instance that works. Then all hosts follow.',
        tags,
        params: changeParam,
        body: {
          type: 'object',
          additionalProperties: false,
          required: ['hash'],
          properties: { hash: { type: 'string', maxLength: 64, description: 'Of the plan, as it was answered.' } },
        },
      },
    },
    async (request, reply) => reply.code(202).send(await changes.confirm(request.params.change, request.body.hash)),
  );
}
