import { askInTurn } from '../support/ask-in-turn.ts';
import type { Scenario } from '../support/scenario.ts';

export default {
  work: 'the same query out of the cache, 16 connections',
  baseline: 'Fastify that sends a ready buffer of that size',
  async run(bench) {
    const { jackfield, baseline } = await askInTurn(bench, {
      ours: '/api/instances/acme/queries/cached',
      theirs: '/ready',
      // V8's threads still compile after 20,000, of both; after 50,000 they are silent.
      warmUp: 50_000,
    });
    bench.add({
      ...{ what: 'requests', unit: '1/s', jackfield: jackfield('perSecond'), baseline: baseline('perSecond') },
      goal: { of: 'ratio', is: 'at least', limit: 0.8 },
    });
    bench.add({ what: 'CPU per request', unit: 'ms', jackfield: jackfield('cpu'), baseline: baseline('cpu') });
    bench.add({ what: 'p99', unit: 'ms', jackfield: jackfield('p99'), baseline: baseline('p99') });
  },
} satisfies Scenario;
