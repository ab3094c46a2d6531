import type { FastifyInstance } from 'fastify';
import { actorOf, forRole } from '../access/index.ts';
import { RUN_STATES, type RunState } from './run-rows.ts';
import type { ScheduleKind } from './schedule-rows.ts';
import type { SyncRuns } from './sync-runs.ts';

const tags = ['sync'];
const params = { type: 'object', properties: { run: { type: 'string', description: 'Run id.' } } } as const;
const limit = { type: 'integer', minimum: 1, maximum: 500, default: 50 } as const;

/** Runs of all sync jobs. */
export function runRoutes(app: FastifyInstance, runs: SyncRuns): void {
  app.get<{
    Querystring: {
      instance?: string;
      plugin?: string;
      stream?: string;
      kind?: ScheduleKind;
      state?: RunState;
      limit: number;
      after?: string;
    };
  }>(
    '/api/runs',
    {
      config: forRole('user', 'some'),
      schema: {
        summary: 'Runs, the newest first',
        tags,
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: {
            instance: { type: 'string' },
            plugin: { type: 'string' },
            stream: { type: 'string' },
            kind: { enum: ['read', 'census'] },
            state: { enum: RUN_STATES },
            limit,
            after: { type: 'string', description: '`next` of the page before.' },
          },
        },
      },
    },
    (request) => runs.list(request.query, request.principal.clients),
  );

  app.get<{ Params: { run: string } }>(
    '/api/runs/:run',
    { config: forRole('user', 'run'), schema: { summary: 'One run', tags, params } },
    (request) => runs.get(request.params.run, request.principal.clients),
  );

  app.post<{ Params: { run: string } }>(
    '/api/runs/:run/cancel',
    { config: forRole('engineer', 'run'), schema: { summary: 'Asks for the end of a run', tags, params } },
    async (request, reply) => reply.code(202).send(await runs.cancel(request.params.run, actorOf(request))),
  );
}
