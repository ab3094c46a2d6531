// Refresh tokens that the vendor replaces with each use, through whole hosts and both databases: none is lost, none is shown.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from 'kysely';
import { defaultLimits } from '../../host/src/limits.ts';
import { openStore } from '../../host/src/store/index.ts';
import { oneOf, server, type TestDatabase } from '../support/databases.ts';
import { movableClock, startTestHost, type TestHost } from '../support/host.ts';
import { silentLog } from '../support/log.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { buildOAuthPlugin } from './support/oauth-plugin.ts';
import { CLIENT, startOAuthVendor, type OAuthVendor } from './support/oauth-vendor.ts';
import { until } from './support/setup.ts';

let plugin: TestPlugin;
beforeAll(async () => {
  plugin = await buildOAuthPlugin();
});
afterAll(() => plugin[Symbol.asyncDispose]());

const FIRST = 'refresh-typed-by-an-admin-0001';
const HOUR = 3_600_000;

const startHost = (place: TestDatabase, clock = movableClock()): Promise<TestHost> =>
  startTestHost(place, {
    plugins: [plugin],
    logLevel: 'trace',
    clock,
    // A stop does not wait for a run that waits for a token.
    limits: { http: { ...defaultLimits.http, drain: 100 } },
  });

function configFor(vendor: OAuthVendor): Record<string, unknown> {
  return {
    baseUrl: `${vendor.origin}/api`,
    tokenUrl: vendor.tokenUrl,
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
    refreshToken: FIRST,
  };
}

async function startVendor(): Promise<OAuthVendor> {
  const vendor = await startOAuthVendor();
  vendor.refreshToken = FIRST;
  return vendor;
}

async function create({ api }: TestHost, vendor: OAuthVendor): Promise<void> {
  const body = { id: 'acme', plugin: 'oauth', name: 'Acme', config: configFor(vendor) };
  expect((await api.call('POST', '/api/instances', body)).status).toBe(201);
}

const status = async ({ api }: TestHost): Promise<number> =>
  (await api.call('GET', '/api/instances/acme/queries/me')).status;

const usedTokens = (vendor: OAuthVendor): (string | null)[] =>
  vendor.tokenRequests.map(({ form }) => form.get('refresh_token'));

async function everythingStored({ dataFolder, databaseUrl }: TestDatabase): Promise<string> {
  await using store = await openStore({ dataFolder, databaseUrl, limits: defaultLimits.store, log: silentLog });
  const tables = await store.db.introspection.getTables();
  const texts: string[] = [];
  for (const { name } of tables.filter(({ schema }) => schema === 'public')) {
    const { rows } = await sql<{ row: string }>`select t::text as row from ${sql.table(name)} t`.execute(store.db);
    texts.push(...rows.map(({ row }) => row));
  }
  return texts.join('\n');
}

