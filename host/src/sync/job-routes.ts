import type { FastifyInstance } from 'fastify';
import { actorOf, forRole } from '../access/index.ts';
import type { ScheduleKey, ScheduleKind } from './schedule-rows.ts';
import type { JobPatch, SyncJobs } from './sync-jobs.ts';

const tags = ['sync'];
const params = {
  type: 'object',
  properties: {
    id: { type: 'string', description: 'Instance id.' },
    stream: { type: 'string', description: 'Stream id.' },
  },
} as const;
const kind = {
  enum: ['read', 'census'],
  default: 'read',
  description: '`read`: what is new. `census`: what is gone.',
} as const;
const querystring = { type: 'object', additionalProperties: false, properties: { kind } } as const;

interface JobRequest {
  Params: { id: string; stream: string };
  Querystring: { kind: ScheduleKind };
}

function keyOf(request: { params: JobRequest['Params']; query: JobRequest['Querystring'] }): ScheduleKey {
  return { instanceId: request.params.id, stream: request.params.stream, kind: request.query.kind };
}

const PAGE = 50;
const PAGE_MOST = 500;
const limit = { type: 'integer', minimum: 1, maximum: PAGE_MOST, default: PAGE } as const;

/** Sync jobs of an instance. */
export function syncJobRoutes(app: FastifyInstance, jobs: SyncJobs): void {
  app.get<{ Params: { id: string } }>(
    '/api/instances/:id/sync-jobs',
    {
      config: forRole('user', 'instance'),
      schema: { summary: 'The sync jobs of an instance, each with its last run', tags, params },
    },
    async (request) => ({ jobs: await jobs.list(request.params.id, request.principal.clients) }),
  );

  app.patch<JobRequest & { Body: JobPatch }>(
    '/api/instances/:id/sync-jobs/:stream',
    {
      config: forRole('engineer', 'instance'),
      schema: {
        summary: 'Changes when a stream is read; switching it on lets a paused one go on',
        tags,
        params,
        querystring,
        body: {
          type: 'object',
          additionalProperties: false,
          properties: {
            enabled: { type: 'boolean' },
            everyMs: { type: 'integer', minimum: 1000, maximum: 31_536_000_000, description: 'Milliseconds.' },
            cron: { type: 'string', minLength: 1, maxLength: 100, description: 'Five or six fields, in UTC.' },
          },
        },
      },
    },
    (request) => jobs.patch(keyOf(request), request.body, actorOf(request)),
  );

  app.post<JobRequest>(
    '/api/instances/:id/sync-jobs/:stream/run',
    { config: forRole('engineer', 'instance'), schema: { summary: 'Reads a stream now', tags, params, querystring } },
    async (request, reply) => {
      const { runId } = await jobs.run(keyOf(request), actorOf(request));
      return reply.code(202).header('location', `/api/runs/${runId}`).send({ runId });
    },
  );

  cursorRoutes(app, jobs);
}

/** Where reads started, and going back. */
function cursorRoutes(app: FastifyInstance, jobs: SyncJobs): void {
  app.get<JobRequest & { Querystring: { limit: number } }>(
    '/api/instances/:id/sync-jobs/:stream/cursors',
    {
      config: forRole('user', 'instance'),
      schema: {
        summary: 'Where the reads of a stream started, the newest first',
        tags,
        params,
        querystring: { ...querystring, properties: { kind, limit } },
      },
    },
    async (request) => ({
      cursors: await jobs.cursors(keyOf(request), request.query.limit, request.principal.clients),
    }),
  );

  app.post<JobRequest & { Body: { cursor: number | null } }>(
    '/api/instances/:id/sync-jobs/:stream/rewind',
    {
      config: forRole('admin', 'instance'),
      schema: {
        summary: 'Goes back to an earlier cursor, or to the start, and reads from there; for admins',
        tags,
        params,
        querystring,
        body: {
          type: 'object',
          additionalProperties: false,
          required: ['cursor'],
          properties: {
            cursor: {
              type: ['integer', 'null'],
              description: 'Id of a cursor in the history; null: everything again.',
            },
          },
        },
      },
    },
    (request) => jobs.rewind(keyOf(request), request.body.cursor, actorOf(request)),
  );
}
