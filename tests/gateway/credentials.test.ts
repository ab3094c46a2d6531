import { expect, test } from 'vitest';
import type { Credentials, FixedCredentials } from '../../host/src/gateway/index.ts';
import { incomingHeaders, outgoingHeaders } from '../../host/src/gateway/thread/header.ts';
import { redirectOf, toRequest } from '../../host/src/gateway/thread/outgoing.ts';
import { createScope, resolveTarget } from '../../host/src/gateway/thread/target.ts';
import { startGateway, until } from './support/setup.ts';
import { startVendor } from './support/vendor.ts';

const CANARY = 'canary-4f1d9b7e';

test.for<[string, Credentials, string, string]>([
  [
    'basic',
    { type: 'basic', username: 'jürgen', password: CANARY },
    'authorization',
    `Basic ${Buffer.from(`jürgen:${CANARY}`).toString('base64')}`,
  ],
  ['bearer', { type: 'bearer', token: CANARY }, 'authorization', `Bearer ${CANARY}`],
  ['API key', { type: 'apiKey', in: 'header', name: 'X-Api-Key', value: CANARY }, 'x-api-key', CANARY],
])('%s credentials go along, and replace what the plugin forges', async ([, credentials, name, value]) => {
  await using vendor = await startVendor((_, response) => response.end());
  await using gateway = await startGateway();
  const { client } = gateway.open({ baseUrl: vendor.origin, credentials });
  await client.get(vendor.origin, { headers: [[name.toUpperCase(), 'forged']] });
  expect(vendor.seen[0]?.headers[name]).toBe(value);
});

test('an API key in the query is added to what is sent and taken off what comes back', async () => {
  await using vendor = await startVendor((seen, response) =>
    seen.url.startsWith('/from')
      ? response.writeHead(302, { location: `/to?access_token=${CANARY}&b=2` }).end()
      : response.end(),
  );
  await using gateway = await startGateway();
  const credentials = { type: 'apiKey', in: 'query', name: 'access_token', value: CANARY } as const;
  const { client } = gateway.open({ baseUrl: vendor.origin, credentials });
  const { head } = await client.get(`${vendor.origin}/from?a=%20x+y&access%5Ftoken=forged`);
  expect(vendor.seen.map((seen) => seen.url)).toEqual([
    `/from?a=%20x+y&access_token=${CANARY}`,
    `/to?b=2&access_token=${CANARY}`,
  ]);
  expect(head?.url).toBe(`${vendor.origin}/to?b=2`);

  const manual = await client.get(`${vendor.origin}/from`, { redirect: 'manual' });
  expect(manual.head?.status).toBe(302);
  expect(JSON.stringify(manual.head)).not.toContain(CANARY);
});

test.for<FixedCredentials>([
  { type: 'basic', username: 'u', password: CANARY },
  { type: 'bearer', token: CANARY },
  { type: 'apiKey', in: 'header', name: 'x-api-key', value: CANARY },
  { type: 'apiKey', in: 'query', name: 'key', value: CANARY },
])('credentials never go to a granted host, nor after a redirect to one: %o', (credentials) => {
  const connection = {
    instanceId: 'a',
    revision: 1,
    baseUrl: 'https://own.example',
    hosts: ['granted.example'],
    credentials,
  };
  const scope = createScope(connection);
  const send = (url: string) =>
    toRequest({ target: resolveTarget(scope, url), method: 'GET', headers: [], body: null }, credentials);
  const secret = credentials.type === 'basic' ? Buffer.from(`u:${CANARY}`).toString('base64') : CANARY;
  expect(JSON.stringify(send('https://own.example/x'))).toContain(secret);
  expect(JSON.stringify(send('https://granted.example/x'))).not.toContain(secret);

  const from = { target: resolveTarget(scope, 'https://own.example/x'), method: 'GET', headers: [], body: null };
  const answer = { status: 302, statusText: '', headers: { location: 'https://granted.example/' } };
  expect(redirectOf(scope, 'follow', from, answer)).toMatchObject({ code: 'egress_denied' });
  const back = { ...from, target: resolveTarget(scope, 'https://granted.example/x') };
  const home = { ...answer, headers: { location: 'https://own.example/' } };
  expect(redirectOf(scope, 'follow', back, home)).toMatchObject({ code: 'egress_denied' });
});

