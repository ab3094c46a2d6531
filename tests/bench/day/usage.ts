// What stretches of the day have taken of PostgreSQL and of the hosts.
import { readdir, readFile } from 'node:fs/promises';
import { cpuSeconds, cpuOfEnded } from '../support/cpu.ts';
import type { MovedClock } from './moved-clock.ts';
import type { Statements } from './statements.ts';

const FIGURES = ['runs', 'statements', 'transactions', 'rowsWritten', 'walBytes', 'postgresCpu', 'hostCpu'] as const;
/** Rows are those that PostgreSQL inserts, updates and deletes; CPU is seconds. */
export type Usage = Readonly<Record<(typeof FIGURES)[number], number>>;

export const noUsage: Usage = {
  runs: 0,
  statements: 0,
  transactions: 0,
  rowsWritten: 0,
  walBytes: 0,
  postgresCpu: 0,
  hostCpu: 0,
};

/** Everything so far, but for what the simulator itself has asked for. */
export async function readUsage(clock: MovedClock, statements: Statements, runs: number): Promise<Usage> {
  // The simulator's own are told at once, so that they are before or after a stretch.
  await clock.query('select pg_stat_force_next_flush()');
  const [counters] = await clock.query<{ transactions: number; written: number; wal: number; pid: number }>(
    `select xact_commit::float8 as transactions, (tup_inserted + tup_updated + tup_deleted)::float8 as written,
       (pg_current_wal_lsn() - '0/0')::float8 as wal, pg_backend_pid() as pid
     from pg_stat_database where datname = current_database()`,
  );
  const { transactions = 0, written = 0, wal = 0, pid = 0 } = counters ?? {};
  const { user, system } = process.cpuUsage();
  return {
    ...{ runs, transactions, statements: statements.begun, rowsWritten: written, walBytes: wal },
    postgresCpu: await cpuOfServer(pid),
    hostCpu: (user + system) / 1e6,
  };
}

export function plus(usage: Usage, before: Usage, after: Usage): Usage {
  const sums = FIGURES.map((name) => [name, usage[name] + after[name] - before[name]] as const);
  return Object.fromEntries(sums) as Usage;
}

/** For each run; CPU in milliseconds. */
export function eachRun({ runs, postgresCpu, hostCpu, ...usage }: Usage) {
  const { statements, transactions, rowsWritten, walBytes } = usage;
  return {
    runs,
    statements: statements / runs,
    transactions: transactions / runs,
    rowsWritten: rowsWritten / runs,
    walBytes: walBytes / runs,
    postgresMs: (postgresCpu / runs) * 1000,
    hostMs: (hostCpu / runs) * 1000,
  };
}

/** Of all processes of the server that `backend` belongs to, those that have ended too, but without `backend`. */
async function cpuOfServer(backend: number): Promise<number> {
  const server = await parentOf(backend);
  const children: number[] = [];
  for (const name of await readdir('/proc')) {
    const pid = Number(name);
    if (pid > 0 && pid !== backend && (await parentOf(pid)) === server) children.push(pid);
  }
  return (await cpuSeconds(children)) + (await cpuOfEnded(server));
}

async function parentOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return Number(stat.replace(/^.*\) /s, '').split(' ')[1] ?? 0);
}
