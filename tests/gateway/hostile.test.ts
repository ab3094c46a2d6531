import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import type { PendingCall } from './support/port-client.ts';
import { startGateway, until } from './support/setup.ts';
import { startVendor } from './support/vendor.ts';

const request = {
  t: 'request',
  id: 1,
  method: 'GET',
  url: 'http://127.0.0.1:9/',
  headers: [],
  body: null,
  redirect: 'follow',
  credits: 1,
};

test.for<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['text', 'request'],
  ['a list', [request]],
  ['an unknown kind', { t: 'open', id: 1 }],
  ['no id', { t: 'abort' }],
  ['a fractional id', { ...request, id: 1.5 }],
  ['a negative id', { ...request, id: -1 }],
  ['an id that is text', { ...request, id: '1' }],
  ['a method with a space', { ...request, method: 'GET /x' }],
  ['a method with a line break', { ...request, method: 'GET\r\nX: y' }],
  ['an empty method', { ...request, method: '' }],
  ['a URL that is an object', { ...request, url: { toString: 'x' } }],
  ['a URL of a megabyte', { ...request, url: `http://x/${'x'.repeat(1e6)}` }],
  ['headers that are an object', { ...request, headers: { a: 'b' } }],
  ['a header of three', { ...request, headers: [['a', 'b', 'c']] }],
  ['a header with a number', { ...request, headers: [['a', 1]] }],
  ['a thousand headers', { ...request, headers: Array.from({ length: 1000 }, () => ['a', 'b']) }],
  ['a body that is text', { ...request, body: 'x' }],
  ['a body on shared memory', { ...request, body: new Uint8Array(new SharedArrayBuffer(4)) }],
  ['an unknown redirect mode', { ...request, redirect: 'always' }],
  ['credits without end', { ...request, credits: Infinity }],
  ['negative credits', { ...request, credits: -1 }],
  ['a grant of no credits', { t: 'credit', id: 1, chunks: 0 }],
  ['a grant of NaN credits', { t: 'credit', id: 1, chunks: Number.NaN }],
])('%s on the port closes it, and only it', async ([, message]) => {
  await using vendor = await startVendor((_, response) => response.end('fine'));
  await using gateway = await startGateway();
  const hostile = gateway.open({ baseUrl: vendor.origin });
  const innocent = gateway.open({ baseUrl: vendor.origin });
  hostile.client.post(message);
  await hostile.client.closed;
  expect((await innocent.client.get(vendor.origin)).body.toString()).toBe('fine');
  await until(() => gateway.lines.length > 0, 'the host is told');
  expect(gateway.lines[0]).toMatchObject({ level: 'warn', fields: { runId: 'run-1', instanceId: 'acme' } });
  hostile.run.close();
});

test('an id that is used twice at the same time closes the port', async () => {
  await using vendor = await startVendor((_, response) => response.write('x'));
  await using gateway = await startGateway();
  const { client } = gateway.open({ baseUrl: vendor.origin });
  client.post({ ...request, url: vendor.origin });
  client.post({ ...request, url: vendor.origin });
  await client.closed;
  await until(() => vendor.sockets.size === 0, 'its connection is closed');
  expect(vendor.seen.length).toBeLessThanOrEqual(1);
});

test('messages for calls that are over are ignored', async () => {
  await using vendor = await startVendor((_, response) => response.end('fine'));
  await using gateway = await startGateway();
  const { client } = gateway.open({ baseUrl: vendor.origin });
  client.post({ t: 'credit', id: 77, chunks: 3 });
  client.post({ t: 'abort', id: 77 });
  expect((await client.get(vendor.origin)).body.toString()).toBe('fine');
});

