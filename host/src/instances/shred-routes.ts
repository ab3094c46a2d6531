import type { FastifyInstance } from 'fastify';
import { forRole } from '../access/index.ts';
import type { Shred } from './shredding.ts';

export function shredRoutes(app: FastifyInstance, shred: Shred): void {
  app.post<{ Params: { id: string }; Body: { confirm: string } }>(
    '/api/clients/:id/shred',
    {
      config: forRole('admin', 'client'),
      schema: {
        summary: 'Destroys the keys of a client: its stored secrets can never be read again, nor can copies of them',
        description:
          'Its instances are disabled. A copy of the database from before still holds the keys, sealed with the master key: rotate that, and destroy the old one. Secrets can be set anew.',
        tags: ['clients'],
        params: { type: 'object', properties: { id: { type: 'string', description: 'Client id.' } } },
        body: {
          type: 'object',
          additionalProperties: false,
          required: ['confirm'],
          properties: { confirm: { type: 'string', description: 'The id of the client once more.' } },
        },
      },
    },
    (request) => shred(request.params.id, request.body.confirm),
  );
}
