// People and their sessions on both databases, without a host around them.
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type Actor,
  createAudit,
  createPasswords,
  createSessions,
  createSetup,
  createSignInTries,
  createUsers,
  type Principal,
} from '../../host/src/access/index.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { Memories } from '../../host/src/memory.ts';
import { openStore, type Store } from '../../host/src/store/index.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { silentLog } from '../support/log.ts';

const BY: Actor = { kind: 'token', id: 'admin', address: '127.0.0.1', requestId: 'req_1' };
const CALLER = { address: '192.0.2.7', agent: 'a test', requestId: 'req_2' };
const PASSWORD = 'correct horse battery';
// As cheap as argon2id gets: what it costs is tested elsewhere.
const limits = { ...defaultLimits.access, argonMemoryKb: 8, argonPasses: 1 };

describe.each(oneOf)('on $name', (database) => {
  let place: TestDatabase;
  let store: Store;
  // It hears of nothing here: nothing is remembered.
  const memories = new Memories(defaultLimits.memory);
  const parts = () => {
    const audit = createAudit(store);
    const passwords = createPasswords(limits);
    const tries = createSignInTries(store.db, limits);
    const common = { store, audit, passwords, limits };
    const sessions = createSessions({ ...common, tries, memories, memory: defaultLimits.memory });
    return { sessions, users: createUsers(common), setup: createSetup({ ...common, sessions }), audit, tries };
  };
  let it: ReturnType<typeof parts>;
  let count = 0;
  let login: string;
  let id: string;
  const signIn = (password = PASSWORD, who = login) => it.sessions.signIn({ login: who, password }, CALLER);
  const run = (statement: string) => sql.raw(statement).execute(store.db);
  const codeOf = (act: Promise<unknown>): Promise<unknown> =>
    act.then(
      () => 'fine',
      (error: unknown) => (error as { code?: string }).code,
    );

  beforeAll(async () => {
    place = await database.open();
    store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
    it = parts();
  });
  afterAll(async () => {
    await store.close();
    await place[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    login = `ada-${(count += 1)}@example.com`;
    const grant = { role: 'engineer', clients: null } as const;
    ({ id } = await it.users.create({ login, name: 'Ada', password: PASSWORD, ...grant }, BY));
    await run('delete from sign_in_try');
  });

  test('a session is known by what its cookie holds, of which only a hash is kept', async () => {
    const { token, sessionId, user } = await signIn(PASSWORD, ` ${login.toUpperCase()} `);
    expect(user).toMatchObject({ login, role: 'engineer', signsInWith: { password: true, issuer: null } });
    const principal = { kind: 'user', id, name: 'Ada', role: 'engineer', clients: 'all', sessionId };
    expect(await it.sessions.verify(token)).toEqual(principal);
    expect(await it.sessions.verify(`${token}x`)).toBeUndefined();
    expect(await it.users.sessions(id)).toMatchObject([{ id: sessionId, address: '192.0.2.7', agent: 'a test' }]);
    const { rows } = await sql<{ all: string }>`
      select concat((select jsonb_agg(s) from session s), (select jsonb_agg(u) from app_user u),
        (select jsonb_agg(a) from audit_entry a)) as all`.execute(store.db);
    for (const secret of [token, PASSWORD])
      for (const form of [secret, Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('base64')])
        expect(rows[0]?.all).not.toContain(form);
    expect(rows[0]?.all).toContain('$argon2id$v=19$');
  });

  test('it ends when nobody uses it, and some time in any case; use is written once a minute', async () => {
    const { token, sessionId } = await signIn();
    const set = (what: string) => run(`update session set ${what} where id = '${sessionId}'`);
    const seen = async (): Promise<string | undefined> => (await it.users.sessions(id))[0]?.seenAt;
    const first = await seen();
    await it.sessions.verify(token);
    expect(await seen()).toBe(first);
    await set(`seen_at = now() - interval '9 hours'`);
    expect(await it.sessions.verify(token)).toBeDefined();
    expect(Date.parse((await seen()) ?? '')).toBeGreaterThanOrEqual(Date.parse(first ?? ''));

    await set(`seen_at = now() - interval '11 hours'`);
    expect(await it.sessions.verify(token)).toBeUndefined();
    expect(await it.users.sessions(id)).toEqual([]);
    await set(`seen_at = now(), expires_at = now() - interval '1 second'`);
    expect(await it.sessions.verify(token)).toBeUndefined();
  });

  test('signing out ends one, being disabled or given another password ends all', async () => {
    const [one, other] = [await signIn(), await signIn()];
    const principal = (await it.sessions.verify(one.token)) as Principal;
    await it.sessions.signOut(principal, BY);
    const open = async (...tokens: string[]): Promise<boolean[]> =>
      Promise.all(tokens.map(async (token) => (await it.sessions.verify(token)) !== undefined));
    expect(await open(one.token, other.token)).toEqual([false, true]);
    await it.users.update(id, { enabled: false }, BY);
    expect(await open(other.token)).toEqual([false]);
    await it.users.update(id, { enabled: true }, BY);
    expect(await open(other.token)).toEqual([false]);
    const third = await signIn();
    await it.users.update(id, { password: 'another good password' }, BY);
    expect(await open(third.token)).toEqual([false]);
    const fourth = await signIn('another good password');
    await it.users.endSessions(id, BY);
    expect(await open(fourth.token)).toEqual([false]);
    const { entries } = await it.audit.list({ limit: 100 });
    expect(entries.filter(({ entity }) => entity.id === id).map(({ action }) => action)).toEqual([
      'user.sign-out',
      'user.change',
      'user.change',
      'user.change',
      'user.create',
    ]);
    expect(JSON.stringify(entries)).not.toContain('another good password');
  });

  test('another role, other clients: they count with the next request', async () => {
    const { token } = await signIn();
    await run(`
      insert into client (id, name, time_zone, revision, created_at, updated_at)
      values ('acme-${count}', 'Acme', 'UTC', 1, now(), now())`);
    await it.users.update(id, { role: 'user', clients: [`acme-${count}`] }, BY);
    expect(await it.sessions.verify(token)).toMatchObject({ role: 'user', clients: new Set([`acme-${count}`]) });
    await run(`delete from client where id = 'acme-${count}'`);
    expect(await it.sessions.verify(token)).toMatchObject({ clients: new Set() });
    await it.users.remove(id, BY);
    expect(await it.sessions.verify(token)).toBeUndefined();
  });

  test('changing one’s own password takes the old one, and ends the other sessions', async () => {
    const [here, elsewhere] = [await signIn(), await signIn()];
    const me = (await it.sessions.verify(here.token)) as Principal;
    const change = (current: string, password: string) => it.sessions.changePassword(me, { current, password }, BY);
    expect(await codeOf(change('wrong', 'a new long password'))).toBe('auth_failed');
    const { entries } = await it.audit.list({ limit: 1 });
    expect(entries).toMatchObject([{ action: 'user.password-refused', actor: BY, entity: { kind: 'user', id } }]);
    for (const weak of ['short', `x${login}x`, 'x'.repeat(300)])
      expect(await codeOf(change(PASSWORD, weak))).toBe('config_invalid');
    await change(PASSWORD, 'a new long password');
    expect(await it.sessions.verify(here.token)).toBeDefined();
    expect(await it.sessions.verify(elsewhere.token)).toBeUndefined();
    expect(await codeOf(signIn())).toBe('auth_failed');
    expect(await codeOf(signIn('a new long password'))).toBe('fine');
  });

  test('a wrong one there is a try: whoever found an open session guesses no longer than anybody', async () => {
    const me = (await it.sessions.verify((await signIn()).token)) as Principal;
    const guess = (n: number) =>
      codeOf(it.sessions.changePassword(me, { current: `guess ${n}`, password: 'a new long password' }, BY));
    const guesses = await Promise.all(Array.from({ length: 10 }, (_, n) => guess(n)));
    expect(guesses.filter((code) => code === 'auth_failed')).toHaveLength(5);
    expect(guesses.filter((code) => code === 'rate_limited')).toHaveLength(5);
    const { entries } = await it.audit.list({ limit: 50, action: 'user.password-refused' });
    expect(entries.filter(({ entity }) => entity.id === id)).toHaveLength(5);
    expect(await codeOf(signIn())).toBe('rate_limited');
  });

  test('nobody is told what is wrong: the login, the password or the account', async () => {
    const told = (act: Promise<unknown>): Promise<unknown> => act.catch((error: unknown) => error);
    const wrong = await told(signIn('wrong password'));
    expect(wrong).toMatchObject({ code: 'auth_failed' });
    expect(await told(signIn(PASSWORD, 'nobody@example.com'))).toEqual(wrong);
    await it.users.update(id, { enabled: false }, BY);
    expect(await told(signIn())).toEqual(wrong);
    const { entries } = await it.audit.list({ limit: 4, action: 'session.refused' });
    expect(entries.slice(0, 3)).toMatchObject([
      { actor: { kind: 'nobody', address: '192.0.2.7' }, entity: { id }, after: { why: 'disabled' } },
      { entity: { id: 'unknown' }, after: { why: 'no such user' } },
      { entity: { id }, after: { why: 'wrong password' } },
    ]);
    expect(JSON.stringify(entries)).not.toContain('nobody@example.com');
  });

  test('of twenty guesses at once five are looked at, the right one waits too, and each lock is twice as long', async () => {
    const refused = async (): Promise<number> =>
      (await it.audit.list({ limit: 500, action: 'session.refused' })).entries.filter(({ entity }) => entity.id === id)
        .length;
    const guesses = await Promise.all(Array.from({ length: 20 }, (_, n) => codeOf(signIn(`guess ${n}`))));
    expect(guesses.filter((code) => code === 'auth_failed')).toHaveLength(5);
    expect(guesses.filter((code) => code === 'rate_limited')).toHaveLength(15);
    expect(await refused()).toBe(5);
    expect(await codeOf(signIn())).toBe('rate_limited');

    const locks: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      await run(`update sign_in_try set locked_until = now() where locked_until is not null`);
      expect(await codeOf(signIn('wrong again'))).toBe('auth_failed');
      const late = await signIn().catch((error: unknown) => (error as { options: { retryAfterMs: number } }).options);
      locks.push(Math.round((late as { retryAfterMs: number }).retryAfterMs / 1000));
    }
    expect(locks).toEqual([60, 120, 240, 480, 900, 900, 900, 900].map((s) => expect.closeTo(s, -1)));
    await run(`update sign_in_try set locked_until = now()`);
    expect(await codeOf(signIn())).toBe('fine');
    expect(await codeOf(signIn('wrong password'))).toBe('auth_failed');
    expect(await codeOf(signIn())).toBe('fine');
  });

  test('one address is not asked for ever either, whatever accounts it names', async () => {
    const codes: unknown[] = [];
    for (let n = 0; n < 52; n += 1) codes.push(await codeOf(signIn('wrong', `somebody-${n}@example.com`)));
    expect(codes.slice(0, 50)).toEqual(Array(50).fill('auth_failed'));
    expect(codes.slice(50)).toEqual(['rate_limited', 'rate_limited']);
    expect(await codeOf(it.sessions.signIn({ login, password: PASSWORD }, { ...CALLER, address: '192.0.2.8' }))).toBe(
      'fine',
    );
  });

  test('the link for the first admin is good once, and not when there is one', async () => {
    await run(`update app_user set role = 'user' where role = 'admin'`);
    const links = [await it.setup.createLink(), await it.setup.createLink()];
    const use = (token = '', who = 'root') =>
      it.setup.use({ token, login: `${who}-${count}`, name: 'Root', password: PASSWORD }, CALLER);
    expect(await codeOf(use('guessed'))).toBe('gone');
    expect(
      await codeOf(it.setup.use({ token: links[0] ?? '', login: 'root', name: 'Root', password: 'short' }, CALLER)),
    ).toBe('config_invalid');
    const both = await Promise.all([codeOf(use(links[0])), codeOf(use(links[1], 'other'))]);
    expect(both.toSorted()).toEqual(['fine', 'gone']);
    expect(await codeOf(use(links[0]))).toBe('gone');
    expect(await it.setup.createLink()).toBeUndefined();
    const admin = (await it.users.list()).find(({ role }) => role === 'admin');
    expect(admin).toMatchObject({ clients: null, enabled: true });
  });
});

test('passwords are hashed with argon2id as OWASP recommends, and no hash takes less time than another', async () => {
  const passwords = createPasswords(defaultLimits.access);
  const hash = await passwords.hash(PASSWORD, 'ada');
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  expect(await passwords.hash(PASSWORD, 'ada')).not.toBe(hash);
  expect(await passwords.verify(PASSWORD, hash)).toBe(true);
  expect(await passwords.verify(`${PASSWORD} `, hash)).toBe(false);
  // Of nobody: the same work, and never right.
  expect(await passwords.verify(PASSWORD, null)).toBe(false);
  // What the reference implementation makes of "password" and "somesalt": m=65536, t=2, p=1.
  const reference = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
  expect(await passwords.verify('password', reference)).toBe(true);
  // An accent may come as one letter or two.
  const accented = await passwords.hash('un café très serré', 'ada');
  expect(await passwords.verify('un cafe\u0301 tre\u0300s serre\u0301', accented)).toBe(true);
});
