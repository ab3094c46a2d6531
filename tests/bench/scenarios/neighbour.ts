import { buildTestPlugin, queryPlugin } from '../../support/plugins.ts';
import { SIGNED_IN, startAlertHost } from '../support/alert-host.ts';
import { ask, load, openPool } from '../support/load.ts';
import { startProgram } from '../support/program.ts';
import { inTurn, type Sample, type Scenario } from '../support/scenario.ts';

/** What a plugin does that hurts. Crashes make a circuit open: each is done on instances of its own, one after the other. */
const HARM = `switch (params.mode) {
  case 'spin': for (;;);
  case 'flood': for (const held = []; ; ) held.push(new Array(100_000).fill(held.length));
  case 'crash': setTimeout(() => { throw new Error('late'); }); await new Promise(() => {});
}`;
const MODES = ['spin', 'flood', 'crash'] as const;
const VICTIMS = 60;

export default {
  work: 'a healthy plugin asked over four connections while another spins, floods its memory and crashes, again and again',
  baseline: 'the same while the other is silent',
  async run(bench) {
    const vendor = bench.stack.use(await startProgram('alert-vendor'));
    const hostile = bench.stack.use(
      await buildTestPlugin(queryPlugin(HARM, { name: 'hostile', deadline: 1000 }), { name: 'hostile' }),
    );
    const host = await startAlertHost(bench, vendor.url, [hostile]);
    for (let n = 0; n < VICTIMS; n += 1)
      await host.send('POST', '/api/instances', { id: `victim-${n}`, plugin: 'hostile', name: 'Victim', config: {} });
    const pool = openPool(host.url, MODES.length);
    bench.stack.defer(() => pool.close());
    const ms = bench.quick ? 800 : 4000;
    const healthy = async (atLeast: number): Promise<Sample> => {
      const path = '/api/instances/acme/queries/alerts';
      const result = await load({ url: host.url, path, headers: SIGNED_IN, connections: 4, ms, atLeast });
      if (result.errors > 0) throw new Error(`${result.errors} of ${result.requests} were not answered`);
      return { p99: result.p99, p50: result.p50 };
    };
    let next = 0;
    let harmed = 0;
    const { jackfield, baseline } = await inTurn(
      bench.pairs,
      async (pair) => {
        const over = new AbortController();
        const harm = async (mode: string): Promise<void> => {
          while (!over.signal.aborted) {
            const victim = `victim-${next++ % VICTIMS}`;
            const { status } = await ask(pool, `/api/instances/${victim}/queries/q?mode=${mode}`, SIGNED_IN);
            if (status !== 429) harmed += 1;
          }
        };
        const going = Promise.all(MODES.map(harm));
        const sample = await healthy(pair < 0 ? 1000 : 200);
        over.abort();
        await going;
        return sample;
      },
      () => healthy(200),
    );
    if (harmed < MODES.length * bench.pairs) throw new Error(`the neighbour did harm ${harmed} times only`);
    bench.add({
      ...{ what: 'p99', unit: 'ms', jackfield: jackfield('p99'), baseline: baseline('p99') },
      goal: { of: 'ratio', is: 'at most', limit: 1.5 },
    });
    bench.add({ what: 'median', unit: 'ms', jackfield: jackfield('p50'), baseline: baseline('p50') });
  },
} satisfies Scenario;
