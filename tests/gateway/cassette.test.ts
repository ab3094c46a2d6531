// Cassettes: what a vendor answered, kept without secrets, and played to a plugin instead of the vendor.
import type { Cassette } from '@jackfield/schemas';
import {
  CassetteError,
  cassetteFindings,
  createPlayer,
  formatCassette,
  parseCassette,
  secretForms,
  toExchange,
  type WireExchange,
} from '@jackfield/sdk/cassette';
import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Connection } from '../../host/src/gateway/index.ts';
import { CLIENT, startOAuthVendor } from './support/oauth-vendor.ts';
import { startGateway, type TestGateway } from './support/setup.ts';
import { startVendor } from './support/vendor.ts';

const SECRET = 'canary/ü+"7f3a secret';
const OTHER = 'spare-canary-11aa';

const record = (): Promise<TestGateway> => startGateway({}, { cassette: { mode: 'record', plugin: 'desk' } });
const replay = (cassette: Cassette): Promise<TestGateway> =>
  startGateway({}, { cassette: { mode: 'replay', cassette } });

/** Every form in which the secret could have been left, none of them made by the code under test. */
function tracesOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    bytes.toString('hex'),
    bytes.toString('base64').slice(0, -4),
    Buffer.from(`user:${secret}`).toString('base64').slice(8, -4),
    Buffer.from(`x${secret}`).toString('base64').slice(4, -4),
  ];
}

test('calls are recorded without any secret, in whatever form the vendor repeats it, and played to another base URL', async () => {
  const repeats = {
    plain: SECRET,
    spare: OTHER,
    quoted: JSON.stringify({ inner: SECRET }),
    url: `https://x.example/?q=${encodeURIComponent(SECRET)}`,
    basic: Buffer.from(`user:${SECRET}`).toString('base64'),
    hex: Buffer.from(SECRET).toString('hex'),
    HEX: Buffer.from(SECRET).toString('hex').toUpperCase(),
    access_token: 'a-token-nobody-told-us-of',
  };
  await using vendor = await startVendor(({ url, body }, response) => {
    if (url.startsWith('/api/zip')) {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' });
      return response.end(gzipSync(JSON.stringify(repeats)));
    }
    response.writeHead(200, {
      'content-type': 'application/json',
      'set-cookie': `sid=${SECRET}`,
      'x-auth-token': 'abc',
      'x-echo': encodeURIComponent(SECRET),
      link: `<${vendor.origin}/api/next?page=2>; rel="next"`,
    });
    response.end(JSON.stringify({ ...repeats, self: `${vendor.origin}/api/x`, body }));
  });
  await using gateway = await record();
  const connection: Partial<Connection> = {
    baseUrl: `${vendor.origin}/api`,
    credentials: { type: 'basic', username: 'user', password: SECRET },
    secrets: [OTHER],
  };
  const { client } = gateway.open(connection);
  await client.get(`${vendor.origin}/api/zip?b=2&a=1&token=${encodeURIComponent(SECRET)}`);
  const post = new TextEncoder().encode(JSON.stringify({ say: SECRET, n: 1 }));
  const original = await client.get(`${vendor.origin}/api/x`, { method: 'POST', body: post });
  expect(original.body.toString()).toContain('a-token-nobody-told-us-of');
  const cassette = gateway.gateway.ejectCassette();

  const text = formatCassette(cassette, [SECRET, OTHER]);
  for (const trace of [...tracesOf(SECRET), ...tracesOf(OTHER), 'a-token-nobody-told-us-of', vendor.host]) {
    expect(text.toLowerCase().includes(trace.toLowerCase()), trace).toBe(false);
  }
  expect(text).not.toMatch(/set-cookie|x-auth-token|authorization/i);
  expect(parseCassette(text)).toEqual(cassette);

  // Another host, another secret, parameters in another order; the vendor is not there.
  await using player = await replay(parseCassette(text));
  const played = player.open({
    baseUrl: 'https://other.example/api',
    credentials: { type: 'basic', username: 'user', password: 'another-secret-1' },
  });
  const zip = await played.client.get('https://other.example/api/zip?a=1&token=another-secret-1&b=2');
  expect(JSON.parse(zip.body.toString())).toMatchObject({ plain: '[secret]', hex: '[secret]' });
  const body = new TextEncoder().encode(JSON.stringify({ say: 'another-secret-1', n: 1 }));
  const x = await played.client.get('https://other.example/api/x', { method: 'POST', body });
  expect(JSON.parse(x.body.toString())).toMatchObject({ self: 'https://other.example/api/x', plain: '[secret]' });
  expect(x.head?.headers).toContainEqual(['link', '<https://other.example/api/next?page=2>; rel="next"']);
  expect(played.run.vendorCalls()).toBe(2);
});

