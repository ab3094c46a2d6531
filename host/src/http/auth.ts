// Until people can sign in, there is one kind of caller: whoever holds an admin token. Only health answers without one.
import type { FastifyInstance } from 'fastify';
import type { Tokens } from '../access/index.ts';
import { Problem } from '../errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers without a token. */
    isPublic?: boolean;
  }
}

export function requireToken(app: FastifyInstance, tokens: Tokens): void {
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.isPublic) return;
    const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    if (token === undefined) {
      throw new Problem('auth_failed', 'this needs a token', {
        next: 'Send "Authorization: Bearer <token>"; the admin token was printed when the host started first.',
      });
    }
    if ((await tokens.verify(token)) === undefined) {
      throw new Problem('auth_failed', 'the token is not known', {
        next: 'Check the token, or set JACKFIELD_ADMIN_TOKEN and start the host again.',
      });
    }
  });
}
