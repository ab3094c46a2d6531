import type { FastifyInstance } from 'fastify';
import { forRole } from './route-access.ts';
import type { Audit, AuditFilter } from './audit.ts';

const tags = ['audit'];

/** Who did what. For admins. */
export function auditRoutes(app: FastifyInstance, audit: Audit): void {
  app.get<{ Querystring: AuditFilter }>(
    '/api/audit',
    {
      config: forRole('admin', 'some'),
      schema: {
        summary: 'Who did what, the newest first',
        tags,
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: {
            instance: { type: 'string' },
            actor: { type: 'string', description: 'Id of a token.' },
            action: { type: 'string', description: 'Such as `sync-job.rewind`.' },
            limit: { type: 'integer', minimum: 1, maximum: 500, default: 50 },
            after: { type: 'integer', minimum: 1, description: '`next` of the page before.' },
          },
        },
      },
    },
    (request) => audit.list(request.query, request.principal.clients),
  );

  app.get(
    '/api/audit/verify',
    {
      config: forRole('admin', 'all'),
      schema: { summary: 'Whether every entry is as it was written: `fault` names the first that is not', tags },
    },
    () => audit.verify(),
  );

  app.get<{ Querystring: { after: number } }>(
    '/api/audit/export',
    {
      config: forRole('admin', 'all'),
      schema: {
        summary: 'The audit as NDJSON, the oldest entry first, with the hashes of the chain',
        description: 'Streamed. `after`: the `seq` of the last entry that was exported before.',
        tags,
        produces: ['application/x-ndjson'],
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: { after: { type: 'integer', minimum: 0, default: 0 } },
        },
      },
    },
    (request, reply) => reply.type('application/x-ndjson').send(audit.export(request.query.after)),
  );
}
