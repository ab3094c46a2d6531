// Vendor, gateway, worker, encoding, rows and cursor on one side; a file that lies on the server, with its hashes, on the other.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { memoryOf, type HostProcess } from '../../support/host-process.ts';
import { until } from '../../support/until.ts';
import { copyAndMerge, createBaseline, writeCopyFile } from '../support/copy-baseline.ts';
import { startMeasuredHost } from '../support/hosts.ts';
import { startProgram } from '../support/program.ts';
import type { Scenario } from '../support/scenario.ts';
import { buildTicketPlugin } from '../support/ticket-plugin.ts';
import { startTicketVendor } from '../support/ticket-vendor.ts';

const ROWS = 200_000;
const QUICK_ROWS = 20_000;
const PAGE_ROWS = 1000;
const RUN_DEADLINE = 600_000;
/** Asking takes its time from what is measured, and the host says itself when a run began and ended. */
const POLL = 500;
const QUICK_POLL = 100;

const PHASES = ['first load', 'unchanged', 'all changed'] as const;
type Phase = (typeof PHASES)[number];
const COUNTED = { 'first load': 'inserted', unchanged: 'unchanged', 'all changed': 'updated' } as const;

export default {
  work: '200,000 rows of 500 bytes from a vendor into a table: for the first time, again without a change, and with every row changed',
  baseline: 'COPY of a file that lies on the server into a staging table, and a merge',
  async run(bench) {
    const rows = bench.quick ? QUICK_ROWS : ROWS;
    const folder = await bench.makeFolder();
    const files = [join(folder, 'edition-0'), join(folder, 'edition-1')] as const;
    const vendor = bench.stack.use(await startTicketVendor(rows, PAGE_ROWS, files.length));
    const plugin = bench.stack.use(await buildTicketPlugin());
    const [host] = await Promise.all([
      startMeasuredHost(bench, { plugins: [plugin] }),
      ...files.map((file, edition) => writeCopyFile(file, rows, edition)),
    ]);
    const db = new pg.Client({ connectionString: host.databaseUrl, application_name: 'bench' });
    await db.connect();
    bench.stack.defer(() => db.end());
    await createBaseline(db);
    const bare = bench.stack.use(await startProgram('bare-reread', vendor.url, host.databaseUrl));
    vendor.setEdition(undefined);
    await host.send('POST', '/api/instances', {
      id: 'acme',
      plugin: 'bench',
      name: 'Acme',
      config: { baseUrl: vendor.url },
    });
    // By itself the first read would come some seconds later.
    await host.send('POST', '/api/instances/acme/sync-jobs/tickets/run', {});
    const poll = bench.quick ? QUICK_POLL : POLL;
    let last = await nextRun(host, undefined, poll);
    const before = await memoryOf(host.pid);

    const copy = async (phase: Phase): Promise<number> => {
      await db.query('truncate baseline.staging');
      const startedAt = performance.now();
      await copyAndMerge(db, files[phase === 'all changed' ? 1 : 0]);
      return rows / ((performance.now() - startedAt) / 1000);
    };
    const sync = async (phase: Phase): Promise<number> => {
      vendor.setEdition(phase === 'all changed' ? 1 : 0);
      await host.send('POST', '/api/instances/acme/sync-jobs/tickets/rewind', { cursor: null });
      last = await nextRun(host, last.id, poll);
      if (last.state !== 'succeeded' || last.counts[COUNTED[phase]] !== rows)
        throw new Error(`${phase}: ${JSON.stringify(last)}`);
      return rows / ((Date.parse(last.endedAt) - Date.parse(last.startedAt)) / 1000);
    };

    /** What the baseline has of this edition, by the fewest parts. */
    const reread = async (): Promise<number> => {
      const answer = (await (await fetch(bare.url)).json()) as { rows: number; changed: number; seconds: number };
      if (answer.rows !== rows || answer.changed !== 0) throw new Error(`bare: ${JSON.stringify(answer)}`);
      return rows / answer.seconds;
    };

    const bareRates: number[] = [];
    const rates = new Map(PHASES.map((phase) => [phase, { jackfield: [] as number[], baseline: [] as number[] }]));
    for (let pair = -1; pair < bench.pairs; pair += 1) {
      await db.query('truncate bench.tickets, baseline.tickets');
      // A quick run has little time to warm up.
      for (const phase of bench.quick && pair < 0 ? PHASES.slice(0, 1) : PHASES) {
        await db.query('checkpoint');
        const jackfield = await sync(phase);
        await db.query('checkpoint');
        const baseline = await copy(phase);
        const barely = phase === 'unchanged' ? [await reread()] : [];
        if (pair < 0) continue;
        bareRates.push(...barely);
        rates.get(phase)?.jackfield.push(jackfield);
        rates.get(phase)?.baseline.push(baseline);
      }
    }
    const of = (phase: Phase) => rates.get(phase) ?? { jackfield: [], baseline: [] };
    for (const phase of ['first load', 'all changed'] as const)
      bench.add({ what: phase, unit: 'rows/s', ...of(phase), goal: { of: 'ratio', is: 'at least', limit: 0.8 } });
    bench.add({
      ...{ what: 'unchanged, beside its own first load', unit: 'rows/s' },
      ...{ jackfield: of('unchanged').jackfield, baseline: of('first load').jackfield },
      goal: { of: 'ratio', is: 'at least', limit: 2.5 },
    });
    bench.add({
      ...{ what: 'unchanged, beside a bare program', unit: 'rows/s' },
      ...{ jackfield: of('unchanged').jackfield, baseline: bareRates },
    });
    const { most } = await memoryOf(host.pid);
    bench.add({
      ...{ what: 'memory more', unit: 'MB', jackfield: [most - before.now], baseline: [] },
      goal: { of: 'value', is: 'at most', limit: 200 },
    });
  },
} satisfies Scenario;

interface RunAnswer {
  readonly id: string;
  readonly state: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly counts: Readonly<Record<string, number>>;
}

/** The run after `previous`, when it has ended. */
function nextRun({ api }: Pick<HostProcess, 'api'>, previous: string | undefined, poll: number): Promise<RunAnswer> {
  return until(async () => {
    await sleep(poll);
    const { body } = await api.call<{ runs: RunAnswer[] }>('GET', '/api/runs?instance=acme&limit=1');
    const [run] = body.runs;
    const isOver = run !== undefined && run.id !== previous && run.state !== 'queued' && run.state !== 'running';
    return isOver ? run : undefined;
  }, RUN_DEADLINE);
}
