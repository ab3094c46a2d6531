// The statements of a rotation. Each step is one transaction: whoever dies in it has done nothing, and whoever goes on finds out here.
import { randomUUID } from 'node:crypto';
import { type RawBuilder, type Selectable, sql } from 'kysely';
import { Problem } from '../errors.ts';
import type { KeyRotationTable, Queryable } from '../store/index.ts';
import { insertKeys, unwrap, wrap } from './data-keys.ts';
import type { MasterKey } from './master-key.ts';
import type { MasterKeys } from './master-keys.ts';
import type { SealedSecret, StoredKey, StoredSecret } from './secret-box.ts';

export type RotationRow = Selectable<KeyRotationTable>;

export interface RotationKinds {
  readonly dataKeys: boolean;
  /** The new one. */
  readonly masterKeyId: string | null;
}

/** What a rotation seals again: what a key that goes out of use has sealed, and what older hosts have with a master key. */
const STALE = sql<boolean>`(key.state = 'old' or (secret.ciphertext like 'v1.%' and secret.key_id <> 'lost'))`;

/** @throws Problem `conflict` when one is under way. */
export async function beginRotation(trx: Queryable, kinds: RotationKinds, master: MasterKey): Promise<RotationRow> {
  // First of all, as each step does: whoever took the keys before it would wait for a step that waits for the keys.
  const begun = await trx
    .insertInto('key_rotation')
    .values({
      id: randomUUID(),
      state: 'running',
      data_keys: kinds.dataKeys,
      master_key_id: kinds.masterKeyId,
      total: 0,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (begun === undefined) {
    throw new Problem('conflict', 'a rotation of the keys is under way', { next: 'Wait until it has ended.' });
  }
  if (kinds.dataKeys) {
    // Waits for whoever is sealing with them.
    const old = await trx
      .updateTable('data_key')
      .set({ state: 'old' })
      .where('state', '=', 'current')
      .returning('client_id')
      .execute();
    await insertKeys(
      trx,
      old.map(({ client_id }) => client_id),
      master,
    );
  }
  return trx
    .updateTable('key_rotation')
    .set({
      total: sql<number>`(
        (select count(*) from instance_secret secret left join data_key key on key.id = secret.key_id where ${STALE})
        + (select count(*) from legacy_quarantine kept join data_key key on key.id = kept.key_id where key.state = 'old')
        + (select count(*) from data_key where ${underAnother(kinds.masterKeyId)}))::int`,
    })
    .where('id', '=', begun.id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Which data keys a new master key has to seal. Those of a lost one nobody can. */
function underAnother(masterKeyId: string | null): RawBuilder<boolean> {
  if (masterKeyId === null) return sql<boolean>`false`;
  return sql<boolean>`wrapped is not null and state <> 'lost' and master_key_id <> ${masterKeyId}`;
}

/** The rotation that is running, when nobody else works on it. */
export async function claimRotation(db: Queryable, host: string, leaseMs: number): Promise<RotationRow | undefined> {
  return db
    .updateTable('key_rotation')
    .set({ host, lease_until: leaseOf(leaseMs) })
    .where('state', '=', 'running')
    .where(sql<boolean>`(host is null or host = ${host} or lease_until < now())`)
    .returningAll()
    .executeTakeFirst();
}

/** Holds it for one step. Undefined: another host has it. */
export async function holdRotation(
  trx: Queryable,
  id: string,
  host: string,
  leaseMs: number,
): Promise<RotationRow | undefined> {
  return trx
    .updateTable('key_rotation')
    .set({ lease_until: leaseOf(leaseMs) })
    .where('id', '=', id)
    .where('state', '=', 'running')
    .where('host', '=', host)
    .returningAll()
    .executeTakeFirst();
}

function leaseOf(ms: number): RawBuilder<Date> {
  return sql<Date>`now() + ${ms}::float8 * interval '1 millisecond'`;
}

export interface StaleSecret extends StoredSecret {
  readonly instance_id: string;
  readonly client_id: string | null;
  readonly field: string;
}

/**
 * The stale secrets of the next instances, which are held: whoever changes one of these waits. Empty at the end.
 * Instances first and in order, as whoever changes one does it, so that nobody waits for each other.
 */
export async function holdStaleSecrets(trx: Queryable, after: string, most: number): Promise<StaleSecret[]> {
  const held = await sql<{ id: string }>`
    select id from instance where id in (
      select distinct secret.instance_id from instance_secret secret left join data_key key on key.id = secret.key_id
      where ${STALE} and secret.instance_id > ${after} order by 1 limit ${most})
    order by id for no key update`.execute(trx);
  if (held.rows.length === 0) return [];
  const { rows } = await sql<StaleSecret>`
    select secret.instance_id, instance.client_id, secret.field, secret.ciphertext, secret.reference,
      case when key.id is not null then jsonb_build_object('id', key.id, 'clientId', key.client_id,
        'masterKeyId', key.master_key_id, 'wrapped', key.wrapped, 'destroyedAt', null) end as key
    from instance_secret secret join instance on instance.id = secret.instance_id
      left join data_key key on key.id = secret.key_id
    where ${STALE} and secret.instance_id in (${sql.join(held.rows.map(({ id }) => id))})
    order by secret.instance_id`.execute(trx);
  return rows;
}

export type Resealed = SealedSecret & { readonly instanceId: string };

export async function writeResealed(trx: Queryable, secrets: readonly Resealed[]): Promise<void> {
  if (secrets.length === 0) return;
  await sql`
    update instance_secret secret set key_id = next."keyId", ciphertext = next.ciphertext
    from jsonb_to_recordset(${JSON.stringify(secrets)}::jsonb)
      as next("instanceId" text, field text, "keyId" text, ciphertext text)
    where secret.instance_id = next."instanceId" and secret.field = next.field`.execute(trx);
}

/** Seals the next data keys with the new master key. Returns how many. */
export async function rewrapKeys(trx: Queryable, masters: MasterKeys, to: MasterKey, most: number): Promise<number> {
  const { rows } = await sql<StoredKey>`
    select id, client_id as "clientId", master_key_id as "masterKeyId", wrapped, null as "destroyedAt"
    from data_key where ${underAnother(to.id)} order by id limit ${most} for update`.execute(trx);
  if (rows.length === 0) return 0;
  const wrapped = rows.map((key) => ({ id: key.id, wrapped: wrap(to, key, unwrap(masters, key)) }));
  await sql`
    update data_key set master_key_id = ${to.id}, wrapped = next.wrapped
    from jsonb_to_recordset(${JSON.stringify(wrapped)}::jsonb) as next(id text, wrapped text)
    where data_key.id = next.id`.execute(trx);
  return rows.length;
}

export async function noteProgress(
  trx: Queryable,
  { id, done, failed }: RotationRow,
  step: { readonly done: number; readonly failed: number; readonly after?: string },
): Promise<void> {
  await trx
    .updateTable('key_rotation')
    .set({
      done: done + step.done,
      failed: failed + step.failed,
      ...(step.after === undefined ? {} : { after_instance: step.after }),
    })
    .where('id', '=', id)
    .execute();
}

/** Takes the old keys out that nothing is sealed with any more. */
export async function endRotation(trx: Queryable, id: string): Promise<void> {
  await sql`
    delete from data_key key where key.state = 'old'
      and not exists (select 1 from instance_secret secret where secret.key_id = key.id)
      and not exists (select 1 from legacy_quarantine kept where kept.key_id = key.id)`.execute(trx);
  await trx
    .updateTable('key_rotation')
    .set({ state: 'done', host: null, lease_until: null, ended_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute();
}
