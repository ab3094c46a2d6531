import type { FastifyInstance } from 'fastify';
import { FOR_EVERYBODY } from '../access/index.ts';
import type { HealthReport, Hooks } from '../kernel/index.ts';

/** `/healthz`: the process answers. `/readyz`: it can do its work. */
export function healthRoutes(app: FastifyInstance, hooks: Hooks): void {
  const options = (summary: string) => ({ schema: { summary, tags: ['health'] }, config: FOR_EVERYBODY });

  app.get('/healthz', options('The process answers'), () => ({ status: 'ok' }));

  app.get('/readyz', options('The host can do its work'), async (_request, reply) => {
    const report: HealthReport = { problems: [] };
    await hooks.health.promise(report);
    const parts = report.problems.map((problem) => problem.part);
    return parts.length === 0 ? { status: 'ok' } : reply.code(503).send({ status: 'unwell', parts });
  });
}
