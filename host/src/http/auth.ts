// Until people can sign in, a caller is whoever holds a token. Only health answers without one.
import type { FastifyInstance } from 'fastify';
import type { Principal, Tokens } from '../access/index.ts';
import { Problem } from '../errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers without a token. */
    isPublic?: boolean;
  }

  interface FastifyRequest {
    /** Who asks. Not set where {@link FastifyContextConfig.isPublic} says so. */
    principal: Principal;
  }
}

export function requireToken(app: FastifyInstance, tokens: Tokens): void {
  // Fastify gives every request the member in advance, so that all have one shape.
  app.decorateRequest('principal');
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.isPublic) return;
    const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    if (token === undefined) {
      throw new Problem('auth_failed', 'this needs a token', {
        next: 'Send "Authorization: Bearer <token>"; the admin token was printed when the host started first.',
      });
    }
    const principal = await tokens.verify(token);
    if (principal === undefined) {
      throw new Problem('auth_failed', 'the token is not known', {
        next: 'Check the token, or set JACKFIELD_ADMIN_TOKEN and start the host again.',
      });
    }
    request.principal = principal;
  });
}
