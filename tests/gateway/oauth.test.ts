// OAuth 2 as the gateway thread does it, against a token endpoint that checks what it is sent.
import { expect, test } from 'vitest';
import type { OAuth2Credentials } from '../../host/src/gateway/index.ts';
import { CLIENT, startOAuthVendor, type OAuthVendor } from './support/oauth-vendor.ts';
import type { Reply } from './support/port-client.ts';
import { startGateway, until } from './support/setup.ts';

function credentialsFor(vendor: OAuthVendor, changes: Partial<OAuth2Credentials> = {}): OAuth2Credentials {
  return {
    type: 'oauth2',
    grant: 'client_credentials',
    tokenUrl: vendor.tokenUrl,
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
    scopes: [],
    fields: { tokenUrl: 'tokenUrl', clientId: 'clientId', clientSecret: 'clientSecret', refreshToken: 'refreshToken' },
    ...changes,
  };
}

/** The base URL has a path: a token endpoint is often outside of it. */
const baseOf = (vendor: OAuthVendor): string => `${vendor.origin}/api`;

test('a token is fetched with the client credentials, sent as a bearer token, and kept for later runs', async () => {
  await using vendor = await startOAuthVendor();
  await using gateway = await startGateway();
  const credentials = credentialsFor(vendor, { scopes: ['read:jira-work', 'read:me'] });
  for (let run = 0; run < 3; run += 1) {
    const { client, run: open } = gateway.open({ baseUrl: baseOf(vendor), credentials });
    expect((await client.get(`${baseOf(vendor)}/me`)).head?.status).toBe(200);
    open.close();
  }
  expect(vendor.calls.map(({ token }) => token)).toEqual(Array(3).fill(vendor.issued[0]));
  expect(vendor.tokenRequests.length).toBe(1);
  const [asked] = vendor.tokenRequests;
  expect(asked?.contentType).toBe('application/x-www-form-urlencoded');
  expect(Object.fromEntries(asked?.form ?? [])).toEqual({
    grant_type: 'client_credentials',
    scope: 'read:jira-work read:me',
  });
});

test('a server that takes the client only in the body gets it there, and is asked so from then on', async () => {
  await using vendor = await startOAuthVendor();
  vendor.proofs = ['body'];
  vendor.expiresIn = 60;
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
  await using gateway = await startGateway({}, { clock });
  const open = () => gateway.open({ baseUrl: baseOf(vendor), credentials: credentialsFor(vendor) }).client;
  expect((await open().get(`${baseOf(vendor)}/me`)).head?.status).toBe(200);
  clock.ahead = 60_000;
  expect((await open().get(`${baseOf(vendor)}/me`)).head?.status).toBe(200);
  expect(vendor.tokenRequests.map(({ authorization }) => authorization !== undefined)).toEqual([true, false, false]);
});

test('100 runs at the same time use a refresh token once, and once more when the vendor revokes what they got', async () => {
  await using vendor = await startOAuthVendor();
  const place = { instanceId: 'acme', revision: '1', field: 'refreshToken' };
  let stored = (vendor.refreshToken = 'refresh-first');
  const held: (() => void)[] = [];
  vendor.intercept = async () => {
    await new Promise<void>((resolve) => held.push(resolve));
    return false;
  };
  await using gateway = await startGateway(
    {},
    {
      refreshTokens: {
        read: async () => stored,
        replace: async (_place, expected, next) => {
          if (!expected.includes(stored)) return false;
          stored = next;
          return true;
        },
      },
    },
  );
  const credentials = credentialsFor(vendor, {
    grant: 'refresh_token',
    refresh: { token: stored, place },
  });
  const connection = { baseUrl: baseOf(vendor), credentials, concurrency: 100 };
  const askAll = (): Promise<Reply>[] =>
    Array.from({ length: 100 }, () => gateway.open(connection).client.get(`${baseOf(vendor)}/me`));
  const first = askAll();
  await until(() => held.length === 1, 'a token is asked for');
  held.shift()?.();
  expect((await Promise.all(first)).map(({ head }) => head?.status)).toEqual(Array(100).fill(200));
  expect({ asked: vendor.tokenRequests.length, stored }).toEqual({ asked: 1, stored: vendor.refreshToken });

  vendor.good.clear();
  vendor.calls.length = 0;
  const second = askAll();
  // Who comes after the first refusal waits for the new token, and is not refused any more.
  await until(() => held.length === 1, 'a token is asked for again');
  held.shift()?.();
  expect((await Promise.all(second)).map(({ head }) => head?.status)).toEqual(Array(100).fill(200));
  expect({ asked: vendor.tokenRequests.length, stored }).toEqual({ asked: 2, stored: vendor.refreshToken });
});

