// The statements on `app_user`. Each takes the database or the caller's transaction.
import { type Selectable, sql } from 'kysely';
import type { AppUserTable, Queryable } from '../store/index.ts';
import { clientsColumn, clientsOf, type Grant } from './grants.ts';

export type UserRow = Selectable<AppUserTable> & { readonly clients: string[] };

/** Times are ISO 8601. */
export interface UserView extends Omit<Grant, 'role'> {
  readonly id: string;
  readonly login: string;
  readonly name: string;
  readonly role: string;
  readonly enabled: boolean;
  /** How they sign in. */
  readonly signsInWith: { readonly password: boolean; readonly issuer: string | null };
  readonly createdAt: string;
  readonly signedInAt: string | null;
}

export function userView(row: UserRow): UserView {
  const { id, login, name, role, enabled } = row;
  return {
    id,
    login,
    name,
    role,
    clients: clientsOf(row),
    enabled,
    signsInWith: { password: row.password_hash !== null, issuer: row.issuer },
    createdAt: row.created_at.toISOString(),
    signedInAt: row.signed_in_at?.toISOString() ?? null,
  };
}

export interface UserFilter {
  readonly id?: string;
  readonly login?: string;
  readonly subject?: { readonly issuer: string; readonly subject: string };
}

/** By login. */
export function readUsers(db: Queryable, { id, login, subject }: UserFilter = {}): Promise<UserRow[]> {
  let query = db
    .selectFrom('app_user')
    .selectAll()
    .select(clientsColumn('app_user_client', 'user_id', 'app_user.id'))
    .orderBy('login');
  if (id !== undefined) query = query.where('id', '=', id);
  if (login !== undefined) query = query.where('login', '=', login);
  if (subject !== undefined) query = query.where('issuer', '=', subject.issuer).where('subject', '=', subject.subject);
  return query.execute();
}

export interface StoredUser extends Grant {
  readonly id: string;
  readonly login: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly passwordHash: string | null;
  readonly issuer: string | null;
  readonly subject: string | null;
}

/** False when the login is taken. */
export async function insertUser(trx: Queryable, user: StoredUser): Promise<boolean> {
  const { id, login, issuer, subject } = user;
  const inserted = await trx
    .insertInto('app_user')
    .values({ id, login, issuer, subject, ...changeable(user) })
    .onConflict((conflict) => conflict.column('login').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted !== undefined) await writeClients(trx, user);
  return inserted !== undefined;
}

export async function updateUser(trx: Queryable, user: StoredUser): Promise<void> {
  await trx
    .updateTable('app_user')
    .set({ ...changeable(user), updated_at: sql<Date>`now()` })
    .where('id', '=', user.id)
    .execute();
  await trx.deleteFrom('app_user_client').where('user_id', '=', user.id).execute();
  await writeClients(trx, user);
}

/** Two who change the same user wait for each other. */
export async function lockUser(trx: Queryable, id: string): Promise<void> {
  await trx.selectFrom('app_user').select('id').where('id', '=', id).forUpdate().execute();
}

export async function writePassword(trx: Queryable, id: string, passwordHash: string): Promise<void> {
  await trx
    .updateTable('app_user')
    .set({ password_hash: passwordHash, updated_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute();
}

export async function hasGoodAdminUser(db: Queryable): Promise<boolean> {
  const found = await db
    .selectFrom('app_user')
    .select('id')
    .where('role', '=', 'admin')
    .where('all_clients', '=', true)
    .where('enabled', '=', true)
    .limit(1)
    .execute();
  return found.length > 0;
}

function changeable({ name, role, clients, enabled, passwordHash }: StoredUser) {
  return { name, role, all_clients: clients === null, enabled, password_hash: passwordHash };
}

async function writeClients(trx: Queryable, { id, clients }: StoredUser): Promise<void> {
  if (clients === null || clients.length === 0) return;
  const rows = clients.map((client) => ({ user_id: id, client_id: client }));
  await trx.insertInto('app_user_client').values(rows).execute();
}
