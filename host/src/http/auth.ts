// Who asks. A caller is whoever holds a token.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Principal, RouteAccess, Tokens } from '../access/index.ts';
import { Problem } from '../errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call it. Every route says it. */
    access?: RouteAccess;
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
export async function identify(request: FastifyRequest, tokens: Tokens): Promise<Principal> {
  const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (token === undefined) {
    throw new Problem('auth_failed', 'this needs a token', {
      next: 'Send "Authorization: Bearer <token>"; the admin token was printed when the host started first.',
    });
  }
  const principal = await tokens.verify(token);
  if (principal !== undefined) return principal;
  throw new Problem('auth_failed', 'the token is not known', {
    next: 'Check the token, or set JACKFIELD_ADMIN_TOKEN and start the host again.',
  });
}

export interface DeclaredRoute {
  readonly method: string;
  readonly url: string;
  readonly access: RouteAccess;
}

/** Every route that is added from now on, with who may call it. @throws when one does not say it. */
export function demandDeclarations(app: FastifyInstance): void {
  const declared: DeclaredRoute[] = [];
  app.decorate('declaredRoutes', declared);
  app.addHook('onRoute', ({ method, url, config }) => {
    const methods = [method].flat();
    if (config?.access === undefined)
      throw new Error(`route ${methods.join(', ')} ${url} does not say who may call it: give it config: forRole(…)`);
    for (const one of methods) declared.push({ method: one, url, access: config.access });
  });
}
