import type { FastifyInstance } from 'fastify';
import { Problem } from '../../errors.ts';
import { answeringOf, sendResult } from '../../queries/index.ts';
import type { OldAsking } from './asking.ts';
import { byId, oldRoute } from './old-routes.ts';
import { type RecordRouteParts, recordRoutes } from './record-routes.ts';
import type { Records } from './records.ts';

type ById = { Params: { id: number } };
type Parameters = Record<string, unknown>;
type RunQuery = {
  Params: { id: number; queryId: string };
  Body: { parameters?: Parameters; params?: Parameters } | null;
};

export interface SystemRouteParts extends RecordRouteParts {
  readonly systems: Records;
  readonly instances: Records;
  readonly asking: OldAsking;
}

/** Systems and their instances, and what can be asked of them. */
export function systemRoutes(app: FastifyInstance, parts: SystemRouteParts): void {
  const { systems, instances, asking, gate } = parts;
  recordRoutes(app, '/api/external-systems', systems, parts);
  recordRoutes(app, '/api/external-system-instances', instances, parts);
  const instance = { table: instances.table, twin: instances.twin, id: 'id' } as const;

  oldRoute<ById>(app, gate, 'POST /api/external-systems/:id/test-connection', {
    role: 'manager',
    about: 'external-system',
    subject: { table: systems.table, twin: systems.twin, id: 'id' },
    schema: { summary: 'Tests the connection of an external system', params: byId },
    async handle({ params, principal }) {
      const report = await asking.test(params.id, principal);
      return { success: report.ok, ...report, response_time: report.elapsedMs, responseTime: report.elapsedMs };
    },
  });

  oldRoute<ById>(app, gate, 'GET /api/external-system-instances/:id/queries', {
    role: 'user',
    about: 'external-instance',
    subject: instance,
    schema: { summary: 'The default queries of an instance', params: byId },
    handle: ({ params, principal }) => asking.queries(params.id, principal.clients),
  });

  oldRoute<RunQuery>(app, gate, 'POST /api/external-system-instances/:id/query/:queryId', {
    role: 'user',
    about: 'external-instance',
    subject: instance,
    schema: {
      summary: 'Runs a query; streamed',
      params: { ...byId, properties: { ...byId.properties, queryId: { type: 'string' } } },
      body: {
        type: ['object', 'null'],
        additionalProperties: true,
        properties: { parameters: { type: 'object' }, params: { type: 'object' } },
      },
    },
    async handle(request, reply) {
      const { id, queryId } = request.params;
      const answering = answeringOf(request, reply);
      const { parameters, params } = request.body ?? {};
      if (parameters !== undefined && params !== undefined) throw twice();
      const result = await asking.run(id, queryId, parameters ?? params ?? {}, answering.asking);
      return sendResult(result, answering, request, reply);
    },
  });
}

function twice(): Problem {
  const errors = [{ pointer: '/params', message: 'is what parameters is: send one of the two' }];
  return new Problem('params_invalid', 'the parameters were sent twice', { errors });
}
