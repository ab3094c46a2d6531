// Embed tokens: who may make them for what, how long they are good, and what a browser needs to use one.
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Actor, createAudit, createEmbeds, type Principal } from '../../host/src/access/index.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { openStore, type Store } from '../../host/src/store/index.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { silentLog } from '../support/log.ts';
import { fillEstate } from './estate.ts';

const BY: Actor = { kind: 'user', id: 'maker', address: '127.0.0.1', requestId: 'req_1' };
const UNLIMITED: Principal = { kind: 'user', id: 'maker', name: 'Maker', role: 'engineer', clients: 'all' };
const OF_OURS: Principal = { ...UNLIMITED, clients: new Set(['ours']) };
const INPUT = { widgets: ['widget-ours'], origin: 'https://portal.example', expiresInMs: 60_000 };

describe.each(oneOf)('on $name', (database) => {
  let place: TestDatabase;
  let store: Store;
  let embeds: ReturnType<typeof createEmbeds>;
  const run = (statement: string) => sql.raw(statement).execute(store.db);

  beforeAll(async () => {
    place = await database.open();
    await fillEstate(place);
    store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
    embeds = createEmbeds({ store, audit: createAudit(store), limits: defaultLimits.access });
    await run(`
      insert into app_user (id, login, name, role, all_clients, enabled)
      values ('maker', 'maker', 'Maker', 'engineer', true, true)`);
  });
  afterAll(async () => {
    await store.close();
    await place[Symbol.asyncDispose]();
  });

  test('a token is for its widgets, its origin, and the clients of their dashboards when nobody says which', async () => {
    const made = await embeds.create(INPUT, UNLIMITED, BY);
    expect(made).toMatchObject({ widgets: ['widget-ours'], clients: ['ours'], createdBy: 'maker' });
    expect(Date.parse(made.expiresAt) - Date.parse(made.createdAt)).toBe(60_000);
    expect(await embeds.verify(made.token)).toMatchObject({
      kind: 'embed',
      role: 'user',
      clients: new Set(['ours']),
      widgets: new Set(['widget-ours']),
      origin: 'https://portal.example',
    });
    const { rows } = await sql<{ all: string }>`
      select concat((select jsonb_agg(e) from embed_token e), (select jsonb_agg(a) from audit_entry a)) as all`.execute(
      store.db,
    );
    expect(rows[0]?.all).toContain(made.id);
    expect(rows[0]?.all).not.toContain(made.token);
  });

  test('nobody gives what they may not see, nor all by leaving it out', async () => {
    const make = (by: Principal, what: object) => embeds.create({ ...INPUT, ...what }, by, BY);
    for (const widgets of [['widget-theirs'], ['widget-ours', 'widget-nobodys'], ['widget-nowhere']])
      await expect(make(OF_OURS, { widgets })).rejects.toMatchObject({ code: 'not_found' });
    await expect(make(OF_OURS, { clients: ['theirs'] })).rejects.toMatchObject({ code: 'config_invalid' });
    await expect(make(OF_OURS, { clients: ['nowhere'] })).rejects.toMatchObject({ code: 'config_invalid' });
    await expect(make(UNLIMITED, { widgets: ['widget-nobodys'] })).rejects.toMatchObject({
      code: 'config_invalid',
      options: { errors: [{ pointer: '/clients' }] },
    });
    expect(await make(OF_OURS, { clients: null })).toMatchObject({ clients: ['ours'] });
    expect(await make(UNLIMITED, { widgets: ['widget-nobodys'], clients: null })).toMatchObject({ clients: null });
  });

  test('it ends with its time, its widget, its maker, or when it is revoked', async () => {
    const good = async (token: string): Promise<boolean> => (await embeds.verify(token)) !== undefined;
    const [late, kept, revoked] = [
      await embeds.create(INPUT, UNLIMITED, BY),
      await embeds.create({ ...INPUT, widgets: ['widget-ours', 'widget-theirs'] }, UNLIMITED, BY),
      await embeds.create(INPUT, UNLIMITED, BY),
    ];
    await run(`update embed_token set expires_at = now() where id = '${late.id}'`);
    expect(await good(late.token)).toBe(false);
    await embeds.clear();
    expect((await embeds.list()).map(({ id }) => id)).not.toContain(late.id);
    await embeds.revoke(revoked.id, BY);
    expect(await good(revoked.token)).toBe(false);
    await expect(embeds.revoke(revoked.id, BY)).rejects.toMatchObject({ code: 'not_found' });

    await run(`delete from widget where id = 'widget-theirs'`);
    expect(await embeds.verify(kept.token)).toMatchObject({ widgets: new Set(['widget-ours']) });
    await run(`update app_user set enabled = false where id = 'maker'`);
    expect(await good(kept.token)).toBe(false);
    await run(`update app_user set enabled = true where id = 'maker'`);
    expect(await good(kept.token)).toBe(true);
    await run(`delete from app_user where id = 'maker'`);
    expect(await good(kept.token)).toBe(false);
  });

  test('one that a program has made ends with the token of the program', async () => {
    await run(`
      insert into api_token (id, name, role, token_hash, all_clients, created_at)
      values ('program', 'Portal', 'engineer', 'a hash', true, now())`);
    const { token } = await embeds.create(INPUT, { ...UNLIMITED, kind: 'token', id: 'program' }, BY);
    const isGood = async (): Promise<boolean> => (await embeds.verify(token)) !== undefined;
    expect(await isGood()).toBe(true);
    await run(`update api_token set expires_at = now() where id = 'program'`);
    expect(await isGood()).toBe(false);
    await run(`update api_token set expires_at = null, revoked_at = now() where id = 'program'`);
    expect(await isGood()).toBe(false);
  });
});
