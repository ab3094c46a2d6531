// People: made, changed, disabled and removed by admins. Whoever loses a right loses it with the next request.
import { randomUUID } from 'node:crypto';
import type { AccessLimits } from '../access-limits.ts';
import { Problem } from '../errors.ts';
import type { Queryable, Store } from '../store/index.ts';
import type { Actor } from './actor.ts';
import type { Audit } from './audit.ts';
import { assertClients, clientsOf, type Grant } from './grants.ts';
import type { Passwords } from './passwords.ts';
import { isRole } from '../roles.ts';
import { deleteSessions, readSessions, type SessionView } from './session-rows.ts';
import {
  insertUser,
  lockUser,
  readUsers,
  type StoredUser,
  updateUser,
  type UserRow,
  type UserView,
  userView,
} from './user-rows.ts';

export interface UserInput extends Grant {
  readonly login: string;
  readonly name: string;
  /** Null: they sign in elsewhere. */
  readonly password: string | null;
}

export interface UserPatch extends Partial<Grant> {
  readonly name?: string;
  readonly enabled?: boolean;
  readonly password?: string;
}

export interface Users {
  list(): Promise<UserView[]>;
  get(id: string): Promise<UserView>;
  create(input: UserInput, actor: Actor): Promise<UserView>;
  /** A new password, and being disabled, end their sessions. */
  update(id: string, patch: UserPatch, actor: Actor): Promise<UserView>;
  remove(id: string, actor: Actor): Promise<void>;
  sessions(id: string): Promise<SessionView[]>;
  /** Signs them out everywhere. */
  endSessions(id: string, actor: Actor): Promise<void>;
}

export interface UsersParts {
  readonly store: Pick<Store, 'db'>;
  readonly audit: Audit;
  readonly passwords: Passwords;
  readonly limits: AccessLimits;
}

export function createUsers({ store: { db }, audit, passwords, limits }: UsersParts): Users {
  const find = async (id: string, among: Queryable = db): Promise<UserRow> => {
    const [row] = await readUsers(among, { id });
    if (row === undefined) throw unknown(id);
    return row;
  };
  const record = (trx: Queryable, actor: Actor, act: string, id: string, change: object): Promise<void> =>
    audit.record(trx, { actor, action: `user.${act}`, entity: { kind: 'user', id }, ...change });

  return {
    list: async () => (await readUsers(db)).map(userView),
    get: async (id) => userView(await find(id)),

    async create({ login: typed, password, ...input }, actor) {
      const login = typed.trim().toLowerCase();
      const passwordHash = password === null ? null : await passwords.hash(password, login);
      const user = { ...input, id: randomUUID(), login, enabled: true, passwordHash, issuer: null, subject: null };
      await db.transaction().execute((trx) => addUser(trx, audit, user, actor));
      return userView(await find(user.id));
    },

    async update(id, { password, ...patch }, actor) {
      const { login } = await find(id);
      // Outside the transaction: it takes its time.
      const passwordHash = password === undefined ? undefined : await passwords.hash(password, login);
      await db.transaction().execute(async (trx) => {
        await lockUser(trx, id);
        const before = await find(id, trx);
        const after: StoredUser = {
          ...storedOf(before),
          ...patch,
          ...(passwordHash === undefined ? {} : { passwordHash }),
        };
        await assertClients(trx, after.clients);
        await updateUser(trx, after);
        if (!after.enabled || passwordHash !== undefined) await deleteSessions(trx, id);
        const change = { before: tellOf(storedOf(before)), after: tellOf(after) };
        await record(
          trx,
          actor,
          'change',
          id,
          passwordHash === undefined ? change : { ...change, after: { ...change.after, password: 'new' } },
        );
      });
      return userView(await find(id));
    },

    async remove(id, actor) {
      await db.transaction().execute(async (trx) => {
        const before = await find(id, trx);
        await trx.deleteFrom('app_user').where('id', '=', id).execute();
        await record(trx, actor, 'delete', id, { before: tellOf(storedOf(before)) });
      });
    },

    async sessions(id) {
      await find(id);
      return readSessions(db, id, limits);
    },

    async endSessions(id, actor) {
      await db.transaction().execute(async (trx) => {
        await find(id, trx);
        await record(trx, actor, 'sign-out', id, { after: { sessionsEnded: await deleteSessions(trx, id) } });
      });
    },
  };
}

/** @throws Problem `conflict` when the login is taken. */
export async function addUser(trx: Queryable, audit: Audit, user: StoredUser, actor: Actor): Promise<void> {
  await assertClients(trx, user.clients);
  if (!(await insertUser(trx, user))) {
    const errors = [{ pointer: '/login', message: 'is taken' }];
    throw new Problem('conflict', `there is a user "${user.login}" already`, { errors, next: 'Choose another login.' });
  }
  const entity = { kind: 'user', id: user.id };
  await audit.record(trx, { actor, action: 'user.create', entity, after: tellOf(user) });
}

/** What the audit says of a user: nothing of the password. */
export function tellOf({ login, name, role, clients, enabled, issuer }: StoredUser): object {
  return { login, name, role, clients, enabled, issuer };
}

export function storedOf(row: UserRow): StoredUser {
  const { id, login, name, role, enabled, issuer, subject } = row;
  // A role that this host does not know gives no right that it could check.
  const known = isRole(role) ? role : 'user';
  return {
    id,
    login,
    name,
    role: known,
    clients: clientsOf(row),
    enabled,
    passwordHash: row.password_hash,
    issuer,
    subject,
  };
}

function unknown(id: string): Problem {
  return new Problem('not_found', `there is no user "${id}"`, { next: 'GET /api/users lists the users.' });
}
