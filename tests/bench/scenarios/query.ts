import { askInTurn } from '../support/ask-in-turn.ts';
import type { Scenario } from '../support/scenario.ts';

export default {
  work: 'a vendor answer of 100 rows and 60 KB mapped to six columns, 16 connections, no cache',
  baseline: 'Fastify and undici in one process, without isolation, users or a database',
  async run(bench) {
    const { jackfield, baseline } = await askInTurn(bench, {
      ours: '/api/instances/acme/queries/alerts',
      theirs: '/query',
    });
    bench.add({
      ...{ what: 'requests', unit: '1/s', jackfield: jackfield('perSecond'), baseline: baseline('perSecond') },
      goal: { of: 'ratio', is: 'at least', limit: 0.95 },
    });
    bench.add({
      ...{ what: 'CPU per request', unit: 'ms', jackfield: jackfield('cpu'), baseline: baseline('cpu') },
      goal: { of: 'ratio', is: 'at most', limit: 1.25 },
    });
    bench.add({ what: 'p99', unit: 'ms', jackfield: jackfield('p99'), baseline: baseline('p99') });
  },
} satisfies Scenario;
