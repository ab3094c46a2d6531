import { buildRelease, carryOut, upload } from '../../lifecycle/releases.ts';
import { SIGNED_IN } from '../support/alert-host.ts';
import { startMeasuredHost } from '../support/hosts.ts';
import { load } from '../support/load.ts';
import { startProgram } from '../support/program.ts';
import { inTurn, type Sample, type Scenario } from '../support/scenario.ts';

const INSTANCES = 20;
const CONNECTIONS = 4;
const FETCHING = {
  top: `import { readJson } from '@jackfield/sdk';`,
  rows: `await readJson(await ctx.fetch('/alerts'));`,
} as const;

export default {
  work: 'a plugin that is asked over four connections is upgraded, and rolled back, with the configs of 20 instances',
  baseline: 'the same while nothing is changed',
  async run(bench) {
    const [host, vendor, one, two] = await Promise.all([
      startMeasuredHost(bench, {}),
      startProgram('alert-vendor'),
      buildRelease('1.0.0', FETCHING),
      buildRelease('2.0.0', { ...FETCHING, migrated: true }),
    ]);
    for (const used of [vendor, one, two]) bench.stack.use(used);
    for (const release of [one, two]) {
      const { status } = await upload(host.api, release);
      if (status !== 201) throw new Error(`a package was refused: ${status}`);
    }
    const change = async (request: object): Promise<void> => {
      const { state, reason } = await carryOut(host.api, request);
      if (state !== 'done') throw new Error(`${JSON.stringify(request)}: ${state}, ${JSON.stringify(reason)}`);
    };
    await change({ action: 'add', source: one.integrity });
    const made = Array.from({ length: INSTANCES }, (_, n) => {
      const config = { baseUrl: vendor.url, mode: `mode-${n}`, hookSecret: 'a-secret-of-hooks' };
      return host.send('POST', '/api/instances', { id: `shift-${n}`, name: 'Shift', plugin: 'shift', config });
    });
    await Promise.all(made);
    const path = '/api/instances/shift-0/queries/which';
    const ask = (ms: number, atLeast: number) =>
      load({ url: host.url, path, headers: SIGNED_IN, connections: CONNECTIONS, ms, atLeast });
    const ms = bench.quick ? 2000 : 4000;
    const sampleOf = ({ p50, p99, errors }: Awaited<ReturnType<typeof ask>>): Sample => ({ p50, p99, errors });
    let isNew = false;
    const upgrading = async (pair: number): Promise<Sample> => {
      const asked = ask(pair < 0 ? 0 : ms, 500);
      await change(
        isNew ? { action: 'rollback', plugin: 'shift' } : { action: 'upgrade', plugin: 'shift', source: two.integrity },
      );
      isNew = !isNew;
      return sampleOf(await asked);
    };
    // The baseline is warm then.
    await ask(0, bench.quick ? 1000 : 2000);
    const samples = await inTurn(bench.pairs, upgrading, async (pair) =>
      pair < 0 ? {} : sampleOf(await ask(ms, 500)),
    );
    bench.add({
      ...{ what: 'p99', unit: 'ms', jackfield: samples.jackfield('p99'), baseline: samples.baseline('p99') },
      goal: { of: 'ratio', is: 'at most', limit: 1.5 },
    });
    bench.add({ what: 'median', unit: 'ms', jackfield: samples.jackfield('p50'), baseline: samples.baseline('p50') });
    bench.add({
      ...{
        what: 'not answered',
        unit: '',
        jackfield: samples.jackfield('errors'),
        baseline: samples.baseline('errors'),
      },
      goal: { of: 'value', is: 'at most', limit: 0 },
    });
  },
} satisfies Scenario;
