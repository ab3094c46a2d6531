import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Problem } from '@jackfield/schemas';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { server, type TestDatabase } from '../support/databases.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { expectProblem } from '../support/problem.ts';
import { type RoutesHost, SECRET, startRoutes } from './fixture.ts';
import { buildHooks } from './hooks-plugin.ts';

const WINDOW = 60_000;
const MANY = 1_000_000;
const HEADER_SECRET = `header/${randomBytes(6).toString('hex')}"+`;
const QUERY_SECRET = `query/${randomBytes(6).toString('hex')}&=+ é`;

let plugin: TestPlugin;
let place: TestDatabase;
let host: RoutesHost;

beforeAll(async () => {
  plugin = await buildHooks();
  place = await server.open();
  host = await startRoutes(place, plugin, { refusalWindow: WINDOW, bodyTime: 1500 });
  await host.add('acme');
  await host.add('by-header', { headerSecret: HEADER_SECRET });
  await host.add('by-query', { querySecret: QUERY_SECRET, spare: 'another-secret' });
  await host.add('no-secret', {});
  await host.add('off');
  await host.instances.update('off', { enabled: false });
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
  await plugin[Symbol.asyncDispose]();
});
// Nobody is still waiting for what another test did.
beforeEach(() => host.clock.advance(WINDOW + 1));

let counter = 0;
const fresh = () => ({ event: 'nothing', n: (counter += 1) });

describe('a signature', () => {
  test.each([
    ['none', null],
    ['empty', ''],
    ['only the prefix', 'sha256='],
    ['another prefix', `sha1=${'a'.repeat(64)}`],
    ['too short', 'sha256=ab'],
    ['no hex', `sha256=${'g'.repeat(64)}`],
    ['of something else', `sha256=${'ab'.repeat(32)}`],
  ])('that is wrong (%s) is refused', async (_what, signature) => {
    await expectProblem(await host.deliver(fresh(), { signature }), 403, 'permission_denied');
  });

  test('with another secret, or of another body, is refused', async () => {
    await expectProblem(await host.deliver(fresh(), { secret: `${SECRET}x` }), 403, 'permission_denied');
    const other = await host.deliver(fresh());
    expect(other.status).toBe(200);
  });

  test('counts over the bytes of the body, whatever they are called and whatever they are', async () => {
    for (const type of [
      'application/json',
      'text/plain; charset=utf-16',
      'multipart/form-data; boundary=x',
      'application/x-never-heard-of',
    ]) {
      expect((await host.deliver(fresh(), { headers: { 'content-type': type } })).status).toBe(200);
    }
    const binary = Buffer.concat([
      Buffer.from('{"event":"echo","binary":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}'),
    ]);
    const answer = await host.deliver(binary, { headers: { 'content-type': 'application/octet-stream' } });
    const { request } = (await answer.json()) as { request: { body: string } };
    expect(request.body).toBe('{"event":"echo","binary":"\ufffd\ufffd"}');
    const spaced = '  { "event" : "nothing",\r\n "n": 1e0, "e": "\\u00e9é" }\n';
    expect((await host.deliver(spaced)).status).toBe(200);
  });
});

