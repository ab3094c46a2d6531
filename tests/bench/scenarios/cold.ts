import { SIGNED_IN } from '../support/alert-host.ts';
import { buildAlertPlugin } from '../support/alert-plugin.ts';
import { startMeasuredHost } from '../support/hosts.ts';
import { ask, openPool } from '../support/load.ts';
import { insertInstances } from '../support/plain-instances.ts';
import { pluginCopies } from '../support/plugin-copies.ts';
import { startProgram } from '../support/program.ts';
import { inTurn, type Sample, type Scenario } from '../support/scenario.ts';

/** Starts in one sample: one alone says little. */
const STARTS = 5;

export default {
  work: 'the first query of a plugin that nobody has asked for a while: no thread, no connection to its vendor',
  baseline: 'a bare worker that imports, asks the vendor and answers',
  async run(bench) {
    const vendor = bench.stack.use(await startProgram('alert-vendor'));
    const bare = bench.stack.use(await startProgram('bare-worker', vendor.url));
    const plugin = bench.stack.use(await buildAlertPlugin());
    const plugins = await pluginCopies(plugin, STARTS * (bench.pairs + 1), await bench.makeFolder());
    const host = await startMeasuredHost(bench, { plugins });
    const cold = plugins.map(({ name }) => name);
    // Not over the API: a check of each would start its thread.
    const config = { baseUrl: vendor.url };
    await insertInstances(
      host.databaseUrl,
      cold.map((name) => ({ id: name, plugin: name, config })),
    );
    const measure = async (url: string, pathOf: () => string): Promise<Sample> => {
      const pool = openPool(url, 1);
      let total = 0;
      for (let start = 0; start < STARTS; start += 1) {
        const path = pathOf();
        const startedAt = performance.now();
        const { status } = await ask(pool, path, SIGNED_IN);
        if (status !== 200) throw new Error(`${path}: ${status}`);
        total += performance.now() - startedAt;
      }
      await pool.close();
      return { ms: total / STARTS };
    };
    const { jackfield, baseline } = await inTurn(
      bench.pairs,
      () => measure(host.url, () => `/api/instances/${cold.pop()}/queries/alerts`),
      () => measure(bare.url, () => '/'),
    );
    bench.add({
      ...{ what: 'first answer', unit: 'ms', jackfield: jackfield('ms'), baseline: baseline('ms') },
      goal: { of: 'ratio', is: 'at most', limit: 1.5 },
    });
  },
} satisfies Scenario;