test('a run that leaves while it waits for a token takes it from nobody', async () => {
  await using vendor = await startOAuthVendor();
  const held: (() => void)[] = [];
  vendor.intercept = async () => {
    await new Promise<void>((resolve) => held.push(resolve));
    return false;
  };
  await using gateway = await startGateway();
  const connection = { baseUrl: baseOf(vendor), credentials: credentialsFor(vendor) };
  const first = gateway.open(connection);
  const aborted = first.client.call(`${baseOf(vendor)}/me`);
  await until(() => held.length === 1, 'a token is asked for');
  aborted.abort();
  expect((await aborted.done).error?.code).toBe('aborted');
  first.run.close();
  const second = gateway.open(connection).client.get(`${baseOf(vendor)}/me`);
  held[0]?.();
  expect((await second).head?.status).toBe(200);
  expect(vendor.tokenRequests.length).toBe(1);
});

test.for<[string, number | string | undefined, number]>([
  ['a minute before it expires', 3600, 3_539_000],
  ['a minute before it expires, given as text', '3600', 3_539_000],
  ['after half its life when that is short', 60, 29_000],
  ['after half an hour when the server does not say', undefined, 29 * 60_000 - 1000],
])('a token is replaced %s, by the host’s clock', async ([, expiresIn, still]) => {
  await using vendor = await startOAuthVendor();
  vendor.expiresIn = expiresIn;
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
  await using gateway = await startGateway({}, { clock });
  const ask = () =>
    gateway.open({ baseUrl: baseOf(vendor), credentials: credentialsFor(vendor) }).client.get(`${baseOf(vendor)}/me`);
  await ask();
  clock.ahead = still - 10_000;
  await ask();
  expect(vendor.tokenRequests.length).toBe(1);
  clock.ahead = still + 1_001;
  await ask();
  expect(vendor.tokenRequests.length).toBe(2);
});

test('a token that the vendor revokes is replaced once for all, and each call is repeated exactly once with its body', async () => {
  await using vendor = await startOAuthVendor();
  await using gateway = await startGateway();
  const { client } = gateway.open({ baseUrl: baseOf(vendor), credentials: credentialsFor(vendor) });
  await client.get(`${baseOf(vendor)}/me`);
  vendor.good.clear();
  const bodies = ['one', 'two', 'three'];
  const replies = await Promise.all(
    bodies.map((text) =>
      client.get(`${baseOf(vendor)}/search`, { method: 'POST', body: new TextEncoder().encode(text) }),
    ),
  );
  expect(replies.map(({ head }) => head?.status)).toEqual([200, 200, 200]);
  expect(vendor.tokenRequests.length).toBe(2);
  for (const body of bodies) {
    expect(vendor.calls.filter((call) => call.body === body).map(({ status }) => status)).toEqual([401, 200]);
  }
});

test('a vendor that refuses every token is not asked for one with each call', async () => {
  await using vendor = await startOAuthVendor();
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
  await using gateway = await startGateway({}, { clock });
  // Checks: other runs would not be sent after the first refusal.
  const open = () => gateway.open({ baseUrl: baseOf(vendor), credentials: credentialsFor(vendor) }, true).client;
  vendor.good.add = () => vendor.good;
  const client = open();
  const first = await client.get(`${baseOf(vendor)}/me`);
  expect({ status: first.head?.status, body: first.body.toString() }).toEqual({
    status: 401,
    body: '{"error":"invalid_token"}',
  });
  expect({ calls: vendor.calls.length, tokens: vendor.tokenRequests.length }).toEqual({ calls: 2, tokens: 2 });
  for (let more = 0; more < 5; more += 1) await client.get(`${baseOf(vendor)}/me`);
  expect({ calls: vendor.calls.length, tokens: vendor.tokenRequests.length }).toEqual({ calls: 7, tokens: 2 });
  clock.ahead = 61_000;
  await open().get(`${baseOf(vendor)}/me`);
  expect(vendor.tokenRequests.length).toBe(3);
});

