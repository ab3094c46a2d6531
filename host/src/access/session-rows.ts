// The statements on `session`. Only the hash of what the cookie holds is kept.
import { sql } from 'kysely';
import type { AccessLimits } from '../access-limits.ts';
import type { Queryable } from '../store/index.ts';
import { clientsColumn } from './grants.ts';

export interface NewSession {
  readonly id: string;
  readonly hash: Buffer;
  readonly userId: string;
  readonly address: string | null;
  readonly agent: string | null;
}

const ms = (value: number) => sql`${value}::float8 * interval '1 millisecond'`;

export async function insertSession(trx: Queryable, session: NewSession, life: number): Promise<void> {
  const { id, hash, userId, address, agent } = session;
  const expires = sql<Date>`now() + ${ms(life)}`;
  await trx
    .insertInto('session')
    .values({ id, token_hash: hash, user_id: userId, address, agent, expires_at: expires })
    .execute();
  await trx
    .updateTable('app_user')
    .set({ signed_in_at: sql<Date>`now()` })
    .where('id', '=', userId)
    .execute();
}

export interface OpenSession {
  readonly id: string;
  readonly user_id: string;
  readonly name: string;
  readonly role: string;
  readonly all_clients: boolean;
  readonly clients: string[];
  readonly is_use_worth_noting: boolean;
  /** Milliseconds until it is over, used or not. */
  readonly left_ms: number;
}

/** The session that is open now, of somebody who is enabled. */
export function findSession(db: Queryable, hash: Buffer, limits: AccessLimits): Promise<OpenSession | undefined> {
  return db
    .selectFrom('session')
    .innerJoin('app_user', 'app_user.id', 'session.user_id')
    .select(['session.id', 'user_id', 'name', 'role', 'all_clients'])
    .select(clientsColumn('app_user_client', 'user_id', 'app_user.id'))
    .select(sql<boolean>`seen_at < now() - ${ms(limits.sessionSeen)}`.as('is_use_worth_noting'))
    .select(
      sql<number>`(extract(epoch from least(expires_at, seen_at + ${ms(limits.sessionIdle)}) - now()) * 1000)::float8`.as(
        'left_ms',
      ),
    )
    .where('token_hash', '=', hash)
    .where('enabled', '=', true)
    .where('expires_at', '>', sql<Date>`now()`)
    .where('seen_at', '>', sql<Date>`now() - ${ms(limits.sessionIdle)}`)
    .executeTakeFirst();
}

export async function noteSeen(db: Queryable, id: string): Promise<void> {
  await db
    .updateTable('session')
    .set({ seen_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute();
}

/** Of a user: all, one, or all but one. How many there were. */
export async function deleteSessions(
  trx: Queryable,
  userId: string,
  which: { readonly id?: string; readonly butId?: string | undefined } = {},
): Promise<number> {
  let query = trx.deleteFrom('session').where('user_id', '=', userId);
  if (which.id !== undefined) query = query.where('id', '=', which.id);
  if (which.butId !== undefined) query = query.where('id', '<>', which.butId);
  return (await query.returning('id').execute()).length;
}

/** Those that are over. */
export async function clearSessions(db: Queryable, limits: AccessLimits): Promise<void> {
  await sql`
    delete from session where expires_at < now() or seen_at < now() - ${ms(limits.sessionIdle)}`.execute(db);
}

/** Times are ISO 8601. */
export interface SessionView {
  readonly id: string;
  readonly address: string | null;
  readonly agent: string | null;
  readonly createdAt: string;
  /** To the minute. */
  readonly seenAt: string;
  readonly expiresAt: string;
}

/** Open ones, the one that was used last first. */
export async function readSessions(db: Queryable, userId: string, limits: AccessLimits): Promise<SessionView[]> {
  const rows = await db
    .selectFrom('session')
    .select(['id', 'address', 'agent', 'created_at', 'seen_at', 'expires_at'])
    .where('user_id', '=', userId)
    .where('expires_at', '>', sql<Date>`now()`)
    .where('seen_at', '>', sql<Date>`now() - ${ms(limits.sessionIdle)}`)
    .orderBy('seen_at', 'desc')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    address: row.address,
    agent: row.agent,
    createdAt: row.created_at.toISOString(),
    seenAt: row.seen_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
  }));
}
