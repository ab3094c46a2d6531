// API tokens of programs, from the day they are made to the day they are revoked.
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Actor, createAudit, createTokens, type Tokens } from '../../host/src/access/index.ts';
import { openStore, type Store } from '../../host/src/store/index.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { Memories } from '../../host/src/memory.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { silentLog } from '../support/log.ts';

const BY: Actor = { kind: 'token', id: 'somebody', address: '127.0.0.1', requestId: 'req_1' };
const READER = { name: 'reader', role: 'user', clients: null, expiresInMs: null } as const;

describe.each(databases)('tokens on $name', (database) => {
  let place: TestDatabase;
  let store: Store;
  let tokens: Tokens;
  /** Of another host on the same database: it remembers nothing of this one. */
  const elsewhere = (): Tokens => {
    const memories = new Memories(defaultLimits.memory);
    memories.hear(true);
    return createTokens({ store, audit: createAudit(store), memories, limits: defaultLimits.memory });
  };
  const set = (id: string, what: string): Promise<unknown> =>
    sql`update api_token set ${sql.raw(what)} where id = ${id}`.execute(store.db);

  beforeAll(async () => {
    place = await database.open();
    store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
    tokens = elsewhere();
    for (const id of ['acme', 'umbrella'])
      await sql`
        insert into client (id, name, time_zone, revision, created_at, updated_at)
        values (${id}, ${id}, 'UTC', 1, now(), now())`.execute(store.db);
  });
  afterAll(async () => {
    await store.close();
    await place[Symbol.asyncDispose]();
  });

  test('are shown once, kept as a hash, and known by their role and clients', async () => {
    const made = await tokens.create({ ...READER, role: 'engineer', clients: ['umbrella', 'acme'] }, BY);
    expect(made).toMatchObject({ role: 'engineer', clients: ['acme', 'umbrella'], createdBy: 'somebody' });
    expect(await tokens.verify(made.token)).toEqual({
      kind: 'token',
      id: made.id,
      name: 'reader',
      role: 'engineer',
      clients: new Set(['acme', 'umbrella']),
    });
    expect(JSON.stringify(await tokens.list())).not.toContain(made.token);
    const { rows } = await sql<{ all: string }>`
      select (select jsonb_agg(t) from api_token t)::text || (select jsonb_agg(a) from audit_entry a)::text as all`.execute(
      store.db,
    );
    expect(rows[0]?.all).toContain(made.id);
    for (const form of [
      made.token,
      Buffer.from(made.token).toString('hex'),
      Buffer.from(made.token).toString('base64'),
    ])
      expect(rows[0]?.all).not.toContain(form);
  });

  test('without a limit are good for all clients, and with an empty one for none', async () => {
    const all = await tokens.create(READER, BY);
    expect(await tokens.verify(all.token)).toMatchObject({ clients: 'all' });
    const none = await tokens.create({ ...READER, clients: [] }, BY);
    expect(await tokens.verify(none.token)).toMatchObject({ clients: new Set() });
  });

  test('are not made for a client that is not there, and see less when theirs is deleted', async () => {
    await expect(tokens.create({ ...READER, clients: ['acme', 'nobody'] }, BY)).rejects.toMatchObject({
      code: 'config_invalid',
      options: { errors: [{ pointer: '/clients/1', message: 'is no client' }] },
    });
    const made = await tokens.create({ ...READER, clients: ['umbrella'] }, BY);
    await sql`delete from client where id = 'umbrella'`.execute(store.db);
    // Not all clients, because there are none left: none. And not those of whoever gets the id later.
    await sql`
      insert into client (id, name, time_zone, revision, created_at, updated_at)
      values ('umbrella', 'Another', 'UTC', 1, now(), now())`.execute(store.db);
    expect(await elsewhere().verify(made.token)).toMatchObject({ clients: new Set() });
  });

  test('end by the database’s clock, also while a host remembers them', async () => {
    const made = await tokens.create({ ...READER, expiresInMs: 60_000 }, BY);
    const left = Date.parse(made.expiresAt ?? '') - Date.parse(made.createdAt);
    expect(left).toBe(60_000);
    expect(await tokens.verify(made.token)).toBeDefined();
    await set(made.id, 'expires_at = now()');
    expect(await elsewhere().verify(made.token)).toBeUndefined();

    const short = await tokens.create({ ...READER, expiresInMs: 200 }, BY);
    const other = elsewhere();
    await expect.poll(() => other.verify(short.token), { timeout: 15_000 }).toBeUndefined();
  });

  test('are known no more once they are revoked, twice is once, and the audit says by whom', async () => {
    const made = await tokens.create(READER, BY);
    expect(await tokens.verify(made.token)).toBeDefined();
    await tokens.revoke(made.id, BY);
    await tokens.revoke(made.id, BY);
    expect(await tokens.verify(made.token)).toBeUndefined();
    expect((await tokens.list()).find(({ id }) => id === made.id)?.revokedAt).toMatch(/Z$/);
    await expect(tokens.revoke('nobody', BY)).rejects.toMatchObject({ code: 'not_found' });
    const { entries } = await createAudit(store).list({ limit: 2 });
    expect(entries).toMatchObject([
      { action: 'token.revoke', actor: BY, entity: { kind: 'token', id: made.id } },
      { action: 'token.create', actor: BY, after: { name: 'reader', role: 'user', clients: null } },
    ]);
  });

  test('say when they were last used, and write it once a minute', async () => {
    const made = await tokens.create(READER, BY);
    const lastUsed = async (): Promise<string | null | undefined> =>
      (await tokens.list()).find(({ id }) => id === made.id)?.lastUsedAt;
    expect(await lastUsed()).toBeNull();
    await tokens.verify(made.token);
    const first = await lastUsed();
    expect(first).not.toBeNull();
    await elsewhere().verify(made.token);
    expect(await lastUsed()).toBe(first);
    await set(made.id, `last_used_at = now() - interval '61 seconds'`);
    await elsewhere().verify(made.token);
    expect(Date.parse((await lastUsed()) ?? '')).toBeGreaterThanOrEqual(Date.parse(first ?? ''));
  });

  test('nothing is made when the audit cannot be written', async () => {
    const before = await tokens.list();
    const refusal = sql`alter table audit_entry add constraint full_up check (action <> 'token.create') not valid`;
    await refusal.execute(store.db);
    await expect(tokens.create(READER, BY)).rejects.toThrow('full_up');
    await sql`alter table audit_entry drop constraint full_up`.execute(store.db);
    expect(await tokens.list()).toEqual(before);
  });

  test('of the operator is an admin’s whatever became of it, and the first admin’s is made again when none is good', async () => {
    const chosen = 'a-token-that-the-operator-has-chosen';
    await tokens.ensureAdmin(chosen);
    await tokens.ensureAdmin(chosen);
    expect(await tokens.createFirstAdmin()).toBeUndefined();
    const { id = '' } = (await tokens.verify(chosen)) ?? {};
    await tokens.revoke(id, BY);
    const first = (await tokens.createFirstAdmin()) ?? '';
    expect(await tokens.verify(first)).toMatchObject({ role: 'admin', clients: 'all' });
    await tokens.ensureAdmin(chosen);
    expect(await elsewhere().verify(chosen)).toMatchObject({ id, role: 'admin' });
  });
});