describe('a shared secret', () => {
  const send = (instance: string, options: { path?: string; headers?: Record<string, string> }) =>
    host.deliver(fresh(), { instance, signature: null, ...options });
  const asQuery = (secret: string) => `/webhook?${new URLSearchParams({ a: '1', secret }).toString()}`;

  test('in a header or the query lets in', async () => {
    expect((await send('by-header', { headers: { 'x-hook-token': HEADER_SECRET } })).status).toBe(200);
    expect((await send('by-query', { path: asQuery(QUERY_SECRET) })).status).toBe(200);
  });

  test('that is wrong, missing, there twice or in another place does not', async () => {
    const attempts = [
      send('by-header', { headers: { 'x-hook-token': `${HEADER_SECRET}x` } }),
      send('by-header', { headers: { 'x-hook-token': '' } }),
      send('by-header', { path: asQuery(HEADER_SECRET) }),
      send('by-query', { path: asQuery('') }),
      send('by-query', { path: `${asQuery('wrong')}&secret=${encodeURIComponent(QUERY_SECRET)}` }),
      send('by-query', { headers: { 'x-hook-token': QUERY_SECRET } }),
      // The signature's secret is the first that is set, so the others do not count.
      send('acme', { headers: { 'x-hook-token': SECRET } }),
    ];
    for (const attempt of attempts) await expectProblem(await attempt, 403, 'permission_denied');
  });

  test('vouches for the query too: another query is another delivery', async () => {
    const body = fresh();
    const put = (path: string) =>
      host.deliver(body, { instance: 'by-header', path, signature: null, headers: { 'x-hook-token': HEADER_SECRET } });
    expect([
      (await put('/webhook?n=1')).status,
      (await put('/webhook?n=1')).status,
      (await put('/webhook?n=2')).status,
    ]).toEqual([200, 409, 200]);
  });

  test('on a route that is asked with GET', async () => {
    const path = `/ping?${new URLSearchParams({ secret: QUERY_SECRET, n: '1' }).toString()}`;
    const answer = await host.deliver('', { instance: 'by-query', method: 'GET', path, signature: null });
    expect(await answer.json()).toMatchObject({
      request: { method: 'GET', path: '/ping', query: { n: '1' }, body: '' },
    });
  });
});

test('a stranger learns nothing: every refusal is the same, whatever is there', async () => {
  const sign = { secret: 'a guess' };
  const attempts = [
    host.deliver(fresh(), sign),
    host.deliver(fresh(), { ...sign, instance: 'nobody' }),
    host.deliver(fresh(), { ...sign, instance: 'off' }),
    host.deliver(fresh(), { instance: 'off' }),
    host.deliver(fresh(), { ...sign, instance: 'no-secret' }),
    host.deliver(fresh(), { ...sign, instance: 'by-query' }),
    host.deliver(fresh(), { ...sign, path: '/nothing' }),
    host.deliver(fresh(), { path: '/nothing' }),
    host.deliver(fresh(), { ...sign, path: '/' }),
    host.deliver(fresh(), { ...sign, path: '/webhook/' }),
    host.deliver(fresh(), { ...sign, method: 'PUT' }),
    host.deliver('', { ...sign, method: 'GET', signature: null }),
  ];
  const seen = new Set<string>();
  for (const attempt of attempts) {
    const response = await attempt;
    const headers = [...response.headers].filter(([name]) => name !== 'date');
    const { requestId: _id, ...problem } = await expectProblem(response, 403, 'permission_denied');
    seen.add(JSON.stringify([problem, headers]));
  }
  expect([...seen]).toHaveLength(1);
  expect([...seen][0]).not.toMatch(/acme|hooks|signature is|disabled/);
  // Whoever runs the host is told.
  const reasons = host.logs.filter((line) => line.includes('a delivery was refused')).join('\n');
  expect(reasons).toMatch(/is disabled/);
  expect(reasons).toMatch(/there is no instance \\"nobody\\"/);
  expect(reasons).toMatch(
    /no secret is set that it could be verified with: set one of webhookSecret, headerSecret, querySecret/,
  );
});

test('methods that no route has are not there at all', async () => {
  for (const method of ['DELETE', 'PATCH']) {
    const { status } = await fetch(`${host.url}/api/instances/acme/routes/webhook`, { method });
    const other = await fetch(`${host.url}/api/instances/nobody/routes/webhook`, { method });
    expect([status, other.status]).toEqual([401, 401]);
  }
});

