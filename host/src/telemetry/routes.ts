import type { FastifyInstance } from 'fastify';
import { forRole } from '../access/index.ts';
import type { Metrics } from './metrics.ts';

/** `/metrics` names instances, which are of all clients: a token for whoever scrapes it is not limited to some. */
export function metricsRoute(app: FastifyInstance, metrics: Metrics): void {
  const schema = {
    summary: "The host's metrics, in Prometheus' text format",
    tags: ['health'],
    response: { 200: { description: 'Metrics', content: { 'text/plain': { schema: { type: 'string' } } } } },
  };
  app.get('/metrics', { schema, config: forRole('engineer', 'all') }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  );
}
