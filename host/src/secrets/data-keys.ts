// The statements on `data_key`. Each client has one that is current, and so have the instances without a client.
import { createSecretKey, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { Problem } from '../errors.ts';
import type { Queryable } from '../store/index.ts';
import { decrypt, encrypt } from './cipher.ts';
import { KEY_BYTES, type MasterKey } from './master-key.ts';
import type { MasterKeys } from './master-keys.ts';
import type { DataKey, StoredKey } from './secret-box.ts';

export type Owner = string | null;

/** In the place of a master key's id. */
const LOST = 'lost';

/**
 * The current keys of these clients, made where there are none. They are held until the transaction ends: what a rotation takes out
 * of use has no writers left, and what it destroys no readers.
 */
export async function holdCurrentKeys(
  trx: Queryable,
  owners: readonly Owner[],
  master: MasterKey,
): Promise<StoredKey[]> {
  const wanted = [...new Set(owners)];
  const found = await readCurrent(trx, wanted);
  const known = new Set(found.map(({ clientId }) => clientId));
  const missing = wanted.filter((owner) => !known.has(owner));
  if (missing.length === 0) return found;
  await insertKeys(trx, missing, master);
  // Of two who make one at the same time, both use the one that was first.
  return readCurrent(trx, wanted);
}

async function readCurrent(trx: Queryable, owners: readonly Owner[]): Promise<StoredKey[]> {
  const { rows } = await sql<StoredKey>`
    select id, client_id as "clientId", master_key_id as "masterKeyId", wrapped, null as "destroyedAt"
    from data_key
    where state = 'current' and coalesce(client_id, '') in (${sql.join(owners.map((owner) => owner ?? ''))})
    order by id
    for share`.execute(trx);
  return rows;
}

export async function insertKeys(trx: Queryable, owners: readonly Owner[], master: MasterKey): Promise<void> {
  if (owners.length === 0) return;
  const rows = owners.map((clientId) => {
    const id = `dk-${randomBytes(8).toString('hex')}`;
    const wrapped = wrap(master, { id, clientId }, randomBytes(KEY_BYTES));
    return { id, client_id: clientId, state: 'current' as const, master_key_id: master.id, wrapped };
  });
  await trx
    .insertInto('data_key')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Nothing that they sealed can be opened from now on. Returns how many there were. */
export async function destroyKeys(trx: Queryable, clientId: string): Promise<number> {
  const destroyed = await trx
    .updateTable('data_key')
    .set({ state: 'destroyed', wrapped: null, destroyed_at: sql<Date>`now()` })
    .where('client_id', '=', clientId)
    .where('state', '<>', 'destroyed')
    .returning('id')
    .execute();
  return destroyed.length;
}

/** The same for a client that is gone, and with it every ciphertext: there is nobody to be told. */
export async function forgetKeys(trx: Queryable, clientId: string): Promise<number> {
  const gone = await trx.deleteFrom('data_key').where('client_id', '=', clientId).returning('id').execute();
  return gone.length;
}

/** The master keys without which something that is stored cannot be opened. */
export async function neededMasterKeys(db: Queryable): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select master_key_id as id from data_key where wrapped is not null and state <> 'lost'
    union select key_id from instance_secret where ciphertext like 'v1.%' and key_id <> ${LOST}
    order by id`.execute(db);
  return rows.map(({ id }) => id);
}

/** What they have sealed stays where it is, and opens again when they come back. */
export async function giveUp(trx: Queryable, masterKeys: readonly string[]): Promise<void> {
  await trx
    .updateTable('data_key')
    .set({ state: 'lost' })
    .where('master_key_id', 'in', masterKeys)
    .where('wrapped', 'is not', null)
    .execute();
  await trx
    .updateTable('instance_secret')
    .set({ key_id: LOST })
    .where('key_id', 'in', masterKeys)
    .where('ciphertext', 'like', 'v1.%')
    .execute();
}

type Identity = Pick<StoredKey, 'id' | 'clientId'>;

export function wrap(master: MasterKey, key: Identity, bytes: Uint8Array): string {
  return encrypt(master.key, associated(master, key), bytes);
}

/** @throws Problem when the host does not have the master key, or the stored key was changed or is another's. */
export function unwrap(masters: MasterKeys, key: StoredKey): Buffer {
  const master = masters.find(key.masterKeyId);
  const whose = key.clientId === null ? 'instances without a client' : `client "${key.clientId}"`;
  if (master === undefined) {
    const detail = `the data key ${key.id} of ${whose} is sealed with the master key ${key.masterKeyId}, this host has ${masters.ids.join(', ')}`;
    throw new Problem('internal', detail, { next: 'Start the host with the master key it had before.' });
  }
  const bytes = decrypt(master.key, associated(master, key), key.wrapped ?? '');
  if (bytes !== undefined) return bytes;
  throw new Problem('internal', `the data key ${key.id} of ${whose} was changed, or is that of another client`, {
    next: 'Restore the table data_key from a backup of the database.',
  });
}

export function unwrapped(masters: MasterKeys, key: StoredKey): DataKey {
  return { id: key.id, key: createSecretKey(unwrap(masters, key)) };
}

function associated(master: MasterKey, { id, clientId }: Identity): (string | null)[] {
  return ['data key', master.id, id, clientId];
}
