import type { FastifyInstance } from 'fastify';
import { forRole } from '../../access/index.ts';
import type { Callers } from '../api/callers.ts';
import type { StepInput, Steps } from './steps.ts';

const tags = ['legacy'];

/** The move out of the old tables, and who still calls the old API. For admins. */
export function moveRoutes(app: FastifyInstance, steps: Steps, callers: Pick<Callers, 'list'>): void {
  app.get(
    '/api/legacy/modes',
    {
      config: forRole('admin', 'all'),
      schema: {
        summary: 'How far the move of each plugin is',
        description:
          '`mode` is `legacy` (the old tables rule), `dual` (every write lands in both shapes, and `primary` answers the old API) or ' +
          '`plugin` (the old API is gone).',
        tags,
      },
    },
    async () => ({ plugins: await steps.status() }),
  );

  app.put<{ Params: { plugin: string }; Body: StepInput }>(
    '/api/legacy/modes/:plugin',
    {
      config: forRole('admin', 'all'),
      schema: {
        summary: 'Takes one step of a plugin’s move, forwards or back',
        description:
          'The steps are `legacy`, `dual` with `primary: "legacy"`, `dual` with `primary: "plugin"`, `plugin`. Into `dual` every row has to be ' +
          'imported or in the quarantine; into `plugin` both shapes have to say the same.',
        tags,
        params: {
          type: 'object',
          properties: {
            plugin: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,39}$', description: 'Name of a plugin.' },
          },
        },
        body: {
          type: 'object',
          additionalProperties: false,
          required: ['mode'],
          properties: {
            mode: { enum: ['legacy', 'dual', 'plugin'] },
            primary: { enum: ['legacy', 'plugin'], description: 'Of `dual`; left out: `legacy`.' },
            sunsetAt: {
              type: 'string',
              format: 'date-time',
              description:
                'When the old API says that it will be gone. Left out: what was said before, else half a year from now.',
            },
          },
        },
      },
    },
    ({ params, body }) => steps.take(params.plugin, body),
  );

  app.get(
    '/api/legacy/callers',
    {
      config: forRole('admin', 'all'),
      schema: { summary: 'Who calls the old API: by route and token or user, the last first', tags },
    },
    async () => ({ callers: await callers.list() }),
  );
}
