import type { FastifyInstance } from 'fastify';
import { FOR_EVERYBODY } from '../access/index.ts';
import type { HealthReport, Hooks } from '../kernel/index.ts';
import type { VitalSigns } from '../telemetry/index.ts';

/** `/healthz`: the process answers. `/readyz`: it can do its work. Both are for everybody, and name no plugin and no client. */
export function healthRoutes(app: FastifyInstance, hooks: Hooks, vitals: Pick<VitalSigns, 'read'>): void {
  const options = (summary: string) => ({ schema: { summary, tags: ['health'] }, config: FOR_EVERYBODY });

  const { schema, config } = options('The process answers; with `verbose` also what holds it up');
  const querystring = { type: 'object', properties: { verbose: { type: 'string' } }, additionalProperties: false };
  app.get<{ Querystring: { verbose?: string } }>(
    '/healthz',
    { schema: { ...schema, querystring }, config },
    ({ query }) => ({ status: 'ok', ...(query.verbose === undefined ? {} : vitals.read()) }),
  );

  app.get('/readyz', options('The host can do its work'), async (_request, reply) => {
    const report: HealthReport = { problems: [] };
    await hooks.health.promise(report);
    const parts = report.problems.map((problem) => problem.part);
    return parts.length === 0 ? { status: 'ok' } : reply.code(503).send({ status: 'unwell', parts });
  });
}
