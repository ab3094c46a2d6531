import pg from 'pg';

export interface Backends extends AsyncDisposable {
  /** Processes of PostgreSQL that serve a host on this database. */
  pids(): Promise<number[]>;
}

export async function backendsOf(databaseUrl: string): Promise<Backends> {
  const db = new pg.Client({ connectionString: databaseUrl, application_name: 'bench' });
  await db.connect();
  return {
    async pids() {
      const { rows } = await db.query<{ pid: number }>(
        `select pid from pg_stat_activity where datname = current_database() and application_name <> 'bench'`,
      );
      return rows.map(({ pid }) => pid);
    },
    [Symbol.asyncDispose]: () => db.end(),
  };
}
