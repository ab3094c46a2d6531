import type { FastifyInstance } from 'fastify';
import { actorOf } from './actor.ts';
import { type Grant, grantSchemas, nameSchema } from './grants.ts';
import { forRole } from './route-access.ts';
import { loginSchema } from './session-routes.ts';
import type { UserPatch, Users } from './users.ts';

const tags = ['users'];
const text = { type: 'string', pattern: String.raw`^[^\0]*$` } as const;
const params = { type: 'object', properties: { id: { ...text, description: 'User id.' } } } as const;
const password = { ...text, maxLength: 300 } as const;

type ById = { Params: { id: string } };
interface CreateBody extends Partial<Grant> {
  readonly login: string;
  readonly name: string;
  readonly role: Grant['role'];
  readonly password?: string | null;
}

/** People. For admins who are limited to no client. */
export function userRoutes(app: FastifyInstance, users: Users): void {
  const config = forRole('admin', 'all');

  app.get('/api/users', { config, schema: { summary: 'The users', tags } }, async () => ({
    users: await users.list(),
  }));

  app.post<{ Body: CreateBody }>(
    '/api/users',
    {
      config,
      schema: {
        summary: 'Creates a user',
        description: 'Without a password they can sign in elsewhere only: see OIDC.',
        tags,
        body: {
          type: 'object',
          additionalProperties: false,
          required: ['login', 'name', 'role'],
          properties: {
            login: loginSchema,
            name: nameSchema,
            ...grantSchemas,
            password: { ...password, type: ['string', 'null'] },
          },
        },
      },
    },
    async (request, reply) => {
      const { clients = null, password: chosen = null, ...rest } = request.body;
      const view = await users.create({ ...rest, clients, password: chosen }, actorOf(request));
      return reply.code(201).header('location', `/api/users/${view.id}`).send(view);
    },
  );

  app.get<ById>('/api/users/:id', { config, schema: { summary: 'One user', tags, params } }, (request) =>
    users.get(request.params.id),
  );

  app.patch<ById & { Body: UserPatch }>(
    '/api/users/:id',
    {
      config,
      schema: {
        summary: 'Changes a user',
        description:
          'Being disabled, and a new password, end their sessions; another role or other clients count at once.',
        tags,
        params,
        body: {
          type: 'object',
          additionalProperties: false,
          properties: { name: nameSchema, ...grantSchemas, enabled: { type: 'boolean' }, password },
        },
      },
    },
    (request) => users.update(request.params.id, request.body, actorOf(request)),
  );

  app.delete<ById>(
    '/api/users/:id',
    { config, schema: { summary: 'Removes a user and their sessions', tags, params } },
    async (request, reply) => {
      await users.remove(request.params.id, actorOf(request));
      return reply.code(204).send();
    },
  );

  userSessionRoutes(app, users);
}

function userSessionRoutes(app: FastifyInstance, users: Users): void {
  const config = forRole('admin', 'all');
  const path = '/api/users/:id/sessions';

  app.get<ById>(
    path,
    { config, schema: { summary: 'The open sessions of a user', tags, params } },
    async (request) => ({
      sessions: await users.sessions(request.params.id),
    }),
  );

  app.delete<ById>(
    path,
    { config, schema: { summary: 'Signs a user out everywhere', tags, params } },
    async (request, reply) => {
      await users.endSessions(request.params.id, actorOf(request));
      return reply.code(204).send();
    },
  );
}
