// A database whose time is what we say: `now()` and `clock_timestamp()` of every session give it, those of the host and of its queue
// alike, and it stands still until it is moved. What PostgreSQL does by itself, such as vacuuming, goes by the real time.
import pg from 'pg';

export interface MovedClock extends AsyncDisposable {
  /** Milliseconds since the epoch. */
  readonly now: number;
  move(ms: number): Promise<void>;
  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** Call before anything is in the database: defaults of columns are bound when their tables are made. */
export async function moveClockOf(databaseUrl: string, startsAt: number): Promise<MovedClock> {
  const db = new pg.Client({ connectionString: databaseUrl, application_name: 'bench' });
  await db.connect();
  const { rows } = await db.query<{ name: string }>('select current_database() as name');
  // A sequence: its value is nobody's transaction. It stays at the start of the path, where names are looked for first.
  await db.query(`
    create sequence public.moved_clock;
    select setval('public.moved_clock', ${startsAt});
    create function public.now() returns timestamptz language sql stable parallel safe
      as $$ select pg_catalog.to_timestamp(last_value / 1000.0) from public.moved_clock $$;
    create function public.clock_timestamp() returns timestamptz language sql volatile parallel safe
      as $$ select pg_catalog.to_timestamp(last_value / 1000.0) from public.moved_clock $$;
    alter database ${rows[0]?.name} set search_path = public, pg_catalog;
    set search_path = public, pg_catalog`);
  let now = startsAt;
  return {
    get now() {
      return now;
    },
    async move(ms) {
      now += ms;
      await db.query(`select setval('public.moved_clock', $1::bigint)`, [now]);
    },
    query: async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
      (await db.query<Row>(text, [...values])).rows,
    [Symbol.asyncDispose]: () => db.end(),
  };
}
