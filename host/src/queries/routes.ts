import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../errors.ts';
import { bodyOf, encodingOf, FORMATS, type Format } from './formats.ts';
import type { Queries, QueryRequest } from './queries.ts';

const pathParams = {
  type: 'object',
  properties: {
    id: { type: 'string', description: 'Instance id.' },
    query: { type: 'string', description: 'Query id.' },
  },
} as const;

const RESULT = { $ref: '#/components/schemas/QueryResult' } as const;
const TEXT = { type: 'string' } as const;
const response = {
  200: {
    description:
      'The rows, streamed. JSON ends with `meta`, or with `error` when the run broke off; NDJSON ends with an `error` line in that case; a CSV answer that breaks off is cut.',
    content: {
      'application/json': { schema: RESULT },
      'application/x-ndjson': { schema: TEXT },
      'text/csv': { schema: TEXT },
    },
  },
} as const;

/** Queries of an instance: the list, and running one. */
export function queryRoutes(app: FastifyInstance, queries: Queries): void {
  app.get<{ Params: { id: string } }>(
    '/api/instances/:id/queries',
    { schema: { summary: 'The queries of an instance', tags: ['queries'], params: pathParams } },
    async (request) => ({ queries: await queries.list(request.params.id) }),
  );

  app.get<{ Params: { id: string; query: string }; Querystring: Record<string, unknown> }>(
    '/api/instances/:id/queries/:query',
    {
      schema: {
        summary: 'Runs a query; params are in the URL',
        tags: ['queries'],
        params: pathParams,
        querystring: { type: 'object', additionalProperties: true },
        response,
      },
    },
    (request, reply) => answer(queries, request, reply, request.query, 'url'),
  );

  app.post<{ Params: { id: string; query: string }; Body: { params?: Record<string, unknown> } | null }>(
    '/api/instances/:id/queries/:query',
    {
      schema: {
        summary: 'Runs a query; params are in the body',
        tags: ['queries'],
        params: pathParams,
        body: {
          type: ['object', 'null'],
          additionalProperties: false,
          properties: { params: { type: 'object', additionalProperties: true } },
        },
        response,
      },
    },
    (request, reply) => answer(queries, request, reply, request.body?.params ?? {}, 'json'),
  );
}

async function answer(
  queries: Queries,
  request: FastifyRequest<{ Params: { id: string; query: string } }>,
  reply: FastifyReply,
  params: Record<string, unknown>,
  source: QueryRequest['source'],
): Promise<FastifyReply> {
  const format = chooseFormat(request);
  const { id, query } = request.params;
  const gone = new AbortController();
  // Readable.from would wait for the rows it has asked for before it notices that nobody reads.
  reply.raw.once('close', () => gone.abort());
  const result = await queries.run({
    instanceId: id,
    queryId: query,
    params,
    source,
    encoding: encodingOf(format),
    noCache: /\bno-cache\b/.test(request.headers['cache-control'] ?? ''),
    signal: gone.signal,
  });
  reply.header('content-type', format === 'text/csv' ? 'text/csv; charset=utf-8; header=present' : format);
  reply.header('cache-control', 'no-store');
  reply.header('jackfield-as-of', new Date(result.asOf).toISOString());
  if (result.stale) reply.header('jackfield-stale', result.stale.code);
  return reply.send(Readable.from(bodyOf(format, result, request.id), { objectMode: false }));
}

function chooseFormat(request: FastifyRequest): Format {
  const chosen = request.accepts().type([...FORMATS]);
  if (typeof chosen === 'string') return chosen as Format;
  throw new Problem('params_invalid', `Accept: "${request.headers.accept}" is none of ${FORMATS.join(', ')}`, {
    next: 'Ask for one of these formats.',
  });
}
