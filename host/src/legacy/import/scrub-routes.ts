import type { FastifyInstance } from 'fastify';
import { actorOf, forRole } from '../../access/index.ts';
import type { Scrub } from './scrub.ts';

export function scrubRoutes(app: FastifyInstance, scrub: Scrub): void {
  app.post<{ Body: { confirm: 'scrub' } }>(
    '/api/legacy/scrub',
    {
      config: forRole('admin', 'all'),
      schema: {
        summary: 'Takes the plain secrets out of the old tables, those of which the same is sealed here',
        description:
          'Masks stay in their places. What is not sealed, or belongs to a plugin that has not begun to move, stays and is listed in `left`.',
        tags: ['legacy'],
        body: {
          type: 'object',
          additionalProperties: false,
          required: ['confirm'],
          properties: {
            confirm: { const: 'scrub', description: 'The old program cannot sign in with them any more.' },
          },
        },
      },
    },
    (request) => scrub(actorOf(request)),
  );
}
