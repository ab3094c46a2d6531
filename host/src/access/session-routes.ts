import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AccessLimits } from '../access-limits.ts';
import { actorOf } from './actor.ts';
import { nameSchema } from './grants.ts';
import { FOR_EVERYBODY, forRole } from './route-access.ts';
import type { Begun, Caller, Sessions } from './sessions.ts';
import type { Setup } from './setup.ts';

export const SESSION_COOKIE = 'jackfield_session';

const tags = ['session'];
/** PostgreSQL has no text with a NUL in it. */
const text = { type: 'string', pattern: String.raw`^[^\0]*$`, maxLength: 300 } as const;
export const loginSchema: object = { ...text, minLength: 1, maxLength: 200 };
const object = (properties: object): object => ({
  type: 'object',
  additionalProperties: false,
  required: Object.keys(properties),
  properties,
});

export interface SessionRoutesParts {
  readonly sessions: Sessions;
  readonly setup: Setup;
  readonly limits: AccessLimits;
  /** The host is reached over https. */
  readonly isSecure: boolean;
  /** People may sign in with a provider too. */
  readonly hasProvider: boolean;
}

/** Signing in and out, and who is signed in. */
export function sessionRoutes(app: FastifyInstance, parts: SessionRoutesParts): void {
  const { sessions, setup, limits } = parts;
  signInRoute(app, parts);
  const limited = { ...FOR_EVERYBODY, rateLimit: { max: limits.signInsPerMinute, timeWindow: 60_000 } };

  app.post<{ Body: { login: string; password: string } }>(
    '/api/session',
    {
      config: limited,
      schema: {
        summary: 'Signs in with a login and a password',
        description:
          'The answer sets a cookie that scripts cannot read, and has `csrfToken`: send it as `x-csrf-token` with every request that changes something. After wrong passwords an account, and an address, has to wait longer and longer.',
        tags,
        body: object({ login: loginSchema, password: text }),
      },
    },
    async (request, reply) => welcome(parts, await sessions.signIn(request.body, callerOf(request)), reply),
  );

  app.post<{ Body: { token: string; login: string; name: string; password: string } }>(
    '/api/setup',
    {
      config: limited,
      schema: {
        summary: 'Makes the first admin, with the link that the host printed when it started',
        description: '`token` is what the link has after its `#`. It is good once, and signs the admin in.',
        tags,
        body: object({ token: text, login: loginSchema, name: nameSchema, password: text }),
      },
    },
    async (request, reply) => welcome(parts, await setup.use(request.body, callerOf(request)), reply.code(201)),
  );

  app.get(
    '/api/session',
    {
      config: forRole('user', 'nobody'),
      schema: { summary: 'Who asks: role, clients, and for people a new `csrfToken`', tags },
    },
    (request, reply) => {
      const { kind, id, name, role, clients, sessionId } = request.principal;
      const csrf = sessionId === undefined ? {} : { csrfToken: reply.generateCsrf({ userInfo: sessionId }) };
      return { kind, id, name, role, clients: clients === 'all' ? null : [...clients], ...csrf };
    },
  );

  app.delete(
    '/api/session',
    { config: forRole('user', 'nobody'), schema: { summary: 'Signs out', tags } },
    async (request, reply) => {
      await sessions.signOut(request.principal, actorOf(request));
      return reply.clearCookie(SESSION_COOKIE, { path: '/' }).code(204).send();
    },
  );

  app.post<{ Body: { current: string; password: string } }>(
    '/api/session/password',
    {
      config: forRole('user', 'nobody'),
      schema: {
        summary: 'Changes the password of whoever is signed in, and ends their other sessions',
        tags,
        body: object({ current: text, password: text }),
      },
    },
    async (request, reply) => {
      await sessions.changePassword(request.principal, request.body, actorOf(request));
      return reply.code(204).send();
    },
  );
}

function signInRoute(app: FastifyInstance, { sessions, hasProvider }: SessionRoutesParts): void {
  app.get(
    '/api/sign-in',
    {
      config: FOR_EVERYBODY,
      schema: {
        summary: 'How people sign in here, and whether whoever asks has',
        description: '`provider`: GET /api/session/oidc sends a browser to where it signs in.',
        tags,
      },
    },
    async (request, reply) => {
      const cookie = request.cookies[SESSION_COOKIE];
      const signedIn = cookie !== undefined && (await sessions.verify(cookie)) !== undefined;
      return reply.header('cache-control', 'no-store').send({ provider: hasProvider, signedIn });
    },
  );
}

export function callerOf(request: FastifyRequest): Caller {
  const agent = request.headers['user-agent'];
  return { address: request.ip, agent: agent?.slice(0, 200) ?? null, requestId: request.id };
}

/** Hands out the cookie. It is sent along when somebody follows a link to the host, and not when another site asks in their name. */
export function setSessionCookie({ isSecure }: { isSecure: boolean }, { token }: Begun, reply: FastifyReply): void {
  const secure = isSecure ? true : 'auto';
  reply.setCookie(SESSION_COOKIE, token, { path: '/', httpOnly: true, sameSite: 'lax', secure });
}

function welcome(parts: SessionRoutesParts, begun: Begun, reply: FastifyReply): FastifyReply {
  setSessionCookie(parts, begun, reply);
  const csrfToken = reply.generateCsrf({ userInfo: begun.sessionId });
  return reply.header('cache-control', 'no-store').send({ user: begun.user, csrfToken });
}
