// Ends what no timeout of the server ends. A session that waits for the rows of its COPY … FROM STDIN counts as active, so
// idle_in_transaction_session_timeout does not see it, and it is cancelled only when the next rows come. A host that stands still
// there would keep the locks of its transaction, and nobody could take over its run.
import { sql } from 'kysely';
import type { Queryable } from './index.ts';
import { APPLICATION } from './postgres.ts';

/** PostgreSQL only. `patience`: how long a COPY may take, in ms; the database's clock decides. Returns how many were ended. */
export async function endStuckCopies(db: Queryable, patience: number): Promise<number> {
  // A session is active and waits for its client in one case only: the client has to send the rows of a COPY.
  const { rows } = await sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = ${APPLICATION} and datname = current_database() and usename = current_user
      and pid <> pg_backend_pid() and state = 'active' and wait_event = 'ClientRead'
      and query_start < clock_timestamp() - ${patience} * interval '1 millisecond'`.execute(db);
  return rows.length;
}
