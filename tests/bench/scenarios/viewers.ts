import { startAlertHost } from '../support/alert-host.ts';
import { ask, openPool } from '../support/load.ts';
import { startProgram } from '../support/program.ts';
import { inTurn, type Sample, type Scenario } from '../support/scenario.ts';
import { quantile } from '../support/statistics.ts';

const WIDGETS = 20;
const VIEWERS = 100;
const VENDOR_MS = 200;
/** What a browser opens to one host. */
const CONNECTIONS = 6;

export default {
  work: `${VIEWERS} viewers who open a dashboard of ${WIDGETS} widgets within some seconds, a vendor that takes ${VENDOR_MS} ms`,
  baseline: 'one viewer who opens another one like it on the same host',
  async run(bench) {
    const vendor = bench.stack.use(await startProgram('alert-vendor', String(VENDOR_MS)));
    const host = await startAlertHost(bench, vendor.url);
    const within = bench.quick ? 2000 : 5000;
    const calls = async (): Promise<number> => Number(await (await fetch(`${vendor.url}/calls`)).text());
    let page = 0;
    let boards = 0;

    /** That nobody has looked at: each asks the vendor something of its own. */
    async function dashboard(): Promise<string[]> {
      const dashboardId = `board-${boards++}`;
      await host.send('POST', '/api/dashboards', { id: dashboardId, title: dashboardId });
      const ids = Array.from({ length: WIDGETS }, (_, n) => `${dashboardId}-${n}`);
      for (const id of ids) {
        const params = { page: page++ };
        const shown = { id, dashboardId, plugin: 'alerts', query: 'viewed', kind: 'table', params };
        await host.send('POST', '/api/widgets', { ...shown, instances: ['acme'] });
      }
      return ids;
    }

    /** Each is somebody else: nobody is answered with what was made ready for another one's asking. */
    const people: string[] = [];
    for (let n = 0; n < VIEWERS; n += 1) {
      const { body } = await host.api.call<{ token: string }>('POST', '/api/tokens', {
        name: `viewer ${n}`,
        role: 'user',
      });
      people.push(body.token);
    }

    async function look(viewer: number, widgets: readonly string[]): Promise<number[]> {
      const headers = { authorization: `Bearer ${people[viewer]}`, accept: 'application/json' };
      const pool = openPool(host.url, CONNECTIONS);
      const times = await Promise.all(
        widgets.map(async (id) => {
          const startedAt = performance.now();
          const { status } = await ask(pool, `/api/widgets/${id}/data`, headers);
          if (status !== 200) throw new Error(`widget ${id}: ${status}`);
          return performance.now() - startedAt;
        }),
      );
      await pool.close();
      return times;
    }

    async function measure(viewers: number): Promise<Sample> {
      const widgets = await dashboard();
      const before = await calls();
      const cpu = await host.cpu();
      const times = await Promise.all(
        Array.from({ length: viewers }, async (_, viewer) => {
          await new Promise((resolve) => setTimeout(resolve, (within * viewer) / VIEWERS));
          return look(viewer, widgets);
        }),
      );
      const used = (((await host.cpu()) - cpu) * 1000) / times.flat().length;
      const [p50, p99] = [quantile(times.flat(), 0.5), quantile(times.flat(), 0.99)];
      return { calls: (await calls()) - before, p50, p99, cpu: used };
    }

    const { jackfield, baseline } = await inTurn(
      bench.quick ? 1 : bench.pairs,
      (pair) => measure(pair < 0 ? VIEWERS / 5 : VIEWERS),
      () => measure(1),
    );
    bench.add({
      ...{ what: 'vendor calls', unit: '', jackfield: jackfield('calls'), baseline: baseline('calls') },
      goal: { of: 'ratio', is: 'at most', limit: 1.05 },
    });
    bench.add({
      ...{ what: 'p99 of a widget', unit: 'ms', jackfield: jackfield('p99'), baseline: baseline('p99') },
      goal: { of: 'ratio', is: 'at most', limit: 1.2 },
    });
    bench.add({ what: 'CPU per widget', unit: 'ms', jackfield: jackfield('cpu'), baseline: baseline('cpu') });
    bench.add({ what: 'median of a widget', unit: 'ms', jackfield: jackfield('p50'), baseline: baseline('p50') });
  },
} satisfies Scenario;
