import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { forRole, onlyAsking } from '../access/index.ts';
import type { Limits } from '../limits.ts';
import { answeringOf, sendResult } from './answer.ts';
import type { Queries } from './queries.ts';
import type { FanOutRequest, QueryRequest } from './request.ts';

const query = { type: 'string', description: 'Query id.' } as const;
const ofInstance = {
  type: 'object',
  properties: { id: { type: 'string', description: 'Instance id.' }, query },
} as const;
const ofPlugin = {
  type: 'object',
  properties: { plugin: { type: 'string', description: 'Plugin name.' }, query },
} as const;
const params = { type: 'object', additionalProperties: true } as const;

const RESULT = { $ref: '#/components/schemas/QueryResult' } as const;
const TEXT = { type: 'string' } as const;
const rows = (description: string): object => ({
  200: {
    description,
    content: {
      'application/json': { schema: RESULT },
      'application/x-ndjson': { schema: TEXT },
      'text/csv': { schema: TEXT },
    },
  },
});
const response = rows(
  'The rows, streamed. JSON ends with `meta`, or with `error` when the run broke off; NDJSON ends with an `error` line in that case; a CSV answer that breaks off is cut.',
);
const manyResponse = rows(
  'The rows, streamed as they come; each begins with `instance`, the id of its instance, or with what `per` says. A synced query is one statement over all of them. The status is 200 even when every instance failed: JSON says in `meta.instances` what became of each. ' +
    'When some are stale or failed, NDJSON ends with a line `{"instances":[…]}` that says the same, and CSV with a record of one cell for each of them: `# <id> <state>: <code>`. ' +
    'Where columns come with the answers, JSON has `columns` after `rows`, and CSV has those of the first instance to answer: others fail with `conflict`.',
);

type ById = { Params: { id: string; query: string } };
interface ManyBody {
  readonly per?: FanOutRequest['per'];
  readonly params?: Record<string, unknown>;
  readonly instances?: string[];
  readonly deadlineMs?: number;
}

/** Queries: the list of an instance, running one there, and running one over many instances. */
export function queryRoutes(app: FastifyInstance, queries: Queries, limits: Limits['fanOut']): void {
  app.get<{ Params: { id: string } }>(
    '/api/instances/:id/queries',
    {
      config: forRole('user', 'instance'),
      schema: {
        summary: 'The queries of an instance, with the role that each needs',
        tags: ['queries'],
        params: ofInstance,
      },
    },
    async (request) => ({ queries: await queries.list(request.params.id, request.principal.clients) }),
  );

  app.get<ById & { Querystring: Record<string, unknown> }>(
    '/api/instances/:id/queries/:query',
    {
      config: forRole('user', 'instance'),
      schema: {
        summary: 'Runs a query; params are in the URL',
        tags: ['queries'],
        params: ofInstance,
        // Without `properties` the document takes the keywords for parameters.
        querystring: { type: 'object', additionalProperties: true, properties: {} },
        response,
      },
    },
    (request, reply) => answerOne(queries, request, reply, request.query, 'url'),
  );

  app.post<ById & { Body: { params?: Record<string, unknown> } | null }>(
    '/api/instances/:id/queries/:query',
    {
      config: onlyAsking(forRole('user', 'instance')),
      schema: {
        summary: 'Runs a query; params are in the body',
        tags: ['queries'],
        params: ofInstance,
        body: { type: ['object', 'null'], additionalProperties: false, properties: { params } },
        response,
      },
    },
    (request, reply) => answerOne(queries, request, reply, request.body?.params ?? {}, 'json'),
  );

  app.post<{ Params: { plugin: string; query: string }; Body: ManyBody | null }>(
    '/api/plugins/:plugin/queries/:query',
    {
      config: onlyAsking(forRole('user', 'some')),
      schema: {
        summary: 'Runs a query over many instances of a plugin',
        tags: ['queries'],
        params: ofPlugin,
        body: manyBody(limits),
        response: manyResponse,
      },
    },
    (request, reply) => answerMany(queries, request, reply),
  );
}

function manyBody(limits: Limits['fanOut']): object {
  return {
    type: ['object', 'null'],
    additionalProperties: false,
    properties: {
      params,
      instances: {
        type: 'array',
        maxItems: limits.instances,
        uniqueItems: true,
        items: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,62}$' },
        description:
          'Instance ids. Left out: every enabled instance of the plugin. One that is disabled or not there is named as failed; one of another plugin is refused.',
      },
      per: {
        enum: ['instance', 'client', 'all'],
        description:
          'Of a synced query, what a row is of: an instance (the first column is `instance`), a client (`client`, its id), or all together. Left out: what the query says.',
      },
      deadlineMs: {
        type: 'integer',
        minimum: 1,
        description:
          "How long to wait for each instance, in milliseconds, from when it is asked. The query's own deadline holds all the same.",
      },
    },
  };
}

async function answerOne(
  queries: Queries,
  request: FastifyRequest<ById>,
  reply: FastifyReply,
  params: Record<string, unknown>,
  source: QueryRequest['source'],
): Promise<FastifyReply> {
  const answering = answeringOf(request, reply);
  const { id, query } = request.params;
  const result = await queries.run({ ...answering.asking, instanceId: id, queryId: query, params, source });
  reply.header('jackfield-as-of', new Date(result.asOf).toISOString());
  if (result.stale) reply.header('jackfield-stale', result.stale.code);
  return sendResult(result, answering, request, reply);
}

async function answerMany(
  queries: Queries,
  request: FastifyRequest<{ Params: { plugin: string; query: string }; Body: ManyBody | null }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const answering = answeringOf(request, reply);
  const { plugin, query } = request.params;
  const { params = {}, instances, deadlineMs, per } = request.body ?? {};
  const asking = { ...answering.asking, plugin, queryId: query, params, source: 'json' } as const;
  const result = await queries.fanOut({ ...asking, instanceIds: instances, deadlineMs, per });
  return sendResult(result, answering, request, reply);
}
