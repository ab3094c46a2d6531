// The first admin: whoever started the host is shown a link, and the first who uses one makes an account with it.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { AccessLimits } from '../access-limits.ts';
import { Problem } from '../errors.ts';
import type { Store } from '../store/index.ts';
import type { Audit } from './audit.ts';
import type { Passwords } from './passwords.ts';
import type { Begun, Caller, Sessions } from './sessions.ts';
import { hasGoodAdminUser, readUsers } from './user-rows.ts';
import { addUser } from './users.ts';

export interface SetupInput {
  readonly token: string;
  readonly login: string;
  readonly name: string;
  readonly password: string;
}

export interface Setup {
  /** What the link carries; undefined when there is an admin who can sign in. */
  createLink(): Promise<string | undefined>;
  /** Makes the admin and signs them in; no link is good afterwards. @throws Problem `gone` when this one is not. */
  use(input: SetupInput, caller: Caller): Promise<Begun>;
}

export interface SetupParts {
  readonly store: Pick<Store, 'db'>;
  readonly audit: Audit;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly limits: AccessLimits;
}

export function createSetup({ store: { db }, audit, passwords, sessions, limits }: SetupParts): Setup {
  return {
    async createLink() {
      if (await hasGoodAdminUser(db)) return undefined;
      const token = randomBytes(32).toString('base64url');
      const expires = sql<Date>`now() + ${limits.setupLink}::float8 * interval '1 millisecond'`;
      await db.transaction().execute(async (trx) => {
        await trx
          .deleteFrom('setup_link')
          .where('expires_at', '<', sql<Date>`now()`)
          .execute();
        await trx
          .insertInto('setup_link')
          .values({ token_hash: hash(token), expires_at: expires })
          .execute();
      });
      return token;
    },

    async use({ token, login: typed, name, password }, caller) {
      const login = typed.trim().toLowerCase();
      const link = hash(token);
      const good = await db
        .selectFrom('setup_link')
        .select('expires_at')
        .where('token_hash', '=', link)
        .where('expires_at', '>', sql<Date>`now()`)
        .executeTakeFirst();
      // Before the password is hashed: nobody without a link may have the host work.
      if (good === undefined || (await hasGoodAdminUser(db))) throw used();
      const passwordHash = await passwords.hash(password, login);
      return db.transaction().execute(async (trx) => {
        // Of two who use it at once one waits here, and finds it used.
        const taken = await trx.deleteFrom('setup_link').returning('token_hash').execute();
        if (!taken.some((row) => Buffer.from(row.token_hash).equals(link))) throw used();
        const grant = { role: 'admin', clients: null, enabled: true } as const;
        const user = { id: randomUUID(), login, name, ...grant, passwordHash, issuer: null, subject: null };
        const { address, requestId } = caller;
        await addUser(trx, audit, user, { kind: 'nobody', id: null, address, requestId });
        const [row] = await readUsers(trx, { id: user.id });
        if (row === undefined) throw new Error('the user that was just added is not there');
        return sessions.begin(trx, row, caller, 'setup link');
      });
    },
  };
}

function hash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function used(): Problem {
  return new Problem('gone', 'the link has been used, or is too old', {
    next: 'Sign in; when nobody can, start the host again: it prints another link.',
  });
}