const json = (status: number, value: unknown) => ({ status, body: JSON.stringify(value) });
test.for<[string, { status: number; body: string; headers?: Record<string, string> }, string, RegExp]>([
  ['invalid_client', json(401, { error: 'invalid_client' }), 'auth_failed', /check "clientId" and "clientSecret"/],
  [
    'Atlassian’s access_denied',
    json(401, { error: 'access_denied' }),
    'auth_failed',
    /\(access_denied\); check "clientId"/,
  ],
  ['a bare 401', { status: 401, body: '' }, 'auth_failed', /\(401\); check "clientId"/],
  [
    'unauthorized_client',
    json(400, { error: 'unauthorized_client' }),
    'auth_failed',
    /allow the app the grant "client_credentials"/,
  ],
  ['invalid_scope', json(400, { error: 'invalid_scope' }), 'auth_failed', /scopes/],
  ['an error of its own', json(403, { error: 'canary-71c0ffee' }), 'auth_failed', /\(403\)/],
  ['500', { status: 500, body: 'canary-71c0ffee' }, 'vendor_unavailable', /busy or down \(500\)/],
  ['503', { status: 503, body: '' }, 'vendor_unavailable', /busy or down \(503\)/],
  ['429', { status: 429, body: '', headers: { 'retry-after': '60' } }, 'vendor_unavailable', /busy or down \(429\)/],
  ['404', { status: 404, body: '<html>' }, 'vendor_bad_response', /answered 404.*check "tokenUrl"/],
  ['a redirect', { status: 302, body: '', headers: { location: '/elsewhere' } }, 'vendor_bad_response', /answered 302/],
  ['a 400 that says nothing', { status: 400, body: 'canary-71c0ffee' }, 'vendor_bad_response', /answered 400/],
  ['HTML', { status: 200, body: '<html>canary-71c0ffee' }, 'vendor_bad_response', /without a usable access token/],
  ['JSON without a token', json(200, { token: 'x' }), 'vendor_bad_response', /without a usable access token/],
  [
    'a token with a line break',
    json(200, { access_token: 'a\r\nb' }),
    'vendor_bad_response',
    /without a usable access/,
  ],
  ['a token of another type', json(200, { access_token: 'a', token_type: 'mac' }), 'vendor_bad_response', /bearer/],
  ['too much', { status: 200, body: 'x'.repeat(300_000) }, 'vendor_bad_response', /too large/],
])(
  'a token endpoint that answers %s fails the call, and nothing of its answer is repeated',
  async ([, reply, code, message]) => {
    await using vendor = await startOAuthVendor();
    vendor.intercept = (_, response) => {
      response.writeHead(reply.status, reply.headers).end(reply.body);
      return true;
    };
    await using gateway = await startGateway({ retries: 1 });
    const { client } = gateway.open({ baseUrl: baseOf(vendor), credentials: credentialsFor(vendor) });
    const { error } = await client.get(`${baseOf(vendor)}/me`);
    expect(error?.code).toBe(code);
    expect(error?.message).toMatch(message);
    expect(error?.message).toContain(vendor.origin);
    expect(JSON.stringify([error, gateway.lines])).not.toContain('canary-71c0ffee');
    expect(vendor.calls).toEqual([]);
  },
);

test('a token endpoint that does not answer in time, or is not there, is unavailable', async () => {
  await using vendor = await startOAuthVendor();
  vendor.intercept = () => true;
  await using gateway = await startGateway({ headersTimeout: 100, retries: 0 });
  const { client } = gateway.open({ baseUrl: baseOf(vendor), credentials: credentialsFor(vendor) });
  expect((await client.get(`${baseOf(vendor)}/me`)).error?.code).toBe('vendor_unavailable');
  const gone = await startOAuthVendor();
  await gone[Symbol.asyncDispose]();
  const other = gateway.open({ instanceId: 'b', baseUrl: gone.origin, credentials: credentialsFor(gone) }).client;
  expect((await other.get(gone.origin)).error?.code).toBe('vendor_unavailable');
});

test('a busy token endpoint is asked again for client credentials', async () => {
  await using vendor = await startOAuthVendor();
  vendor.intercept = (_, response) => {
    if (vendor.tokenRequests.length > 2) return false;
    response.writeHead(503).end();
    return true;
  };
  await using gateway = await startGateway({ retries: 2 });
  const { client } = gateway.open({ baseUrl: baseOf(vendor), credentials: credentialsFor(vendor) });
  expect((await client.get(`${baseOf(vendor)}/me`)).head?.status).toBe(200);
});

