// The statements on `api_token`. Each takes the database or the caller's transaction.
import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { ApiTokenTable, Queryable } from '../store/index.ts';
import { clientsColumn, type Grant } from './grants.ts';

export interface NewToken extends Grant {
  readonly id: string;
  readonly name: string;
  readonly hash: Buffer;
  readonly createdBy: string | null;
  /** Milliseconds from now; null: it does not end by itself. */
  readonly expiresInMs: number | null;
}

const inMs = (ms: number | null): RawBuilder<Date | null> =>
  sql<Date | null>`now() + ${ms}::float8 * interval '1 millisecond'`;

export async function insertToken(trx: Queryable, token: NewToken): Promise<void> {
  const { id, name, role, clients, hash, createdBy, expiresInMs } = token;
  await trx
    .insertInto('api_token')
    .values({
      id,
      name,
      role,
      token_hash: hash,
      all_clients: clients === null,
      created_by: createdBy,
      created_at: sql<Date>`now()`,
      expires_at: inMs(expiresInMs),
    })
    .execute();
  if (clients === null || clients.length === 0) return;
  await trx
    .insertInto('api_token_client')
    .values(clients.map((client) => ({ token_id: id, client_id: client })))
    .execute();
}

export type TokenRow = Omit<Selectable<ApiTokenTable>, 'token_hash'> & { readonly clients: string[] };

/** The newest first. */
export function readTokens(db: Queryable, id?: string): Promise<TokenRow[]> {
  const query = db
    .selectFrom('api_token')
    .select(['id', 'name', 'role', 'all_clients', 'created_by', 'created_at', 'expires_at', 'revoked_at'])
    .select(['last_used_at', clientsColumn('api_token_client', 'token_id', 'api_token.id')])
    .orderBy('created_at', 'desc')
    .orderBy('id');
  return (id === undefined ? query : query.where('id', '=', id)).execute();
}

export type GoodToken = Pick<TokenRow, 'id' | 'name' | 'role' | 'all_clients' | 'clients'> & {
  /** Milliseconds until it expires; null: never. */
  readonly left_ms: number | null;
  readonly is_use_worth_noting: boolean;
};

/** The token that is good now, by its hash. */
export function findGoodToken(db: Queryable, hash: Buffer): Promise<GoodToken | undefined> {
  return db
    .selectFrom('api_token')
    .select(['id', 'name', 'role', 'all_clients', clientsColumn('api_token_client', 'token_id', 'api_token.id')])
    .select(sql<number | null>`(extract(epoch from expires_at - now()) * 1000)::float8`.as('left_ms'))
    .select(sql<boolean>`last_used_at is null or last_used_at < now() - interval '1 minute'`.as('is_use_worth_noting'))
    .where('token_hash', '=', hash)
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', sql<Date>`now()`)]))
    .executeTakeFirst();
}

export async function noteUse(db: Queryable, id: string): Promise<void> {
  await db
    .updateTable('api_token')
    .set({ last_used_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute();
}

/** False when there is none, or it was revoked before. */
export async function revokeToken(trx: Queryable, id: string): Promise<boolean> {
  const revoked = await trx
    .updateTable('api_token')
    .set({ revoked_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return revoked !== undefined;
}

export async function hasGoodAdmin(db: Queryable): Promise<boolean> {
  const found = await db
    .selectFrom('api_token')
    .select('id')
    .where('role', '=', 'admin')
    .where('all_clients', '=', true)
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', sql<Date>`now()`)]))
    .limit(1)
    .execute();
  return found.length > 0;
}
