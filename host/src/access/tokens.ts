// API tokens of programs. Only their SHA-256 is stored: they are 256 random bits, so nothing slower is needed to keep them from being
// guessed. A revoked token stays in its table, because the audit names it.
import { hash as hashOf, randomBytes, randomUUID } from 'node:crypto';
import { Problem } from '../errors.ts';
import type { Memories } from '../memory.ts';
import type { MemoryLimits } from '../memory-limits.ts';
import type { Store } from '../store/index.ts';
import { type Actor, HOST } from './actor.ts';
import type { Audit } from './audit.ts';
import { assertClients, clientsOf, type Grant, scopeOf } from './grants.ts';
import type { Principal } from './principal.ts';
import { isRole } from '../roles.ts';
import {
  findGoodToken,
  hasGoodAdmin,
  insertToken,
  noteUse,
  readTokens,
  revokeToken,
  type TokenRow,
} from './token-rows.ts';

export interface TokenInput extends Grant {
  readonly name: string;
  readonly expiresInMs: number | null;
}

/** Times are ISO 8601. */
export interface TokenView extends Omit<Grant, 'role'> {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  /** Id of the user or token that made it; null for the host. */
  readonly createdBy: string | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  /** To the minute. */
  readonly lastUsedAt: string | null;
}

export interface Tokens {
  /** Makes the first admin token; undefined when there is one already. The text is shown once and cannot be read again. */
  createFirstAdmin(): Promise<string | undefined>;
  /** Makes sure that a token chosen by the operator is an admin token. */
  ensureAdmin(token: string): Promise<void>;
  /** Who presents this token; undefined when nobody is known by it, or not any more. */
  verify(token: string): Promise<Principal | undefined>;
  /** The same as it was a moment ago; undefined when it has to be looked up. The same object as long as nothing was heard of a change. */
  recall(token: string): Principal | undefined;
  list(): Promise<TokenView[]>;
  /** `token` is in no other answer. */
  create(input: TokenInput, actor: Actor): Promise<TokenView & { readonly token: string }>;
  /** From then on it is not known. Twice is once. @throws Problem `not_found`. */
  revoke(id: string, actor: Actor): Promise<void>;
}

const SHORTEST = 32;

export interface TokensParts {
  readonly store: Pick<Store, 'db'>;
  readonly audit: Audit;
  readonly memories: Memories;
  readonly limits: Pick<MemoryLimits, 'tokens'>;
}

interface Known {
  readonly principal: Principal;
  /** Milliseconds until it expires; null: never. */
  readonly left: number | null;
}

export function createTokens({ store: { db }, audit, memories, limits }: TokensParts): Tokens {
  const known = memories.open<Known>({ of: ['access', 'client'], most: limits.tokens });

  async function add(token: string, input: TokenInput, actor: Actor): Promise<string> {
    const id = randomUUID();
    const { name, role, clients, expiresInMs } = input;
    await db.transaction().execute(async (trx) => {
      await assertClients(trx, clients);
      await insertToken(trx, { ...input, id, hash: hash(token), createdBy: actor.id });
      const entity = { kind: 'token', id };
      await audit.record(trx, { actor, action: 'token.create', entity, after: { name, role, clients, expiresInMs } });
    });
    return id;
  }

  async function find(hashed: Buffer): Promise<Known | undefined> {
    const row = await findGoodToken(db, hashed);
    // A role that this host does not know gives no right that it could check.
    if (row === undefined || !isRole(row.role)) return undefined;
    if (row.is_use_worth_noting) await noteUse(db, row.id);
    const { id, name, role } = row;
    return { principal: { kind: 'token', id, name, role, clients: scopeOf(clientsOf(row)) }, left: row.left_ms };
  }

  return {
    async createFirstAdmin() {
      if (await hasGoodAdmin(db)) return undefined;
      const token = newToken();
      await add(token, { name: 'first admin', ...ADMIN }, HOST);
      return token;
    },

    async ensureAdmin(token) {
      if (token.length < SHORTEST) throw tooShort(token);
      const found = await findGoodToken(db, hash(token));
      if (found?.role === 'admin' && found.all_clients) return;
      // One that was revoked: whoever sets the variable decides.
      const revived = await db
        .updateTable('api_token')
        .set({ role: 'admin', all_clients: true, revoked_at: null, expires_at: null })
        .where('token_hash', '=', hash(token))
        .returning('id')
        .execute();
      if (revived.length > 0) return;
      await add(token, { name: 'JACKFIELD_ADMIN_TOKEN', ...ADMIN }, HOST).catch((error: unknown) => {
        // Another host has just added it.
        if ((error as { code?: string }).code !== TAKEN) throw error;
      });
    },

    async verify(token) {
      const key = hashOf('sha256', token, 'base64');
      const read = (): Promise<Known | undefined> => find(Buffer.from(key, 'base64'));
      return (await known.recall(key, read, { lasts: ({ left }) => left ?? Number.POSITIVE_INFINITY }))?.principal;
    },

    recall: (token) => known.get(hashOf('sha256', token, 'base64'))?.principal,

    list: async () => (await readTokens(db)).map(viewOf),

    async create(input, actor) {
      const token = newToken();
      const id = await add(token, input, actor);
      const [row] = await readTokens(db, id);
      if (row === undefined) throw unknown(id);
      return { ...viewOf(row), token };
    },

    async revoke(id, actor) {
      await db.transaction().execute(async (trx) => {
        if (await revokeToken(trx, id)) {
          await audit.record(trx, { actor, action: 'token.revoke', entity: { kind: 'token', id } });
        } else if ((await readTokens(trx, id)).length === 0) throw unknown(id);
      });
      // Whoever is told that it is revoked finds it so; the database tells everybody a moment later.
      memories.forget({ kind: 'access', id });
    },
  };
}

const ADMIN = { role: 'admin', clients: null, expiresInMs: null } as const;

/** PostgreSQL: unique_violation. */
const TAKEN = '23505';

function newToken(): string {
  return `jf_${randomBytes(32).toString('base64url')}`;
}

function hash(token: string): Buffer {
  return hashOf('sha256', token, 'buffer');
}

function viewOf(row: TokenRow): TokenView {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    clients: clientsOf(row),
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at?.toISOString() ?? null,
    revokedAt: row.revoked_at?.toISOString() ?? null,
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
  };
}

function unknown(id: string): Problem {
  return new Problem('not_found', `there is no token "${id}"`, { next: 'GET /api/tokens lists the tokens.' });
}

function tooShort(token: string): Problem {
  return new Problem('config_invalid', `JACKFIELD_ADMIN_TOKEN has ${token.length} characters, it needs ${SHORTEST}`, {
    next: 'Use a longer random token.',
  });
}
