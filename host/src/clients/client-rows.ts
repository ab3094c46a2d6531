// The statements on `client` and `client_parameter`. Each takes the database or the caller's transaction.
import type { Selectable } from 'kysely';
import { type ClientScope, ofClients } from '../access/index.ts';
import { Problem } from '../errors.ts';
import type { ClientTable, Queryable } from '../store/index.ts';
import type { ClientParameters, ParameterValue } from './input.ts';

export type ClientRow = Selectable<ClientTable>;

export async function readClients(db: Queryable, clients: ClientScope = 'all'): Promise<ClientRow[]> {
  return db.selectFrom('client').selectAll().where(ofClients(clients, 'id')).orderBy('id').execute();
}

/** Throws `not_found` when there is none. */
export async function readClient(db: Queryable, id: string): Promise<ClientRow> {
  const row = await db.selectFrom('client').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw clientNotFound(id);
  return row;
}

/** Waits for whoever else is changing it, and for instances that are just being given to it. */
export async function lockClient(db: Queryable, id: string): Promise<ClientRow> {
  const row = await db.selectFrom('client').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  if (row === undefined) throw clientNotFound(id);
  return row;
}

/** The client does not go while it gets a contract. */
export async function holdClient(db: Queryable, id: string): Promise<void> {
  const row = await db.selectFrom('client').select('id').where('id', '=', id).forKeyShare().executeTakeFirst();
  if (row === undefined) throw clientNotFound(id);
}

function clientNotFound(id: string): Problem {
  return new Problem('not_found', `there is no client "${id}"`, { next: 'GET /api/clients lists the clients.' });
}

/** False when the id is taken. */
export async function insertClient(db: Queryable, row: ClientRow): Promise<boolean> {
  const inserted = await db
    .insertInto('client')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .executeTakeFirst();
  return inserted !== undefined;
}

/** Writes the next revision. */
export async function updateClient(
  db: Queryable,
  { id, revision }: ClientRow,
  changes: Partial<Pick<ClientRow, 'name' | 'time_zone'>>,
  at: Date,
): Promise<ClientRow> {
  return db
    .updateTable('client')
    .set({ ...changes, revision: revision + 1, updated_at: at })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function readParameters(db: Queryable, clientId: string): Promise<ClientParameters> {
  const rows = await db
    .selectFrom('client_parameter')
    .select(['name', 'value'])
    .where('client_id', '=', clientId)
    .orderBy('name')
    .execute();
  return Object.fromEntries(rows.map(({ name, value }): [string, ParameterValue] => [name, value]));
}

/** Exactly these, and no others. */
export async function writeParameters(db: Queryable, clientId: string, parameters: ClientParameters): Promise<void> {
  await db.deleteFrom('client_parameter').where('client_id', '=', clientId).execute();
  const rows = Object.entries(parameters).map(([name, value]) => ({
    client_id: clientId,
    name,
    value: JSON.stringify(value),
  }));
  if (rows.length > 0) await db.insertInto('client_parameter').values(rows).execute();
}
