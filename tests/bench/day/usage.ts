// What a stretch of the day has taken of PostgreSQL and of the hosts.
import { cpuSeconds } from '../support/cpu.ts';
import type { MovedClock } from './moved-clock.ts';
import type { Statements } from './statements.ts';

export interface Usage {
  readonly runs: number;
  readonly statements: number;
  /** Inserted, updated and deleted. */
  readonly rowsWritten: number;
  readonly rowsRead: number;
  readonly transactions: number;
  readonly walBytes: number;
  /** Seconds of processor time. */
  readonly postgresCpu: number;
  readonly hostCpu: number;
}

export async function readUsage(clock: MovedClock, statements: Statements, runs: number): Promise<Usage> {
  const [counters] = await clock.query<{ transactions: number; written: number; read: number; wal: number }>(
    `select pg_stat_force_next_flush(), xact_commit::float8 as transactions, (tup_inserted + tup_updated + tup_deleted)::float8 as written,
       (tup_fetched)::float8 as read, (pg_current_wal_lsn() - '0/0')::float8 as wal
     from pg_stat_database where datname = current_database()`,
  );
  const { transactions = 0, written = 0, read = 0, wal = 0 } = counters ?? {};
  const backends = await clock.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database() and application_name <> 'bench'`,
  );
  return {
    ...{ runs, transactions, statements: statements.begun, rowsWritten: written, rowsRead: read, walBytes: wal },
    postgresCpu: await cpuSeconds(backends.map(({ pid }) => pid)),
    hostCpu: (process.cpuUsage().user + process.cpuUsage().system) / 1e6,
  };
}

/** Between two readings, for each run; CPU in milliseconds. */
export function eachRun(before: Usage, after: Usage) {
  const runs = after.runs - before.runs;
  const per = (name: keyof Usage): number => (after[name] - before[name]) / runs;
  return {
    ...{ runs, statements: per('statements'), transactions: per('transactions') },
    ...{ rowsWritten: per('rowsWritten'), rowsRead: per('rowsRead'), walBytes: per('walBytes') },
    ...{ postgresMs: per('postgresCpu') * 1000, hostMs: per('hostCpu') * 1000 },
  };
}
