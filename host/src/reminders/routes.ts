import type { FastifyInstance } from 'fastify';
import { forRole } from '../access/index.ts';
import { type ReminderFilter, STATES } from './listing.ts';
import type { Reminders } from './reminders.ts';

const tags = ['reminders'];

/** PostgreSQL has no text with a NUL in it. */
const text = { type: 'string', pattern: String.raw`^[^\0]*$` } as const;

const querystring = {
  type: 'object',
  additionalProperties: false,
  properties: {
    client: { ...text, description: 'Only those of this client.' },
    contract: { ...text, description: 'Only those of this contract.' },
    state: { enum: [...STATES], description: 'Only those in this state.' },
    limit: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
    before: { type: 'integer', minimum: 1, maximum: 2_147_483_647, description: '`next` of the page before.' },
  },
} as const;

const byId = {
  type: 'object',
  properties: { id: { type: 'integer', minimum: 1, maximum: 2_147_483_647, description: 'Reminder id.' } },
} as const;

/** The ledger of contract reminders. */
export function reminderRoutes(app: FastifyInstance, reminders: Reminders): void {
  app.get<{ Querystring: ReminderFilter }>(
    '/api/reminders',
    {
      config: forRole('user', 'some'),
      schema: {
        summary: 'The contract reminders, the newest first',
        description:
          'One for each contract, end and threshold. `code` and `detail` say why one is not done; `next` asks for the next page.',
        tags,
        querystring,
      },
    },
    async (request) => {
      const { limit } = request.query;
      const page = await reminders.list({ ...request.query, limit: limit + 1 }, request.principal.clients);
      const shown = page.slice(0, limit);
      return { reminders: shown, next: page.length > limit ? shown.at(-1)?.id : null };
    },
  );

  app.post(
    '/api/reminders/run',
    {
      config: forRole('manager', 'all'),
      schema: {
        summary: 'Looks for contracts that end, and reminds, without waiting for the next tick',
        description: 'Answers when it is through, with what came of it.',
        tags,
      },
    },
    () => reminders.run(),
  );

  app.post<{ Params: { id: number } }>(
    '/api/reminders/:id/retry',
    {
      config: forRole('manager', 'reminder'),
      schema: {
        summary: 'Tries a reminder again at the next tick',
        description: 'Of one that failed, waits, or was skipped; it is sent with the same key, so never twice.',
        tags,
        params: byId,
      },
    },
    ({ params, principal }) => reminders.retry(params.id, principal.clients),
  );
}
