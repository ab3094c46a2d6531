import pg from 'pg';
import { cpuSeconds } from './cpu.ts';

export interface Backends extends AsyncDisposable {
  /** Seconds of processor time of PostgreSQL's processes for this database; of one that has ended what was seen of it. */
  cpu(): Promise<number>;
}

export async function backendsOf(databaseUrl: string): Promise<Backends> {
  const db = new pg.Client({ connectionString: databaseUrl, application_name: 'bench' });
  await db.connect();
  const seen = new Map<number, number>();
  return {
    async cpu() {
      const { rows } = await db.query<{ pid: number }>(
        `select pid from pg_stat_activity where datname = current_database() and application_name <> 'bench'`,
      );
      for (const { pid } of rows) seen.set(pid, (await cpuSeconds([pid])) || (seen.get(pid) ?? 0));
      return seen.values().reduce((sum, seconds) => sum + seconds, 0);
    },
    [Symbol.asyncDispose]: () => db.end(),
  };
}
