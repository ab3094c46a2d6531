// A stream of 200,000 rows through a whole host, against COPY and merge on the same PostgreSQL server: `npm run bench -- sync`.
// Vendor, gateway, worker, encoding, rows and cursor on one side; a file that lies on the server, with its hashes, on the other. They
// take turns, so that whatever else the machine does hits both.
import { mkdtemp, rm, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { memoryOf, startHostProcess, type HostProcess } from '../support/host-process.ts';
import { startPostgres } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { copyAndMerge, createBaseline, writeCopyFile } from './support/copy-baseline.ts';
import { cpuSeconds } from './support/cpu.ts';
import { Figures, PHASES, type Phase } from './support/figures.ts';
import { buildTicketPlugin } from './support/ticket-plugin.ts';
import { startTicketVendor } from './support/ticket-vendor.ts';

const ROWS = Number(process.env['BENCH_ROWS'] ?? 200_000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const PAGE_ROWS = 1000;
const RUN_DEADLINE = 300_000;
/** Asking takes its time from what is measured, and the host says itself when a run began and ended. */
const POLL = 500;

await using stack = new AsyncDisposableStack();
const folder = await mkdtemp(join(tmpdir(), 'jackfield-bench-'));
stack.defer(() => rm(folder, { recursive: true, force: true }));
// The server is another user, and reads the files in it.
await chmod(folder, 0o755);
const files = [join(folder, 'edition-0'), join(folder, 'edition-1')] as const;
for (const [edition, file] of files.entries()) await writeCopyFile(file, ROWS, edition);
const server = stack.use(await startPostgres());
const vendor = stack.use(await startTicketVendor(ROWS, PAGE_ROWS, files.length));
const plugin = stack.use(await buildTicketPlugin());
const place = { dataFolder: folder, databaseUrl: server.url, [Symbol.asyncDispose]: async () => undefined };
const host = stack.use(await startHostProcess(place, { plugins: [plugin] }));
const db = new pg.Client({ connectionString: server.url });
await db.connect();
stack.defer(() => db.end());
await createBaseline(db);

const { rows: backend } = await db.query<{ pid: number }>('select pg_backend_pid() as pid');
const pidsOfHost = async (): Promise<number[]> => {
  const sql = `select pid from pg_stat_activity where application_name = 'jackfield'`;
  return (await db.query<{ pid: number }>(sql)).rows.map(({ pid }) => pid);
};

vendor.setEdition(undefined);
const config = { baseUrl: vendor.url };
await host.api.call('POST', '/api/instances', { id: 'acme', plugin: 'bench', name: 'Acme', config });
let last = await nextRun(host, undefined);
const before = await memoryOf(host.pid);

const figures = new Figures(ROWS);
for (let round = 0; round < ROUNDS; round += 1) {
  await db.query('truncate bench.tickets, baseline.tickets');
  for (const phase of PHASES) {
    const sides = [() => measureCopy(phase), () => measureSync(phase)];
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      await db.query('checkpoint');
      await side();
    }
  }
}
const after = await memoryOf(host.pid);
process.stdout.write(figures.report());
const grown = after.most - before.now;
process.stdout.write(
  `host memory: ${before.now.toFixed(0)} MB before, at most ${grown.toFixed(0)} MB more (wanted: under 200), ${after.now.toFixed(0)} MB after\n`,
);

async function measureCopy(phase: Phase): Promise<void> {
  await db.query('truncate baseline.staging');
  const cpu = await cpuSeconds([backend[0]?.pid ?? 0]);
  const startedAt = performance.now();
  await copyAndMerge(db, files[phase === 'all changed' ? 1 : 0]);
  const seconds = (performance.now() - startedAt) / 1000;
  figures.add(phase, 'copy', {
    seconds,
    databaseCpu: (await cpuSeconds([backend[0]?.pid ?? 0])) - cpu,
    hostCpu: 0,
    vendorCpu: 0,
  });
}

async function measureSync(phase: Phase): Promise<void> {
  vendor.setEdition(phase === 'all changed' ? 1 : 0);
  const cpu = await cpuSeconds(await pidsOfHost());
  const hostCpu = await cpuSeconds([host.pid]);
  const vendorCpu = await cpuSeconds([process.pid]);
  await host.api.call('POST', '/api/instances/acme/sync-jobs/tickets/rewind', { cursor: null });
  const run = await nextRun(host, last.id);
  last = run;
  const { inserted, updated, unchanged } = run.counts;
  const expected = { 'first load': inserted, unchanged, 'all changed': updated }[phase];
  if (run.state !== 'succeeded' || expected !== ROWS) throw new Error(`${phase}: ${JSON.stringify(run)}`);
  figures.add(phase, 'sync', {
    seconds: (Date.parse(run.endedAt) - Date.parse(run.startedAt)) / 1000,
    databaseCpu: (await cpuSeconds(await pidsOfHost())) - cpu,
    hostCpu: (await cpuSeconds([host.pid])) - hostCpu,
    vendorCpu: (await cpuSeconds([process.pid])) - vendorCpu,
  });
}

interface RunAnswer {
  readonly id: string;
  readonly state: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly counts: Readonly<Record<string, number>>;
}

/** The run after `previous`, when it has ended. */
function nextRun({ api }: HostProcess, previous: string | undefined): Promise<RunAnswer> {
  return until(async () => {
    await sleep(POLL);
    const { body } = await api.call<{ runs: RunAnswer[] }>('GET', '/api/runs?instance=acme&limit=1');
    const [run] = body.runs;
    const isOver = run !== undefined && run.id !== previous && run.state !== 'queued' && run.state !== 'running';
    return isOver ? run : undefined;
  }, RUN_DEADLINE);
}
