import type { FastifyInstance } from 'fastify';
import { FOR_VIEWERS, forRole, onlyAsking } from '../access/index.ts';
import { answeringOf, sendResult } from '../queries/index.ts';
import { daysSchema } from './dashboard-input.ts';
import type { WidgetData } from './data.ts';
import { previewWidgetSchema } from './input.ts';

const tags = ['widgets'];
const pathParams = { type: 'object', properties: { id: { type: 'string', description: 'Widget id.' } } } as const;
const days = { ...daysSchema, description: "Days back, instead of the dashboard's time range and the widget's own." };

const RESULT = { $ref: '#/components/schemas/QueryResult' } as const;
const TEXT = { type: 'string' } as const;
const response = {
  200: {
    description:
      'The rows of every instance, streamed as they come; each begins with `instance`, the id of its instance. `meta.instances` says ' +
      'which are stale or failed, and why. `columns` has every column of the query or view; `shows.columns` of the widget says which ' +
      'to show.',
    content: {
      'application/json': { schema: RESULT },
      'application/x-ndjson': { schema: TEXT },
      'text/csv': { schema: TEXT },
    },
  },
} as const;
const summary = "A widget's data";
const description =
  'A widget whose plugin, template or instances are gone answers `gone`; one that has no instances yet answers `not_found`.';

type ById = { Params: { id: string } };
interface DataBody {
  readonly params?: Record<string, unknown>;
  readonly days?: number;
}

/** What widgets show. */
export function dataRoutes(app: FastifyInstance, data: WidgetData): void {
  app.get<ById & { Querystring: { days?: number } }>(
    '/api/widgets/:id/data',
    {
      config: FOR_VIEWERS,
      schema: {
        summary,
        description,
        tags,
        params: pathParams,
        querystring: { type: 'object', additionalProperties: false, properties: { days } },
        response,
      },
    },
    async (request, reply) => {
      const answering = answeringOf(request, reply);
      const result = await data.saved(request.params.id, { ...answering.asking, ...request.query }, request.principal);
      return sendResult(result, answering, request, reply);
    },
  );

  app.post<ById & { Body: DataBody | null }>(
    '/api/widgets/:id/data',
    {
      config: onlyAsking(forRole('user', 'widget')),
      schema: {
        summary: `${summary}, with other params for this once`,
        description,
        tags,
        params: pathParams,
        body: {
          type: ['object', 'null'],
          additionalProperties: false,
          properties: {
            params: { type: 'object', additionalProperties: true, description: "Over the widget's own." },
            days,
          },
        },
        response,
      },
    },
    async (request, reply) => {
      const answering = answeringOf(request, reply);
      const result = await data.saved(request.params.id, { ...answering.asking, ...request.body }, request.principal);
      return sendResult(result, answering, request, reply);
    },
  );

  app.post(
    '/api/widgets/preview',
    {
      config: onlyAsking(forRole('user', 'some')),
      schema: { summary: 'The data of a widget that is not saved', tags, body: previewWidgetSchema, response },
    },
    async (request, reply) => {
      const answering = answeringOf(request, reply);
      return sendResult(await data.preview(request.body, answering.asking), answering, request, reply);
    },
  );
}
