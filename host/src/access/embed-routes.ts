import type { FastifyInstance } from 'fastify';
import type { AccessLimits } from '../access-limits.ts';
import { actorOf } from './actor.ts';
import type { Embeds } from './embeds.ts';
import { grantSchemas } from './grants.ts';
import { forRole } from './route-access.ts';

const tags = ['embeds'];
const text = { type: 'string', pattern: String.raw`^[^\0]*$` } as const;
const params = { type: 'object', properties: { id: { ...text, description: 'Id of the embed token.' } } } as const;

interface CreateBody {
  readonly widgets: string[];
  readonly origin: string;
  readonly clients?: string[] | null;
  readonly expiresInMs?: number;
}

/** Tokens with which pages of other sites show widgets. */
export function embedRoutes(app: FastifyInstance, embeds: Embeds, limits: AccessLimits): void {
  app.post<{ Body: CreateBody }>(
    '/api/embeds',
    {
      config: forRole('engineer', 'some'),
      schema: {
        summary: 'Makes a token with which the pages of one site show widgets for a while',
        description:
          'It is sent as `Authorization: Bearer` to `GET /api/widgets/:id` and `GET /api/widgets/:id/data` of these widgets, from pages of `origin`, and is good for nothing else. `token` is in no other answer.',
        tags,
        body: {
          type: 'object',
          additionalProperties: false,
          required: ['widgets', 'origin'],
          properties: {
            widgets: {
              type: 'array',
              minItems: 1,
              maxItems: 100,
              uniqueItems: true,
              items: { ...text, maxLength: 200 },
            },
            origin: {
              type: 'string',
              pattern: String.raw`^https?://[a-z0-9.-]+(:\d{1,5})?$`,
              description: 'As browsers send it: `https://portal.example`, without a path.',
            },
            clients: {
              ...grantSchemas.clients,
              description:
                'Ids of the only clients whose things are shown; null: all that you may see. Left out: those whom the dashboards of the widgets are about.',
            },
            expiresInMs: { type: 'integer', minimum: 1000, maximum: limits.embedMost, default: limits.embed },
          },
        },
      },
    },
    async (request, reply) => {
      const { widgets, origin, clients, expiresInMs = limits.embed } = request.body;
      const made = await embeds.create({ widgets, origin, clients, expiresInMs }, request.principal, actorOf(request));
      return reply.code(201).header('cache-control', 'no-store').send(made);
    },
  );

  app.get(
    '/api/embeds',
    { config: forRole('admin', 'all'), schema: { summary: 'The embed tokens that are good now', tags } },
    async () => ({ embeds: await embeds.list() }),
  );

  app.delete<{ Params: { id: string } }>(
    '/api/embeds/:id',
    { config: forRole('admin', 'all'), schema: { summary: 'Revokes an embed token', tags, params } },
    async (request, reply) => {
      await embeds.revoke(request.params.id, actorOf(request));
      return reply.code(204).send();
    },
  );
}
