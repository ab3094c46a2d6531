// The statements on `instance` and `instance_secret`. Each takes the database or the caller's transaction.
import { type Selectable, sql } from 'kysely';
import { type ClientScope, ofClients } from '../access/index.ts';
import { Problem } from '../errors.ts';
import type { SealedSecret, StoredSecret } from '../secrets/index.ts';
import type { PaceOverride } from './pace.ts';
import type { Queryable, InstanceTable } from '../store/index.ts';

export type InstanceRow = Selectable<InstanceTable> & {
  /** Sealed secrets by field. */
  readonly sealed: Readonly<Record<string, StoredSecret>>;
};

/** Tells a revision from every other, also of an instance that had the id before: an id may be used again, and revisions start over. */
export function revisionOf(row: { readonly created_at: Date; readonly revision: number }): string {
  return `${row.created_at.toISOString()}/${row.revision}`;
}

/** A secret with the key that opens it, so that a key which was destroyed a moment ago opens nothing, on any host. */
const STORED = sql`jsonb_build_object(
  'ciphertext', secret.ciphertext, 'reference', secret.reference,
  'key', case when key.id is not null then jsonb_build_object(
    'id', key.id, 'clientId', key.client_id, 'masterKeyId', key.master_key_id, 'wrapped', key.wrapped,
    'destroyedAt', to_char(key.destroyed_at at time zone 'UTC', 'YYYY-MM-DD')) end)`;

/** Config and secrets come in one statement, so never from two revisions: a new secret must not meet an old address. */
export async function readInstances(
  db: Queryable,
  where: {
    readonly id?: string;
    readonly ids?: readonly string[];
    readonly plugin?: string;
    readonly clients?: ClientScope;
  } = {},
): Promise<InstanceRow[]> {
  let query = db
    .selectFrom('instance')
    .selectAll()
    .select((eb) =>
      eb.fn
        .coalesce(
          eb
            .selectFrom('instance_secret as secret')
            .leftJoin('data_key as key', 'key.id', 'secret.key_id')
            .whereRef('secret.instance_id', '=', 'instance.id')
            .select(sql<InstanceRow['sealed']>`jsonb_object_agg(secret.field, ${STORED})`.as('sealed')),
          sql<InstanceRow['sealed']>`'{}'::jsonb`,
        )
        .as('sealed'),
    )
    .orderBy('id');
  if (where.id !== undefined) query = query.where('id', '=', where.id);
  if (where.ids !== undefined) query = query.where('id', 'in', where.ids);
  if (where.plugin !== undefined) query = query.where('plugin', '=', where.plugin);
  if (where.clients !== undefined) query = query.where(ofClients(where.clients, 'client_id'));
  return query.execute();
}

/** Throws `not_found` when there is none. */
export async function readInstance(db: Queryable, id: string): Promise<InstanceRow> {
  const [row] = await readInstances(db, { id });
  if (!row) throw instanceNotFound(id);
  return row;
}

export function instanceNotFound(id: string): Problem {
  return new Problem('not_found', `there is no instance "${id}"`, { next: 'List the instances to see their ids.' });
}

/** Waits for whoever else is changing the instance. A lock in the reading statement would show secrets from before the wait. */
export async function lockInstance(db: Queryable, id: string): Promise<void> {
  await db.selectFrom('instance').select('id').where('id', '=', id).forUpdate().execute();
}

/** False when the id is taken. */
export async function insertInstance(db: Queryable, row: Selectable<InstanceTable>): Promise<boolean> {
  const inserted = await db
    .insertInto('instance')
    .values({ ...row, config: JSON.stringify(row.config), limits: null })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .executeTakeFirst();
  return inserted !== undefined;
}

export async function updateInstance(db: Queryable, row: Selectable<InstanceTable>): Promise<void> {
  const { name, client_id, enabled, config, config_version, revision, updated_at } = row;
  await db
    .updateTable('instance')
    .set({ name, client_id, enabled, config: JSON.stringify(config), config_version, revision, updated_at })
    .where('id', '=', row.id)
    .execute();
}

/** Makes no new revision: it is the same connection. */
export async function writeLimits(db: Queryable, id: string, limits: PaceOverride | null): Promise<void> {
  await db
    .updateTable('instance')
    .set({ limits: limits === null ? null : JSON.stringify(limits) })
    .where('id', '=', id)
    .execute();
}

export async function deleteInstance(db: Queryable, id: string): Promise<void> {
  await db.deleteFrom('instance').where('id', '=', id).execute();
}

/** Writes `secrets`, keeps those of the fields in `keep`, deletes every other. */
export async function writeSecrets(
  db: Queryable,
  instanceId: string,
  secrets: readonly SealedSecret[],
  keep: ReadonlySet<string>,
): Promise<void> {
  let stale = db.deleteFrom('instance_secret').where('instance_id', '=', instanceId);
  if (keep.size > 0) stale = stale.where('field', 'not in', [...keep]);
  await stale.execute();
  if (secrets.length === 0) return;
  await db
    .insertInto('instance_secret')
    .values(secrets.map((secret) => toRow(instanceId, secret)))
    .execute();
}

/** Writes one secret and leaves the others. */
export async function upsertSecret(db: Queryable, instanceId: string, secret: SealedSecret): Promise<void> {
  const { instance_id: _, field: __, ...sealed } = toRow(instanceId, secret);
  await db
    .insertInto('instance_secret')
    .values(toRow(instanceId, secret))
    .onConflict((conflict) => conflict.columns(['instance_id', 'field']).doUpdateSet(sealed))
    .execute();
}

function toRow(instanceId: string, { field, keyId, ciphertext, reference }: SealedSecret) {
  return { instance_id: instanceId, field, key_id: keyId, ciphertext, reference };
}