describe.each(oneOf)('a refresh token on $name', (database) => {
  test('that the vendor replaces is stored sealed, and used after a restart; the revision stays', async () => {
    await using place = await database.open();
    await using vendor = await startVendor();
    const logs: string[] = [];
    for (let start = 0; start < 3; start += 1) {
      await using host = await startHost(place);
      if (start === 0) await create(host, vendor);
      expect(await status(host)).toBe(200);
      const { body } = await host.api.call('GET', '/api/instances/acme');
      expect(body).toMatchObject({ revision: 1, secretsSet: ['clientSecret', 'refreshToken'] });
      logs.push(...host.logs, JSON.stringify(body));
    }
    const replaced = vendor.issued.filter((token) => token.startsWith('token-refresh'));
    expect(usedTokens(vendor)).toEqual([FIRST, replaced[0], replaced[1]]);
    const said = logs.join('\n') + (await everythingStored(place));
    expect(said).toContain('acme');
    for (const token of [FIRST, ...vendor.issued]) expect(said).not.toContain(token);
  });

  test('that is replaced within one host is followed, expiry after expiry', async () => {
    await using place = await database.open();
    await using vendor = await startVendor();
    const clock = movableClock();
    await using host = await startHost(place, clock);
    await create(host, vendor);
    for (let round = 0; round < 4; round += 1) {
      expect(await status(host)).toBe(200);
      clock.advance(HOUR);
    }
    expect(new Set(usedTokens(vendor)).size).toBe(4);
  });

  test('that a check of a draft used up is not lost for the instance that is then saved', async () => {
    await using place = await database.open();
    await using vendor = await startVendor();
    await using host = await startHost(place);
    const draft = { plugin: 'oauth', config: configFor(vendor) };
    expect((await host.api.call('POST', '/api/instances/check', draft)).body).toMatchObject({ ok: true });
    expect(vendor.refreshToken).not.toBe(FIRST);
    await create(host, vendor);
    expect(await status(host)).toBe(200);
    await host[Symbol.asyncDispose]();
    await using again = await startHost(place);
    expect(await status(again)).toBe(200);
  });

  test('that a check of a changed config of a saved instance used up is stored for the instance', async () => {
    await using place = await database.open();
    await using vendor = await startVendor();
    {
      await using host = await startHost(place);
      await create(host, vendor);
      const { refreshToken: _, clientSecret: __, ...config } = configFor(vendor);
      const draft = { instanceId: 'acme', config };
      expect((await host.api.call('POST', '/api/instances/check', draft)).body).toMatchObject({ ok: true });
    }
    await using host = await startHost(place);
    expect(await status(host)).toBe(200);
    expect(usedTokens(vendor)[1]).toBe(vendor.issued[0]);
  });

  test('that somebody sets while the vendor replaces the old one stays as it was set', async () => {
    await using place = await database.open();
    await using vendor = await startVendor();
    const clock = movableClock();
    await using host = await startHost(place, clock);
    await create(host, vendor);
    const held = Promise.withResolvers<void>();
    vendor.intercept = async () => {
      await held.promise;
      return false;
    };
    const running = status(host);
    await until(() => vendor.tokenRequests.length === 1, 'the token is being replaced');
    const typed = 'refresh-typed-again-0002';
    await host.api.call('PATCH', '/api/instances/acme', { config: { refreshToken: typed } });
    held.resolve();
    expect(await running).toBe(200);
    vendor.refreshToken = typed;
    expect(await status(host)).toBe(200);
    expect(usedTokens(vendor)).toEqual([FIRST, typed]);
  });

  test('that is no longer valid says what to do, and a new one is taken at once', async () => {
    await using place = await database.open();
    await using vendor = await startVendor();
    vendor.refreshToken = 'another';
    await using host = await startHost(place);
    await create(host, vendor);
    const { status: failed, body } = await host.api.call('GET', '/api/instances/acme/queries/me');
    expect(failed).toBe(401);
    expect(body).toMatchObject({
      code: 'auth_failed',
      detail: expect.stringMatching(/no longer valid \(invalid_grant\); authorise the app again .*"refreshToken"/),
    });
    await host.api.call('PATCH', '/api/instances/acme', { config: { refreshToken: 'another' } });
    expect(await status(host)).toBe(200);
  });

  test('that is just being replaced when the host stops is stored before it has stopped', async () => {
    await using place = await database.open();
    await using vendor = await startVendor();
    {
      await using host = await startHost(place);
      await create(host, vendor);
      const held = Promise.withResolvers<void>();
      vendor.delay = () => held.promise;
      const cut = host.api.call('GET', '/api/instances/acme/queries/me').catch(() => undefined);
      await until(() => vendor.issued.length === 2, 'the refresh token is used up');
      // Last before the gateway's own, so that the answer comes while it stops.
      host.host.hooks.shutdown.tap({ name: 'test', before: 'gateway' }, () => held.resolve());
      await host[Symbol.asyncDispose]();
      await cut;
    }
    vendor.delay = undefined;
    await using host = await startHost(place);
    expect(await status(host)).toBe(200);
  });

  test('is not sent to another token endpoint unless it is sent again', async () => {
    await using place = await database.open();
    await using vendor = await startVendor();
    await using host = await startHost(place);
    await create(host, vendor);
    const tokenUrl = 'https://auth.example.com/oauth/token';
    const { status: refused, body } = await host.api.call('PATCH', '/api/instances/acme', { config: { tokenUrl } });
    expect(refused).toBe(400);
    expect(body).toMatchObject({
      errors: [{ pointer: '/config/clientSecret' }, { pointer: '/config/refreshToken' }].map((error) =>
        expect.objectContaining(error),
      ),
    });
  });
});

describe('two hosts on one database', () => {
  test('use the refresh token that either has stored', async () => {
    await using place = await server.open();
    await using vendor = await startVendor();
    const clock = movableClock();
    await using one = await startHost(place, clock);
    await create(one, vendor);
    await using other = await startHost(place, clock);
    for (const host of [one, other, one, other]) {
      expect(await status(host)).toBe(200);
      clock.advance(HOUR);
    }
    expect(new Set(usedTokens(vendor)).size).toBe(4);
  });

  test('that want a new token at the same time both get one, although the refresh token is good for one use', async () => {
    await using place = await server.open();
    await using vendor = await startVendor();
    const clock = movableClock();
    await using one = await startHost(place, clock);
    await create(one, vendor);
    await using other = await startHost(place, clock);
    const held = Promise.withResolvers<void>();
    vendor.delay = () => held.promise;
    const first = status(one);
    await until(() => vendor.issued.length === 2, 'the refresh token is used up');
    const second = status(other);
    await until(
      () => usedTokens(vendor).filter((token) => token === FIRST).length > 1,
      'the other host has used it too',
    );
    held.resolve();
    expect(await Promise.all([first, second])).toEqual([200, 200]);
    clock.advance(HOUR);
    expect(await Promise.all([status(one), status(other)])).toEqual([200, 200]);
  });
});