test('tokens that a vendor issues are taken out too, and a cassette needs none', async () => {
  await using vendor = await startOAuthVendor('issued-canary');
  const answered: string[] = [];
  vendor.answer = ({ token }, response) => {
    answered.push(token);
    response.end(JSON.stringify({ you: token, encoded: Buffer.from(`x:${token}`).toString('base64') }));
  };
  const credentials: Connection['credentials'] = {
    type: 'oauth2',
    grant: 'client_credentials',
    tokenUrl: vendor.tokenUrl,
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
    scopes: [],
    fields: { tokenUrl: 'tokenUrl', clientId: 'clientId', clientSecret: 'clientSecret' },
  };
  await using gateway = await record();
  const connection = { baseUrl: `${vendor.origin}/api`, credentials };
  await gateway.open(connection).client.get(`${vendor.origin}/api/me`);
  const text = formatCassette(gateway.gateway.ejectCassette());
  expect(answered.length).toBe(1);
  for (const trace of tracesOf(answered[0] ?? '')) expect(text.includes(trace), trace).toBe(false);
  await using player = await replay(parseCassette(text));
  const before = vendor.tokenRequests.length;
  const { body } = await player.open(connection).client.get(`${vendor.origin}/api/me`);
  expect(JSON.parse(body.toString())).toMatchObject({ you: '[secret]' });
  expect({ tokens: vendor.tokenRequests.length, calls: vendor.calls.length }).toEqual({ tokens: before, calls: 1 });
});

test('answers to the same question come in their order, the last one stays, redirects and busy answers included', async () => {
  await using vendor = await startVendor(({ url }, response) => {
    if (url === '/go') return response.writeHead(302, { location: '/end' }).end();
    if (url === '/end') return response.end('arrived');
    const count = vendor.seen.filter((seen) => seen.url === url).length;
    return response.writeHead(count === 1 ? 503 : 200).end(`answer ${count}`);
  });
  await using gateway = await record();
  const { client } = gateway.open({ baseUrl: vendor.origin });
  const ask = async (from: typeof client, base: string): Promise<string[]> => {
    const answers: string[] = [];
    for (const path of ['/go', '/busy', '/busy']) answers.push((await from.get(`${base}${path}`)).body.toString());
    return answers;
  };
  const said = await ask(client, vendor.origin);
  expect(said).toEqual(['arrived', 'answer 2', 'answer 3']);
  await using player = await replay(gateway.gateway.ejectCassette());
  const played = player.open({ baseUrl: 'https://other.example' }).client;
  expect(await ask(played, 'https://other.example')).toEqual(said);
  expect((await played.get('https://other.example/busy')).body.toString()).toBe('answer 3');
});

const exchangeOf = (changes: Partial<WireExchange>): WireExchange => ({
  method: 'GET',
  url: 'https://vendor.example/x',
  body: null,
  baseOrigin: 'https://vendor.example',
  status: 200,
  headers: [],
  answer: new TextEncoder().encode('{}'),
  ...changes,
});
const cassetteOf = (...exchanges: Partial<WireExchange>[]): Cassette => ({
  version: 1,
  plugin: 'desk',
  exchanges: exchanges.map((changes) => toExchange(exchangeOf(changes), [])),
});

test('a question that was never asked is an error that names the nearest, reaches no vendor, and is no failure of one', async () => {
  await using vendor = await startVendor((_, response) => response.end());
  const base = 'https://vendor.example';
  await using player = await replay(
    cassetteOf({ url: `${base}/issues?page=1` }, { url: `${base}/users` }, { method: 'POST', url: `${base}/search` }),
  );
  const { client, run } = player.open({ baseUrl: vendor.origin });
  const errorOf = async (path: string, method = 'GET'): Promise<string | undefined> =>
    (await client.get(`${vendor.origin}${path}`, { method })).error?.message;
  expect(await errorOf('/issues?page=2')).toBe(
    'GET /issues?page=2 is not on the cassette; the nearest is GET /issues?page=1, with another query',
  );
  expect(await errorOf('/user')).toBe('GET /user is not on the cassette; the nearest is GET /users, with another path');
  expect(await errorOf('/search')).toBe(
    'GET /search is not on the cassette; the nearest is POST /search, with another method',
  );
  for (let time = 0; time < 5; time += 1) expect(await errorOf('/nothing')).toContain('is not on the cassette');
  expect({ connections: vendor.connections(), calls: run.vendorCalls() }).toEqual({ connections: 0, calls: 0 });
});

test('what is played still keeps to the policy', async () => {
  await using player = await replay(cassetteOf({ url: 'https://elsewhere.example/x' }));
  const { client } = player.open({ baseUrl: 'https://vendor.example' });
  expect((await client.get('https://elsewhere.example/x')).error?.message).toContain('nor a granted host');
});

