// How far each host is. A host says it again and again; one that is silent is gone.
import { type Selectable, sql } from 'kysely';
import type { HostStateTable, Queryable } from '../store/index.ts';
import type { Failure } from './reconciler.ts';

export interface HostView {
  readonly id: string;
  /** Of the program. */
  readonly version: string;
  readonly startedAt: string;
  readonly heartbeatAt: string;
  readonly isAlive: boolean;
  readonly generation: number;
  readonly isBehind: boolean;
  readonly failures: readonly Failure[];
}

export interface Beat {
  readonly id: string;
  readonly version: string;
  readonly generation: number;
  readonly failures: readonly Failure[];
}

export async function beat(db: Queryable, { id, version, generation, failures }: Beat): Promise<void> {
  const values = { id, version, generation, failures: JSON.stringify(failures) };
  await db
    .insertInto('host_state')
    .values(values)
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ ...values, heartbeat_at: sql`now()` }))
    .execute();
}

export async function sayGoodbye(db: Queryable, id: string): Promise<void> {
  await db.deleteFrom('host_state').where('id', '=', id).execute();
}

export async function readHosts(db: Queryable, silentMs: number): Promise<{ generation: number; hosts: HostView[] }> {
  const { rows } = await sql<{ head: number; alive: boolean } & Selectable<HostStateTable>>`
    select head.generation as head, s.*, s.heartbeat_at > now() - ${silentMs}::float8 * interval '1 millisecond' as alive
    from plugin_head head left join host_state s on true order by s.started_at, s.id`.execute(db);
  const generation = rows[0]?.head ?? 0;
  const hosts = rows
    .filter(({ id }) => id !== null)
    .map((row) => ({
      id: row.id,
      version: row.version,
      startedAt: row.started_at.toISOString(),
      heartbeatAt: row.heartbeat_at.toISOString(),
      isAlive: row.alive,
      generation: row.generation,
      isBehind: row.generation < row.head,
      failures: row.failures,
    }));
  return { generation, hosts };
}

/** What hosts that are gone have left: their name after a while, and changes that they were at, which nobody goes on with. */
export async function clearAfterHosts(db: Queryable, silentMs: number, keepMs: number): Promise<void> {
  const ago = (ms: number) => sql`now() - ${ms}::float8 * interval '1 millisecond'`;
  await sql`
    update plugin_change set state = 'abandoned', ended_at = now(),
      reason = 'the host that carried it out has stopped: nothing was changed, plan it again'
    where state = 'running' and made_at < ${ago(silentMs)} and not exists (
      select 1 from host_state s where s.id = plugin_change.host and s.heartbeat_at > ${ago(silentMs)}
    )`.execute(db);
  await sql`delete from host_state where heartbeat_at < ${ago(keepMs)}`.execute(db);
}
