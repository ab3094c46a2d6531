// Who asks: a program with a token, or a person in a session.
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyRequest, FastifySchema } from 'fastify';
import { type Access, EMBED_PREFIX, type Principal, type RouteAccess, SESSION_COOKIE } from '../access/index.ts';
import { Problem } from '../errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call it. Every route says it. */
    access?: RouteAccess;
    onlyAsks?: true;
  }

  interface FastifyInstance {
    readonly declaredRoutes: readonly DeclaredRoute[];
  }

  interface FastifyRequest {
    /** Who asks. Not set where {@link FastifyContextConfig.access} is `everybody`. */
    principal: Principal;
  }
}

/** @throws Problem `auth_failed` when nobody is known by what the request shows. */
export async function identify(request: FastifyRequest, { tokens, sessions, embeds }: Access): Promise<Principal> {
  const { authorization } = request.headers;
  // Whoever sends one means it, and a cookie that comes along counts for nothing.
  if (authorization !== undefined && authorization !== '') {
    const token = bearerOf(request.headers);
    const known = token?.startsWith(EMBED_PREFIX) ? embeds : tokens;
    const principal = token === undefined ? undefined : await known.verify(token);
    if (principal !== undefined) return principal;
    throw new Problem('auth_failed', 'the token is not known, or not any more', {
      next: 'Send "Authorization: Bearer <token>" with a token that has not expired. JACKFIELD_ADMIN_TOKEN sets an admin\u2019s.',
    });
  }
  const cookie = request.cookies[SESSION_COOKIE];
  const principal = cookie === undefined ? undefined : await sessions.verify(cookie);
  if (principal !== undefined) return principal;
  throw new Problem('auth_failed', cookie === undefined ? 'this needs a token or a session' : 'the session is over', {
    next: 'Sign in: POST /api/session. Programs send "Authorization: Bearer <token>".',
  });
}

/** The same that the cookie plugin finds, for who asks before it does. */
export function sessionOf(app: FastifyInstance, { cookie }: IncomingHttpHeaders): string | undefined {
  return cookie === undefined ? undefined : app.parseCookie(cookie)[SESSION_COOKIE];
}

/** Undefined when there is none, or it is of another kind. */
export function bearerOf({ authorization = '' }: IncomingHttpHeaders): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization)?.[1];
}

export interface DeclaredRoute {
  readonly method: string;
  readonly url: string;
  readonly access: RouteAccess;
  /** What it takes and answers. */
  readonly schema: FastifySchema;
}

/** Every route that is added from now on, with who may call it. @throws when one does not say it. */
export function demandDeclarations(app: FastifyInstance): void {
  const declared: DeclaredRoute[] = [];
  app.decorate('declaredRoutes', declared);
  app.addHook('onRoute', ({ method, url, config, schema = {} }) => {
    const methods = [method].flat();
    if (config?.access === undefined)
      throw new Error(`route ${methods.join(', ')} ${url} does not say who may call it: give it config: forRole(…)`);
    for (const one of methods) declared.push({ method: one, url, access: config.access, schema });
  });
}