test('whoever is refused again and again has to wait; others, and other instances, do not', async () => {
  const statuses: number[] = [];
  for (let n = 0; n < 40; n += 1) statuses.push((await host.deliver(fresh(), { secret: 'a guess' })).status);
  expect(statuses).toEqual([...Array<number>(20).fill(403), ...Array<number>(20).fill(429)]);
  const limited = await host.deliver(fresh());
  const problem = await expectProblem(limited, 429, 'rate_limited');
  expect(problem.retryAfterMs).toBeGreaterThan(WINDOW / 2);
  expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(WINDOW / 2000);
  // The same for an instance that is not there.
  for (let n = 0; n < 20; n += 1) await host.deliver(fresh(), { instance: 'nobody' });
  expect((await host.deliver(fresh(), { instance: 'nobody' })).status).toBe(429);
  const header = { 'x-hook-token': HEADER_SECRET };
  expect((await host.deliver(fresh(), { instance: 'by-header', headers: header })).status).toBe(200);
  host.clock.advance(WINDOW + 1);
  expect((await host.deliver(fresh())).status).toBe(200);
});

test('two hundred wrong signatures at once, with large bodies, leave the host quick', async () => {
  const body = Buffer.alloc(200_000, 0x20);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const flood = Promise.all(
    Array.from({ length: 200 }, () => host.deliver(body, { signature: `sha256=${'ab'.repeat(32)}` })),
  );
  const times: number[] = [];
  for (let n = 0; n < 20; n += 1) {
    const from = performance.now();
    expect((await fetch(`${host.url}/healthz`)).status).toBe(200);
    times.push(performance.now() - from);
  }
  const statuses = (await flood).map(({ status }) => status);
  delay.disable();
  expect(new Set(statuses)).toEqual(new Set([403, 429]));
  expect(times.toSorted((a, b) => a - b)[10]).toBeLessThan(500);
  host.clock.advance(WINDOW + 1);
  expect((await host.deliver(fresh())).status).toBe(200);
});

test('a body that is too large is refused before it is held', async () => {
  const answer = await host.deliver(Buffer.alloc(MANY * 2, 0x20));
  expect(((await answer.json()) as Problem).detail).toBe('the body is too large');
});

test('a sender that does not finish is cut off', async () => {
  const socket = connect(Number(new URL(host.url).port), '127.0.0.1');
  const from = performance.now();
  socket.write('POST /api/instances/acme/routes/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{');
  await new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
    socket.on('error', () => undefined);
    socket.resume();
  });
  expect(performance.now() - from).toBeLessThan(10_000);
});

test('credentials reach neither the plugin nor the log nor an answer', async () => {
  const headers = {
    authorization: 'Bearer stolen',
    cookie: 'a=stolen',
    'proxy-authorization': 'stolen',
    'x-kept': 'kept',
  };
  const secrets = [SECRET, HEADER_SECRET, QUERY_SECRET, 'another-secret'];
  const query = `/webhook?${new URLSearchParams({ secret: QUERY_SECRET, kept: '1', copy: `x${QUERY_SECRET}` }).toString()}`;
  const answers = [
    await host.deliver({ event: 'echo' }, { headers: { ...headers, 'x-hook-token': 'stolen' } }),
    await host.deliver(
      { event: 'echo' },
      { instance: 'by-header', headers: { ...headers, 'x-hook-token': HEADER_SECRET } },
    ),
    await host.deliver({ event: 'echo' }, { instance: 'by-query', path: query, headers }),
    await host.deliver({ event: 'throw' }, { instance: 'by-query', path: query, headers }),
    await host.deliver(
      { event: 'throw' },
      { instance: 'by-query', path: query.replace('copy', 'other'), signature: null },
    ),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 502, 502]);
  const texts = await Promise.all(answers.map((answer) => answer.text()));
  for (const text of texts.slice(0, 3)) {
    const { request, config } = JSON.parse(text) as { request: { headers: object; query: object }; config: object };
    expect(request.headers).toMatchObject({ 'x-kept': 'kept' });
    expect(Object.keys(request.headers)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/auth|cookie|hub|hook/)]),
    );
    expect(config).toEqual({});
  }
  expect(JSON.parse(texts[2] ?? '')).toMatchObject({ request: { query: { kept: '1' } } });
  const everything = [...texts, ...host.logs].join('\n');
  const forms = secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  expect([...forms, 'stolen'].filter((form) => everything.includes(form))).toEqual([]);
  expect(everything).toContain('"msg":"received"');
});