/** Read from a file, by somebody who knows no secret: what is refused there throws as well. */
const parseCassetteAs = (cassette: Cassette): Cassette => parseCassette(JSON.stringify(cassette));

test.for<[string, Partial<WireExchange>, string]>([
  [
    'a secret of the instance in binary',
    { answer: Buffer.concat([Buffer.from([0xff, 0]), Buffer.from(OTHER)]) },
    '/response/body',
  ],
  ['a private key', { answer: Buffer.from('-----BEGIN EC PRIVATE KEY-----\nx') }, '/response/body'],
  [
    'a signed token',
    { answer: Buffer.from(JSON.stringify({ a: 'eyJhbGciOiJub25l.eyJzdWIiOiIxMjM0.c2lnbmF0dXJl' })) },
    '/response/body',
  ],
  ['an Authorization value', { answer: Buffer.from('you sent Basic dXNlcjpwYXNzd29yZA==') }, '/response/body'],
  ['a GitHub token', { url: `https://vendor.example/ghp_${'a'.repeat(36)}` }, '/request/url'],
  ['an AWS key', { headers: [['x-note', 'AKIAABCDEFGHIJKLMNOP']] }, '/response/headers/0'],
  ['a URL with a password', { answer: Buffer.from('see https://user:hunter22@db.example/') }, '/response/body'],
])('%s is refused when it is written and when it is read, and is not repeated', ([, wire, pointer]) => {
  const cassette = cassetteOf(wire);
  expect(() => formatCassette(cassette, [OTHER])).toThrow(CassetteError);
  const findings = cassetteFindings(cassette, [OTHER]);
  expect(findings.map((finding) => finding.pointer)).toEqual([`/exchanges/0${pointer}`]);
  expect(JSON.stringify(findings)).not.toMatch(/canary|hunter22|ghp_|AKIA|dXNlcjp|eyJ/);
  expect(() => formatCassette(parseCassetteAs(cassette), [OTHER])).toThrow(CassetteError);
});

test('headers and members that hold secrets by their name are refused in a file that somebody edited', () => {
  const [exchange] = cassetteOf({}).exchanges;
  const edited = (response: object, url = 'https://base.invalid/'): unknown => ({
    version: 1,
    plugin: 'desk',
    exchanges: [{ request: { ...exchange?.request, url }, response: { ...exchange?.response, ...response } }],
  });
  for (const name of ['Authorization', 'cookie', 'Set-Cookie', 'X-Api-Key', 'x-auth-token', 'PRIVATE-TOKEN']) {
    expect(cassetteFindings(edited({ headers: [[name, 'x']] }))[0]?.message).toBe(`is the header "${name}"`);
  }
  expect(cassetteFindings(edited({ body: { json: { refresh_token: 'x1' } } }))[0]?.message).toMatch(/refresh_token/);
  expect(cassetteFindings(edited({}, 'https://base.invalid/?api_key=x1'))[0]?.message).toMatch(/api_key/);
  expect(
    cassetteFindings(edited({ headers: [['x-next-page-token', 'abc']], body: { json: { nextPageToken: 'x' } } })),
  ).toEqual([]);
  expect(cassetteFindings({ version: 2 })).not.toEqual([]);
  expect(cassetteFindings(edited({ body: { json: 1, text: '2' } }))[0]?.pointer).toBe('/exchanges/0/response/body');
});

test('whatever a vendor does with a secret, its forms are found (property)', () => {
  const secret = fc.string({ unit: 'grapheme', minLength: 8, maxLength: 24 });
  fc.assert(
    fc.property(secret, fc.string({ maxLength: 5 }), fc.string({ maxLength: 5 }), (value, before, after) => {
      const forms = secretForms([value]);
      const seen = [
        value,
        encodeURIComponent(value),
        JSON.stringify(JSON.stringify({ value })),
        Buffer.from(before + value + after).toString('base64'),
        Buffer.from(before + value + after).toString('base64url'),
        Buffer.from(before + value + after).toString('hex'),
      ];
      for (const text of seen)
        expect(
          forms.some((form) => text.includes(form)),
          text,
        ).toBe(true);
    }),
    { seed: 20_261_125, numRuns: 60 },
  );
});

test('a body is played to the last byte, JSON or not', () => {
  for (const text of ['{"a":1}', '{ "a": 1.0 }', '[1e400]', '"x"', '\uFEFF{}', 'plain', '{"a":12345678901234567890}']) {
    const { exchanges } = cassetteOf({ answer: Buffer.from(text) });
    const player = createPlayer({ version: 1, plugin: 'desk', exchanges });
    const { body } = player.play(
      { method: 'get', url: 'https://vendor.example/x', body: null },
      'https://vendor.example',
    );
    expect(Buffer.from(body).toString()).toBe(text);
  }
});