test('a refused client is not sent again for each call of a run', async () => {
  await using vendor = await startOAuthVendor();
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
  await using gateway = await startGateway({}, { clock });
  const credentials = credentialsFor(vendor, { clientSecret: 'wrong' });
  const { client } = gateway.open({ baseUrl: baseOf(vendor), credentials });
  for (let call = 0; call < 5; call += 1) {
    expect((await client.get(`${baseOf(vendor)}/me`)).error?.code).toBe('auth_failed');
  }
  expect(vendor.tokenRequests.length).toBe(2);
  clock.ahead = 6_000;
  await gateway.open({ baseUrl: baseOf(vendor), credentials }).client.get(`${baseOf(vendor)}/me`);
  expect(vendor.tokenRequests.length).toBe(4);
});

test.for([
  ['https://elsewhere.example/oauth/token', /neither the base URL.*"elsewhere\.example" in network\.hosts/],
  ['https://granted.example:8443/oauth/token', /for https on port 443/],
  ['http://granted.example/oauth/token', /for https on port 443/],
  ['ftp://granted.example/oauth/token', /"tokenUrl" must be a plain http or https URL/],
  ['https://user:pass@granted.example/', /"tokenUrl" must be/],
] as const)('a token endpoint at %s is not called', async ([tokenUrl, message]) => {
  await using vendor = await startOAuthVendor();
  await using gateway = await startGateway();
  const credentials = credentialsFor(vendor, { tokenUrl });
  const { client } = gateway.open({ baseUrl: baseOf(vendor), hosts: ['granted.example'], credentials });
  const { error } = await client.get(`${baseOf(vendor)}/me`);
  expect(error?.code).toBe('egress_denied');
  expect(error?.message).toMatch(message);
  await until(() => gateway.lines.length === 1, 'the denial is logged');
});

test('a token endpoint on a granted host must have a public address', async () => {
  await using vendor = await startOAuthVendor();
  await using gateway = await startGateway();
  const credentials = credentialsFor(vendor, { tokenUrl: 'https://localhost/oauth/token' });
  const { client } = gateway.open({ baseUrl: baseOf(vendor), hosts: ['localhost'], credentials });
  const { error } = await client.get(`${baseOf(vendor)}/me`);
  expect(error?.code).toBe('egress_denied');
  expect(error?.message).toMatch(/"localhost" resolves to an address that may not be called/);
});

test('a token is kept from what the plugin sees: headers that repeat it, and calls to granted hosts', async () => {
  await using vendor = await startOAuthVendor();
  vendor.answer = ({ token }, response) => void response.writeHead(200, { 'x-echo': `Bearer ${token}` }).end();
  await using gateway = await startGateway();
  const { client } = gateway.open({ baseUrl: baseOf(vendor), credentials: credentialsFor(vendor) });
  const { head } = await client.get(`${baseOf(vendor)}/me`, { headers: [['authorization', 'Bearer forged']] });
  expect(vendor.calls[0]?.token).toBe(vendor.issued[0]);
  expect(head?.headers).toContainEqual(['x-echo', 'Bearer [redacted]']);
  expect(JSON.stringify(head)).not.toContain(vendor.issued[0]);
});

test('calls to the token endpoint are counted as the run’s', async () => {
  await using vendor = await startOAuthVendor();
  await using gateway = await startGateway();
  const { client, run } = gateway.open({ baseUrl: baseOf(vendor), credentials: credentialsFor(vendor) });
  await client.get(`${baseOf(vendor)}/me`);
  expect(run.vendorCalls()).toBe(2);
});

test('two instances, and an id that is used again, never share a token', async () => {
  await using vendor = await startOAuthVendor();
  await using gateway = await startGateway();
  const credentials = credentialsFor(vendor);
  const baseUrl = baseOf(vendor);
  for (const [instanceId, revision] of [
    ['acme', '2026-01-01/1'],
    ['globex', '2026-01-01/1'],
    ['acme', '2026-02-02/1'],
  ] as const) {
    await gateway.open({ instanceId, revision, baseUrl, credentials }).client.get(`${baseUrl}/me`);
  }
  expect(new Set(vendor.calls.map(({ token }) => token)).size).toBe(3);
});
