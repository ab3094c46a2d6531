import type { FastifyInstance } from 'fastify';
import { actorOf, forRole } from '../access/index.ts';
import type { KeyRotation } from './rotation.ts';

const tags = ['keys'];

/** The keys of the stored secrets. For admins. */
export function keyRoutes(app: FastifyInstance, rotation: KeyRotation): void {
  app.get(
    '/api/keys',
    {
      config: forRole('admin', 'all'),
      schema: {
        summary: 'What the secrets are sealed with, and how far a rotation is',
        description: 'Ids and counts; a key itself is never answered.',
        tags,
      },
    },
    () => rotation.status(),
  );

  app.post<{ Body: { dataKeys?: boolean; masterKey?: boolean } | undefined }>(
    '/api/keys/rotate',
    {
      config: forRole('admin', 'all'),
      schema: {
        summary: 'Begins to seal everything with new keys, while the hosts work',
        description:
          'A host that dies leaves it to another one, or to itself when it starts again. On PostgreSQL a new master key comes from whoever runs the hosts; on the embedded database the host makes one and puts it into its key file.',
        tags,
        body: {
          type: 'object',
          additionalProperties: false,
          properties: {
            dataKeys: { type: 'boolean', default: true, description: 'Every client gets a new data key.' },
            masterKey: { type: 'boolean', default: false, description: 'A new master key seals the data keys.' },
          },
        },
      },
    },
    async (request, reply) => {
      const { dataKeys = true, masterKey = false } = request.body ?? {};
      return reply.code(202).send(await rotation.begin({ dataKeys, masterKey }, actorOf(request)));
    },
  );
}
