// API tokens. Only their SHA-256 is stored: they are 256 random bits, so nothing slower is needed to keep them from being guessed.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import { Problem } from '../errors.ts';
import type { Store } from '../store/index.ts';
import { isRole, type Role } from './roles.ts';

export interface Principal {
  readonly tokenId: string;
  readonly role: Role;
}

export interface Tokens {
  /** Makes the first admin token; undefined when there is one already. The text is shown once and cannot be read again. */
  createFirstAdmin(): Promise<string | undefined>;
  /** Makes sure that a token chosen by the operator is an admin token. */
  ensureAdmin(token: string): Promise<void>;
  /** Who presents this token; undefined when nobody is known by it. */
  verify(token: string): Promise<Principal | undefined>;
}

/** A deleted token keeps working for at most this long. */
const REMEMBER = 5_000;
const SHORTEST = 32;

export function createTokens(store: Store, clock: Clock): Tokens {
  const known = new LRUCache<string, Principal>({ max: 1000, ttl: REMEMBER });

  async function insert(token: string, name: string): Promise<void> {
    await store.db
      .insertInto('api_token')
      .values({ id: randomUUID(), name, role: 'admin', token_hash: hash(token), created_at: new Date(clock.now()) })
      .onConflict((conflict) => conflict.column('token_hash').doNothing())
      .execute();
  }

  return {
    async createFirstAdmin() {
      const found = await store.db.selectFrom('api_token').select('id').where('role', '=', 'admin').limit(1).execute();
      if (found.length > 0) return undefined;
      const token = `jf_${randomBytes(32).toString('base64url')}`;
      await insert(token, 'first admin');
      return token;
    },
    async ensureAdmin(token) {
      if (token.length < SHORTEST) {
        throw new Problem(
          'config_invalid',
          `JACKFIELD_ADMIN_TOKEN has ${token.length} characters, it needs ${SHORTEST}`,
          {
            next: 'Use a longer random token.',
          },
        );
      }
      await insert(token, 'JACKFIELD_ADMIN_TOKEN');
    },
    async verify(token) {
      const digest = hash(token);
      const key = digest.toString('base64');
      const remembered = known.get(key);
      if (remembered !== undefined) return remembered;
      const row = await store.db
        .selectFrom('api_token')
        .select(['id', 'role'])
        .where('token_hash', '=', digest)
        .executeTakeFirst();
      // A role that this host does not know gives no right that it could check.
      if (row === undefined || !isRole(row.role)) return undefined;
      const principal: Principal = { tokenId: row.id, role: row.role };
      known.set(key, principal);
      return principal;
    },
  };
}

function hash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