test('a plugin cannot set headers that steer the connection', async () => {
  await using vendor = await startVendor((_, response) => response.end());
  await using gateway = await startGateway();
  const { client } = gateway.open({ baseUrl: vendor.origin });
  const { error } = await client.get(vendor.origin, {
    method: 'POST',
    body: new TextEncoder().encode('12345'),
    headers: [
      ['Host', 'evil.example'],
      ['Connection', 'close, x-kept'],
      ['Keep-Alive', 'timeout=1'],
      ['Content-Length', '1'],
      ['Transfer-Encoding', 'chunked'],
      ['Upgrade', 'websocket'],
      ['Expect', '100-continue'],
      ['TE', 'trailers'],
      ['Trailer', 'x-t'],
      ['Proxy-Authorization', 'Basic x'],
      ['X-Jackfield-No-Retry', '1'],
      ['X-Kept', 'yes'],
      ['User-Agent', 'mine'],
    ],
  });
  expect(error).toBeUndefined();
  const [sent] = vendor.seen;
  expect(sent?.headers).toEqual({
    host: vendor.host,
    connection: 'keep-alive',
    'content-length': '5',
    'x-kept': 'yes',
    'user-agent': 'mine',
    accept: '*/*',
    'accept-encoding': 'gzip, br',
  });
  expect(sent?.body).toBe('12345');
});

test('without credentials for a target a plugin may bring its own', () => {
  expect(outgoingHeaders([['Authorization', 'Bearer own']], null)).toContain('Bearer own');
});

test('a vendor that repeats the credentials in its headers is not repeated', () => {
  const basic = { type: 'basic', username: 'u', password: CANARY } as const;
  const encoded = Buffer.from(`u:${CANARY}`).toString('base64');
  const headers = incomingHeaders({ 'x-echo': `Basic ${encoded}`, 'set-cookie': [`p=${CANARY}`, 'q=1'] }, basic);
  expect(headers).toEqual([
    ['x-echo', 'Basic [redacted]'],
    ['set-cookie', 'p=[redacted]'],
    ['set-cookie', 'q=1'],
  ]);
});

test('no failure names a credential, a query or an answer', async () => {
  await using vendor = await startVendor((seen, response) => {
    if (seen.url.startsWith('/cut')) response.writeHead(200, { 'content-length': '10' }).end(CANARY.slice(0, 5));
    else response.socket?.end(`nonsense ${CANARY}\r\n\r\n`);
  });
  await using gateway = await startGateway({ retries: 0 });
  const credentials = { type: 'apiKey', in: 'query', name: 'key', value: CANARY } as const;
  const { client } = gateway.open({ baseUrl: vendor.origin, credentials });
  const replies = [
    await client.get(`${vendor.origin}/bad?q=${CANARY}`),
    await client.get(`${vendor.origin}/bad`, { headers: [['x', `${CANARY}\n`]] }),
    await client.get(`http://user:${CANARY}@127.0.0.1:${vendor.port}/`),
    await client.get(`https://other.example/${CANARY}?q=${CANARY}`),
    await client.get(`ftp://${CANARY}@other.example/`),
  ];
  for (const { error } of replies) {
    expect(error).toBeDefined();
    expect(error?.message).not.toContain(CANARY);
  }
  expect(replies.map(({ error }) => error?.code)).toEqual([
    'vendor_bad_response',
    'egress_denied',
    'egress_denied',
    'egress_denied',
    'egress_denied',
  ]);
  await until(() => gateway.lines.length >= 4, 'the denials are logged');
  expect(JSON.stringify(gateway.lines)).not.toContain(CANARY);
  expect(gateway.lines.length).toBe(4);
});
