// A token for each role, put into the database as the host keeps them. Call it before the host starts: the embedded database is open once.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { ROLES, type Role } from '../../host/src/access/index.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { openStore, type Store } from '../../host/src/store/index.ts';
import type { TestDatabase } from './databases.ts';
import { silentLog } from './log.ts';

/** Returns the token, ready for an `Authorization` header. */
export async function addToken(database: TestDatabase, role: string): Promise<string> {
  await using store = await openStore({ ...database, limits: defaultLimits.store, log: silentLog });
  return await insertToken(store, role);
}

export async function addTokens(database: TestDatabase): Promise<Readonly<Record<Role, string>>> {
  await using store = await openStore({ ...database, limits: defaultLimits.store, log: silentLog });
  const tokens: [Role, string][] = [];
  for (const role of ROLES) tokens.push([role, await insertToken(store, role)]);
  return Object.fromEntries(tokens) as Record<Role, string>;
}

async function insertToken({ db }: Store, role: string): Promise<string> {
  const token = `jf_${randomBytes(32).toString('base64url')}`;
  await db
    .insertInto('api_token')
    .values({
      id: randomUUID(),
      name: `a test's ${role}`,
      role,
      token_hash: createHash('sha256').update(token).digest(),
      created_at: new Date(),
    })
    .execute();
  return token;
}
