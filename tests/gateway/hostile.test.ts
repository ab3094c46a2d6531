import { expect, test } from 'vitest';
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
