import type { FastifyInstance } from 'fastify';
import { actorOf } from './actor.ts';
import { type Grant, grantSchemas, nameSchema } from './grants.ts';
import { forRole } from './route-access.ts';
import type { Tokens } from './tokens.ts';

const tags = ['tokens'];
const DAY = 86_400_000;
const params = {
  type: 'object',
  properties: { id: { type: 'string', pattern: String.raw`^[^\0]*$`, description: 'Token id.' } },
} as const;

interface CreateBody extends Partial<Grant> {
  readonly name: string;
  readonly role: Grant['role'];
  readonly expiresInMs?: number | null;
}

/** Tokens of programs. For admins who are limited to no client. */
export function tokenRoutes(app: FastifyInstance, tokens: Tokens): void {
  app.get(
    '/api/tokens',
    {
      config: forRole('admin', 'all'),
      schema: { summary: 'The API tokens, the newest first; never their text', tags },
    },
    async () => ({ tokens: await tokens.list() }),
  );

  app.post<{ Body: CreateBody }>(
    '/api/tokens',
    {
      config: forRole('admin', 'all'),
      schema: {
        summary: 'Creates an API token',
        description: '`token` is in this answer and in no other: only its hash is kept.',
        tags,
        body: {
          type: 'object',
          additionalProperties: false,
          required: ['name', 'role'],
          properties: {
            name: nameSchema,
            ...grantSchemas,
            expiresInMs: {
              type: ['integer', 'null'],
              minimum: 1000,
              maximum: 3650 * DAY,
              description: 'How long it is good for, in milliseconds; null or left out: until it is revoked.',
            },
          },
        },
      },
    },
    async (request, reply) => {
      const { name, role, clients = null, expiresInMs = null } = request.body;
      const made = await tokens.create({ name, role, clients, expiresInMs }, actorOf(request));
      return reply.code(201).header('cache-control', 'no-store').send(made);
    },
  );

  app.delete<{ Params: { id: string } }>(
    '/api/tokens/:id',
    {
      config: forRole('admin', 'all'),
      schema: { summary: 'Revokes an API token: it is good for nothing within five seconds', tags, params },
    },
    async (request, reply) => {
      await tokens.revoke(request.params.id, actorOf(request));
      return reply.code(204).send();
    },
  );
}
