// The statements on `contract`. Each takes the database or the caller's transaction.
import { sql, type RawBuilder, type Selectable } from 'kysely';
import { type ClientScope, ofClients } from '../access/index.ts';
import { Problem } from '../errors.ts';
import type { ContractTable, Queryable } from '../store/index.ts';

/** Days are YYYY-MM-DD. */
export type ContractRow = Omit<Selectable<ContractTable>, 'starts_on' | 'ends_on'> & {
  readonly starts_on: string | null;
  readonly ends_on: string;
};

export interface ContractFilter {
  readonly clientId?: string;
  readonly id?: string;
  readonly endsBefore?: string;
  /** Only theirs. */
  readonly clients?: ClientScope;
}

const text = (column: 'starts_on' | 'ends_on'): RawBuilder<string> =>
  sql<string>`to_char(${sql.ref(`contract.${column}`)}, 'YYYY-MM-DD')`;

export async function readContracts(db: Queryable, filter: ContractFilter = {}): Promise<ContractRow[]> {
  let query = db
    .selectFrom('contract')
    .select(['id', 'client_id', 'name', 'ends_on_since', 'reference', 'revision', 'created_at', 'updated_at'])
    .select([text('starts_on').$castTo<string | null>().as('starts_on'), text('ends_on').as('ends_on')])
    .orderBy('contract.ends_on')
    .orderBy('contract.id');
  if (filter.clientId !== undefined) query = query.where('client_id', '=', filter.clientId);
  if (filter.clients !== undefined) query = query.where(ofClients(filter.clients, 'client_id'));
  if (filter.id !== undefined) query = query.where('id', '=', filter.id);
  if (filter.endsBefore !== undefined) query = query.where('contract.ends_on', '<', sql`${filter.endsBefore}::date`);
  return query.execute();
}

/** Throws `not_found` when the client has no such contract. */
export async function readContract(db: Queryable, clientId: string, id: string): Promise<ContractRow> {
  const [row] = await readContracts(db, { clientId, id });
  if (row === undefined) throw contractNotFound(clientId, id);
  return row;
}

export function contractNotFound(clientId: string, id: string): Problem {
  return new Problem('not_found', `client "${clientId}" has no contract "${id}"`, {
    next: `GET /api/clients/${encodeURIComponent(clientId)}/contracts lists them.`,
  });
}

export async function lockContract(db: Queryable, id: string): Promise<void> {
  await db.selectFrom('contract').select('id').where('id', '=', id).forUpdate().execute();
}

/** Bind parameters of one statement are at most 65,535. */
const BATCH = 1000;

/** False when a client has a contract of that name already: roll back then. */
export async function insertContracts(db: Queryable, rows: readonly ContractRow[]): Promise<boolean> {
  for (let at = 0; at < rows.length; at += BATCH) {
    const batch = rows.slice(at, at + BATCH);
    const inserted = await db
      .insertInto('contract')
      .values(batch)
      .onConflict((conflict) => conflict.columns(['client_id', 'name']).doNothing())
      .returning('id')
      .execute();
    if (inserted.length < batch.length) return false;
  }
  return true;
}

export async function updateContract(db: Queryable, row: ContractRow): Promise<void> {
  const { name, starts_on, ends_on, ends_on_since, reference, revision, updated_at } = row;
  await db
    .updateTable('contract')
    .set({ name, starts_on, ends_on, ends_on_since, reference, revision, updated_at })
    .where('id', '=', row.id)
    .execute();
}

/** False when there was none. */
export async function deleteContract(db: Queryable, clientId: string, id: string): Promise<boolean> {
  const deleted = await db
    .deleteFrom('contract')
    .where('id', '=', id)
    .where('client_id', '=', clientId)
    .returning('id')
    .executeTakeFirst();
  return deleted !== undefined;
}
