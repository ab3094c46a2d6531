import type { FastifyInstance } from 'fastify';
import { forRole } from '../../access/index.ts';
import type { Parities } from '../parity-report.ts';

export function parityRoutes(
  app: FastifyInstance,
  { parities, plugins }: { readonly parities: Parities; readonly plugins: () => readonly string[] },
): void {
  app.get<{ Querystring: { plugin?: string } }>(
    '/api/legacy/parity',
    {
      config: forRole('admin', 'all'),
      schema: {
        summary: 'Where the old tables say something else of a plugin than there is here',
        description:
          'By table, key and field; of secrets that differ only that they do. `answer/…`: a column that the old API would answer ' +
          'differently. Rows in the quarantine are none: see there. A plugin moves to the mode `plugin` when it has no differences.',
        tags: ['legacy'],
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: {
            plugin: { type: 'string', maxLength: 40, description: 'Left out: of all that are installed.' },
          },
        },
      },
    },
    async ({ query }) => {
      const reports = await parities(query.plugin === undefined ? plugins() : [query.plugin]);
      return { plugins: [...reports].map(([plugin, report]) => ({ plugin, ...report })) };
    },
  );
}
