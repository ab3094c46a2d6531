// Sessions of people. A session is a row: when the row is gone, or its user is disabled, it is over: on this host with the next request, on
// the others as soon as they are told, and with the next one on those that hear nothing.
import { hash as hashOf, randomBytes, randomUUID } from 'node:crypto';
import type { AccessLimits } from '../access-limits.ts';
import { Problem } from '../errors.ts';
import type { Memories } from '../memory.ts';
import type { MemoryLimits } from '../memory-limits.ts';
import type { Queryable, Store } from '../store/index.ts';
import type { Actor } from './actor.ts';
import type { Audit } from './audit.ts';
import type { Passwords } from './passwords.ts';
import type { Principal } from './principal.ts';
import { rememberSessions } from './session-memory.ts';
import { deleteSessions, insertSession } from './session-rows.ts';
import type { SignInTries } from './sign-in-tries.ts';
import { readUsers, type UserRow, type UserView, userView, writePassword } from './user-rows.ts';

/** From where, and with what. */
export interface Caller {
  readonly address: string;
  readonly agent: string | null;
  readonly requestId: string;
}

export interface Begun {
  /** For the cookie, and nowhere else. */
  readonly token: string;
  readonly sessionId: string;
  readonly user: UserView;
}

export interface Sessions {
  /** Who holds this; undefined when the session is over, or never was. */
  verify(token: string): Promise<Principal | undefined>;
  /** The same as it was a moment ago; undefined when it has to be looked up. The same object as long as nothing was heard of a change. */
  recall(token: string): Principal | undefined;
  /** @throws Problem `auth_failed`, whatever is wrong; `rate_limited` after too many that were wrong. */
  signIn(credentials: { readonly login: string; readonly password: string }, caller: Caller): Promise<Begun>;
  /** For somebody who has shown otherwise who they are. In the caller's transaction. */
  begin(trx: Queryable, user: UserRow, caller: Caller, how: string): Promise<Begun>;
  signOut(principal: Principal, actor: Actor): Promise<void>;
  /** Ends their other sessions. A wrong `current` is a try, and in the audit. @throws Problem as `signIn`, and `config_invalid` for one that is too weak. */
  changePassword(
    principal: Principal,
    passwords: { readonly current: string; readonly password: string },
    actor: Actor,
  ): Promise<void>;
}

export interface SessionsParts {
  readonly store: Pick<Store, 'db'>;
  readonly audit: Audit;
  readonly passwords: Passwords;
  readonly tries: SignInTries;
  readonly limits: AccessLimits;
  readonly memories: Memories;
  readonly memory: Pick<MemoryLimits, 'sessions'>;
}

export function createSessions(parts: SessionsParts): Sessions {
  const { audit, passwords, tries, limits } = parts;
  const { db } = parts.store;
  const sessions: Sessions = {
    ...rememberSessions(parts),

    async signIn({ login: typed, password }, caller) {
      const login = typed.trim().toLowerCase();
      await tries.begin(login, caller.address);
      const [user] = await readUsers(db, { login });
      const isRight = await passwords.verify(password, user?.password_hash ?? null);
      if (user === undefined || !isRight || !user.enabled) {
        await noteFailure(user, caller, isRight ? 'disabled' : 'wrong password');
        throw wrong();
      }
      return db.transaction().execute(async (trx) => {
        await tries.succeeded(trx, login, caller.address);
        return sessions.begin(trx, user, caller, 'password');
      });
    },

    async begin(trx, user, caller, how) {
      const token = randomBytes(32).toString('base64url');
      const id = randomUUID();
      const { address, agent } = caller;
      await insertSession(trx, { id, hash: hash(token), userId: user.id, address, agent }, limits.sessionLife);
      const actor = { kind: 'user', id: user.id, address, requestId: caller.requestId } as const;
      const entity = { kind: 'session', id };
      await audit.record(trx, { actor, action: 'session.sign-in', entity, after: { with: how } });
      return { token, sessionId: id, user: userView(user) };
    },

    async signOut({ id, sessionId }, actor) {
      if (sessionId === undefined) return;
      await db.transaction().execute(async (trx) => {
        await deleteSessions(trx, id, { id: sessionId });
        await audit.record(trx, { actor, action: 'session.sign-out', entity: { kind: 'session', id: sessionId } });
      });
    },

    async changePassword({ id, sessionId }, { current, password }, actor) {
      const [user] = await readUsers(db, { id });
      if (user === undefined || user.password_hash === null) throw hasNone();
      await tries.begin(user.login, actor.address ?? '');
      if (!(await passwords.verify(current, user.password_hash))) {
        const refused = { actor, action: 'user.password-refused', entity: { kind: 'user', id } };
        await db.transaction().execute((trx) => audit.record(trx, refused));
        throw wrong('/current');
      }
      const hashed = await passwords.hash(password, user.login);
      await db.transaction().execute(async (trx) => {
        await tries.succeeded(trx, user.login, actor.address ?? '');
        await writePassword(trx, id, hashed);
        const ended = await deleteSessions(trx, id, { butId: sessionId });
        const entity = { kind: 'user', id };
        await audit.record(trx, { actor, action: 'user.password', entity, after: { sessionsEnded: ended } });
      });
    },
  };

  async function noteFailure(user: UserRow | undefined, { address, requestId }: Caller, why: string): Promise<void> {
    // What was typed is not kept: it may be a password.
    const entity = { kind: 'user', id: user?.id ?? 'unknown' };
    const actor: Actor = { kind: 'nobody', id: null, address, requestId };
    await db.transaction().execute(async (trx) => {
      await audit.record(trx, {
        actor,
        action: 'session.refused',
        entity,
        after: { why: user ? why : 'no such user' },
      });
    });
  }

  return sessions;
}

function hash(token: string): Buffer {
  return hashOf('sha256', token, 'buffer');
}

function wrong(pointer = ''): Problem {
  return new Problem('auth_failed', 'login or password is wrong', {
    ...(pointer === '' ? {} : { errors: [{ pointer, message: 'is wrong' }] }),
    next: 'Check both. An admin can set a new password, or enable the account.',
  });
}

function hasNone(): Problem {
  return new Problem('conflict', 'you sign in elsewhere, and have no password here', {
    next: 'Change it where you sign in.',
  });
}
