import { writeFile } from 'node:fs/promises';
import { memoryOf } from '../../support/host-process.ts';
import { SIGNED_IN } from '../support/alert-host.ts';
import { cpuSeconds } from '../support/cpu.ts';
import { startMeasuredHost } from '../support/hosts.ts';
import { ask, openPool } from '../support/load.ts';
import { startProgram } from '../support/program.ts';
import { inTurn, type Sample, type Scenario } from '../support/scenario.ts';
import { buildWidePlugin } from '../support/wide-plugin.ts';

const ROWS = 1_000_000;
const QUICK_ROWS = 100_000;
const PAUSE = 10;

export default {
  work: 'a million rows, 500 MB, in one answer, while somebody else asks small things',
  baseline: 'a bare Readable that stringifies the same rows',
  async run(bench) {
    const rows = bench.quick ? QUICK_ROWS : ROWS;
    const plugin = bench.stack.use(await buildWidePlugin());
    const [host, bare] = await Promise.all([
      startMeasuredHost(bench, { plugins: [plugin] }),
      startProgram('bare-stream'),
    ]);
    bench.stack.use(bare);
    await host.send('POST', '/api/instances', { id: 'acme', plugin: 'wide', name: 'Acme', config: {} });

    async function measure(pid: number, url: string, path: string, small: string): Promise<Sample> {
      const cpu = await cpuSeconds([pid]);
      const pool = openPool(url, 2);
      // The most it ever had is then what it has now.
      await writeFile(`/proc/${pid}/clear_refs`, '5');
      const before = await memoryOf(pid);
      const startedAt = performance.now();
      const over = new AbortController();
      const large = ask(pool, path, SIGNED_IN).finally(() => over.abort());
      let worst = 0;
      while (!over.signal.aborted) {
        const askedAt = performance.now();
        await ask(pool, small, SIGNED_IN);
        worst = Math.max(worst, performance.now() - askedAt);
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
      const { status, bytes } = await large;
      if (status !== 200 || bytes < rows * 450) throw new Error(`${path}: status ${status}, ${bytes} bytes`);
      const seconds = (performance.now() - startedAt) / 1000;
      await pool.close();
      const used = ((await cpuSeconds([pid])) - cpu) * 1000;
      const grown = (await memoryOf(pid)).most - before.now;
      return { rate: bytes / 1e6 / seconds, cpu: used / (bytes / 1e6), worst, grown };
    }

    const path = `/api/instances/acme/queries/wide?rows=${rows}`;
    const { jackfield, baseline } = await inTurn(
      bench.pairs,
      () => measure(host.pid, host.url, path, '/api/session'),
      () => measure(bare.pid, bare.url, `/?rows=${rows}`, '/small'),
    );
    bench.add({
      ...{ what: 'rate', unit: 'MB/s', jackfield: jackfield('rate'), baseline: baseline('rate') },
      goal: { of: 'ratio', is: 'at least', limit: 0.95 },
    });
    bench.add({ what: 'CPU per MB', unit: 'ms', jackfield: jackfield('cpu'), baseline: baseline('cpu') });
    bench.add({
      ...{ what: 'memory more', unit: 'MB', jackfield: jackfield('grown'), baseline: baseline('grown') },
      goal: { of: 'value', is: 'at most', limit: 130 },
    });
    bench.add({
      ...{
        what: 'worst wait of another request',
        unit: 'ms',
        jackfield: jackfield('worst'),
        baseline: baseline('worst'),
      },
      goal: { of: 'value', is: 'at most', limit: 50 },
    });
  },
} satisfies Scenario;
