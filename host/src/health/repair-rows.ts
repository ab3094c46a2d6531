// The statements on `repair`. At most one is open for a subject and a code, whoever raises it.
import { type Selectable, sql } from 'kysely';
import { type ClientScope, ofInstances } from '../access/index.ts';
import type { Queryable, RepairTable } from '../store/index.ts';
import type { RepairCode } from './repair-texts.ts';

export type RepairRow = Selectable<RepairTable>;

/** What puts it right, and the call of the API that does it or shows more. */
export interface Fix {
  readonly text: string;
  readonly method: string;
  readonly path: string;
}

export interface WantedRepair {
  readonly subject: string;
  readonly code: RepairCode;
  readonly plugin: string;
  readonly instanceId: string | null;
  readonly stream: string | null;
  readonly detail: string;
  readonly fix: Fix;
}

/** Opens it, or brings what is open up to date. Nothing happens when the instance has gone meanwhile. */
export async function raiseRepair(db: Queryable, repair: WantedRepair): Promise<void> {
  const { subject, code, plugin, instanceId, stream, detail, fix } = repair;
  const there =
    instanceId === null ? sql`` : sql`where exists (select 1 from instance where id = ${instanceId} for key share)`;
  await sql`
    insert into repair (subject, code, plugin, instance_id, stream, detail, fix)
    select ${subject}, ${code}, ${plugin}, ${instanceId}, ${stream}, ${detail}, ${JSON.stringify(fix)}::text::jsonb ${there}
    on conflict (subject, code) where closed_at is null
    do update set detail = excluded.detail, fix = excluded.fix
    where repair.detail is distinct from excluded.detail or repair.fix is distinct from excluded.fix`.execute(db);
}

export async function closeRepairs(db: Queryable, ids: readonly (string | number)[], why: string): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    update repair set closed_at = now(), closed_why = ${why}
    where id in (${sql.join([...ids])}) and closed_at is null`.execute(db);
}

export async function readOpenRepairs(
  db: Queryable,
  of: { readonly instanceId?: string | undefined; readonly plugin?: string; readonly code?: RepairCode } = {},
): Promise<RepairRow[]> {
  let query = db.selectFrom('repair').selectAll().where('closed_at', 'is', null).orderBy('id');
  if (of.instanceId !== undefined) query = query.where('instance_id', '=', of.instanceId);
  if (of.plugin !== undefined) query = query.where('plugin', '=', of.plugin);
  if (of.code !== undefined) query = query.where('code', '=', of.code);
  return query.execute();
}

/** `id`: digits. */
export function readRepair(db: Queryable, id: string): Promise<RepairRow | undefined> {
  return db
    .selectFrom('repair')
    .selectAll()
    .where(sql<boolean>`id = ${id}::bigint`)
    .executeTakeFirst();
}

export async function forgetOldRepairs(db: Queryable, keepMs: number): Promise<void> {
  await sql`
    delete from repair where closed_at < now() - ${keepMs}::float8 * interval '1 millisecond'`.execute(db);
}

export interface RepairFilter {
  readonly open?: boolean;
  readonly instance?: string;
  readonly plugin?: string;
  /** Id of a client. */
  readonly client?: string;
  readonly code?: string;
  readonly limit: number;
  /** Id of the last repair of the page before. */
  readonly after?: string;
}

/** The newest first; one more than the limit when there are more. */
export async function readRepairs(db: Queryable, filter: RepairFilter, clients: ClientScope): Promise<RepairRow[]> {
  const { open, instance, plugin, client, code, limit, after } = filter;
  let query = db
    .selectFrom('repair')
    .selectAll()
    .where(ofInstances(clients, 'instance_id'))
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (open !== undefined) query = query.where('closed_at', open ? 'is' : 'is not', null);
  if (instance !== undefined) query = query.where('instance_id', '=', instance);
  if (plugin !== undefined) query = query.where('plugin', '=', plugin);
  if (code !== undefined) query = query.where('code', '=', code);
  if (client !== undefined) {
    query = query.where('instance_id', 'in', (eb) =>
      eb.selectFrom('instance').select('instance.id').where('instance.client_id', '=', client),
    );
  }
  if (after !== undefined) query = query.where(sql<boolean>`id < ${after}::bigint`);
  return query.execute();
}
