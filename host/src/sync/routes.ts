import type { FastifyInstance } from 'fastify';
import { forRole } from '../access/index.ts';
import type { StreamTables } from './stream-tables.ts';

/** Streams of a plugin: where their rows are. */
export function streamRoutes(app: FastifyInstance, tables: StreamTables): void {
  app.get<{ Params: { plugin: string } }>(
    '/api/plugins/:plugin/streams',
    {
      config: forRole('user', 'nobody'),
      schema: {
        summary: 'The streams of a plugin',
        description:
          'Each has a table in the database, named by `schema` and `table`, with the rows of every instance: `instance_id`, the columns, `synced_at`, `deleted_at` and `deleted_reason`. `repair` says why a stream is at rest.',
        tags: ['streams'],
        params: { type: 'object', properties: { plugin: { type: 'string', description: 'Plugin name.' } } },
      },
    },
    async (request) => ({ streams: tables.list(request.params.plugin) }),
  );
}
