// The statements on `plugin_change`.
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { Problem } from '../errors.ts';
import type { Queryable } from '../store/index.ts';
import type { ChangeRow, ChangeState, InstanceReport, Plan } from './change-view.ts';

export interface NewChange {
  readonly plan: Plan;
  readonly hash: string;
  readonly actor: string | null;
  /** Set when it is carried out at once. */
  readonly host?: string;
}

export async function insertChange(db: Queryable, { plan, hash, actor, host }: NewChange): Promise<ChangeRow> {
  return db
    .insertInto('plugin_change')
    .values({
      id: `chg_${randomUUID()}`,
      action: plan.action,
      plugin: plan.plugin,
      state: host === undefined ? 'planned' : 'running',
      plan: JSON.stringify(plan),
      hash,
      actor,
      host: host ?? null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function readChange(db: Queryable, id: string): Promise<ChangeRow> {
  const row = await db.selectFrom('plugin_change').selectAll().where('id', '=', id).executeTakeFirst();
  if (row !== undefined) return row;
  throw new Problem('not_found', `there is no change "${id}"`, { next: 'List the changes, or plan a new one.' });
}

/** The newest first. */
export async function readChanges(db: Queryable, plugin: string | undefined, limit: number): Promise<ChangeRow[]> {
  let query = db.selectFrom('plugin_change').selectAll().orderBy('made_at', 'desc').orderBy('id').limit(limit);
  if (plugin !== undefined) query = query.where('plugin', '=', plugin);
  return query.execute();
}

/** What is being carried out, by whichever host. */
export async function readRunning(db: Queryable): Promise<readonly Plan[]> {
  const rows = await db.selectFrom('plugin_change').select('plan').where('state', '=', 'running').execute();
  return rows.map(({ plan }) => plan as unknown as Plan);
}

/** Every host may look what is coming. */
export async function tellHosts(db: Queryable): Promise<void> {
  await sql`select live_tell(jsonb_build_object('type', 'plugins'))`.execute(db);
}

/** Takes a planned change for this host. Undefined: somebody else has, or it was planned too long ago. */
export async function takeChange(
  db: Queryable,
  id: string,
  host: string,
  plannedMs: number,
): Promise<ChangeRow | undefined> {
  return db
    .updateTable('plugin_change')
    .set({ state: 'running', host })
    .where('id', '=', id)
    .where('state', '=', 'planned')
    .where('made_at', '>', sql<Date>`now() - ${plannedMs}::float8 * interval '1 millisecond'`)
    .returningAll()
    .executeTakeFirst();
}

export async function noteStep(db: Queryable, id: string, step: string): Promise<void> {
  await db.updateTable('plugin_change').set({ step }).where('id', '=', id).execute();
}

export interface End {
  readonly state: ChangeState;
  readonly reason?: string;
  readonly instances?: readonly InstanceReport[];
  readonly generation?: number;
}

/** One that another host has given up already stays given up. */
export async function endChange(db: Queryable, id: string, end: End): Promise<void> {
  const { state, reason = null, instances, generation = null } = end;
  await db
    .updateTable('plugin_change')
    .set({
      ...{ state, reason, generation, ended_at: sql<Date>`now()` },
      ...(instances === undefined ? {} : { report: JSON.stringify({ instances }) }),
    })
    .where('id', '=', id)
    .where('state', '=', 'running')
    .execute();
}

export async function forgetChanges(db: Queryable, keepMs: number, plannedMs: number): Promise<void> {
  const ago = (ms: number) => sql`now() - ${ms}::float8 * interval '1 millisecond'`;
  await sql`
    delete from plugin_change
    where ended_at < ${ago(keepMs)} or (state = 'planned' and made_at < ${ago(plannedMs)})`.execute(db);
}