test('a polluting message pollutes nothing and extra fields are not looked at', async () => {
  await using vendor = await startVendor((_, response) => response.end('fine'));
  await using gateway = await startGateway();
  const { client } = gateway.open({ baseUrl: vendor.origin });
  client.post({
    ...request,
    ...JSON.parse('{"__proto__":{"t":"abort"}}'),
    id: 900,
    credentials: { type: 'bearer', token: 'x' },
    own: true,
  });
  expect((await client.get(vendor.origin)).body.toString()).toBe('fine');
  expect(vendor.seen.every((seen) => seen.headers.authorization === undefined)).toBe(true);
});

test.for(['CONNECT', 'TRACE', 'track'])('the method %s is denied', async (method) => {
  await using vendor = await startVendor((_, response) => response.end());
  await using gateway = await startGateway();
  const { error } = await gateway.open({ baseUrl: vendor.origin }).client.get(vendor.origin, { method });
  expect(error?.code).toBe('egress_denied');
  expect(vendor.connections()).toBe(0);
});

test('bodies that are held for one run are bounded', async () => {
  await using vendor = await startVendor((_, response) => response.write('x'));
  await using gateway = await startGateway({ requestBytes: 1000, concurrency: 1 });
  const { client } = gateway.open({ baseUrl: vendor.origin });
  const post = (): PendingCall => client.call(vendor.origin, { method: 'POST', body: new Uint8Array(1000) });
  const calls = Array.from({ length: 5 }, post);
  expect((await calls[4]?.done)?.error).toMatchObject({
    code: 'vendor_unavailable',
    message: expect.stringContaining('4000 bytes'),
  });
  calls[3]?.abort();
  await calls[3]?.done;
  const next = post();
  calls[0]?.abort();
  await calls[1]?.head;
  calls[1]?.abort();
  calls[2]?.abort();
  expect((await next.head).status).toBe(200);
});

const flood = (message: string): string =>
  `const { workerData: { port } } = require('node:worker_threads'); const body = new Uint8Array(20_000_000); for (let i = 1; ; i++) port.postMessage(${message});`;

test.for([
  ['credits', `{ t: 'credit', id: 5, chunks: 1 }`],
  ['aborts', `{ t: 'abort', id: 5 }`],
  [
    'denied requests',
    `{ t: 'request', id: i, method: 'GET', url: 'http://evil.example/', headers: [], body: null, redirect: 'follow', credits: 1 }`,
  ],
  [
    'bodies',
    `{ t: 'request', id: i, method: 'POST', url: 'http://evil.example/', headers: [], body, redirect: 'follow', credits: 1 }`,
  ],
] as const)('a thread that floods its port with %s is cut off, and nobody else waits for it', async ([, message]) => {
  await using vendor = await startVendor((_, response) => response.end('fine'));
  await using gateway = await startGateway();
  const innocent = gateway.open({ baseUrl: vendor.origin });
  await innocent.client.get(vendor.origin);
  const { run } = gateway.open({ baseUrl: vendor.origin });
  const before = process.memoryUsage().rss;
  const thread = new Worker(flood(message), { eval: true, workerData: { port: run.port }, transferList: [run.port] });
  await until(() => gateway.lines.some((line) => line.message.includes('broke the gateway protocol')), 'it is cut off');
  const waits: number[] = [];
  for (let call = 0; call < 50; call++) {
    const start = performance.now();
    expect((await innocent.client.get(vendor.origin)).body.toString()).toBe('fine');
    waits.push(performance.now() - start);
  }
  // It floods on, into a closed port.
  expect(Math.max(...waits)).toBeLessThan(1000);
  expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000);
  await thread.terminate();
});

test('a run that makes many honest calls is never taken for a flood', async () => {
  await using vendor = await startVendor((_, response) => response.end('x'.repeat(100)));
  await using gateway = await startGateway({ bodyChunkBytes: 10 });
  const { client } = gateway.open({ baseUrl: vendor.origin });
  for (let round = 0; round < 60; round++) {
    const replies = await Promise.all(Array.from({ length: 50 }, () => client.get(vendor.origin)));
    expect(replies.every((reply) => reply.body.length === 100)).toBe(true);
  }
  expect(vendor.seen.length).toBe(3000);
});
