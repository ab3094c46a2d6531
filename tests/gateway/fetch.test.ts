import { gzipSync, brotliCompressSync, deflateSync, zstdCompressSync } from 'node:zlib';
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { startGateway, until } from './support/setup.ts';
import { startVendor } from './support/vendor.ts';

test('an answer comes back whole: status, text, headers, each Set-Cookie, body and URL', async () => {
  await using vendor = await startVendor((_, response) => {
    response.writeHead(418, 'Short And Stout', [
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
      ['X-Tea', 'green'],
    ]);
    response.end('{"pot":true}');
  });
  await using gateway = await startGateway();
  const { client, run } = gateway.open({ baseUrl: vendor.origin });
  const { head, body, error } = await client.get(`${vendor.origin}/tea?kind=green%20leaf#top`);
  expect(error).toBeUndefined();
  expect(head).toMatchObject({ status: 418, statusText: 'Short And Stout', redirected: false });
  expect(head?.url).toBe(`${vendor.origin}/tea?kind=green%20leaf`);
  expect(head?.headers.filter(([name]) => name === 'set-cookie')).toEqual([
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
  ]);
  expect(head?.headers).toContainEqual(['x-tea', 'green']);
  expect(body.toString()).toBe('{"pot":true}');
  expect(vendor.seen[0]?.url).toBe('/tea?kind=green%20leaf');
  expect(run.vendorCalls()).toBe(1);
  expect(run.bytesReceived()).toBe(12);
});

test('a request body, its type and its method reach the vendor', async () => {
  await using vendor = await startVendor((seen, response) => response.end(seen.body.toUpperCase()));
  await using gateway = await startGateway();
  const { client } = gateway.open({ baseUrl: vendor.origin });
  const { body } = await client.get(vendor.origin, {
    method: 'PATCH',
    headers: [['Content-Type', 'application/json']],
    body: new TextEncoder().encode('{"a":"b"}'),
  });
  expect(body.toString()).toBe('{"A":"B"}');
  expect(vendor.seen[0]).toMatchObject({ method: 'PATCH', headers: { 'content-type': 'application/json' } });
});

test('the origin of the base URL is recognised however its address is spelled', async () => {
  await using vendor = await startVendor((_, response) => response.end('ok'));
  await using gateway = await startGateway();
  const { client } = gateway.open({ baseUrl: `http://2130706433:${vendor.port}` });
  const { body } = await client.get(`http://0x7f.1:${vendor.port}/a`);
  expect(body.toString()).toBe('ok');
});

test.for([
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
  ['deflate', deflateSync],
  ['zstd', zstdCompressSync],
] as const)('%s is decoded before the plugin sees it', async ([encoding, encode]) => {
  const plain = randomBytes(200_000).toString('hex');
  await using vendor = await startVendor((_, response) => {
    response.writeHead(500, { 'content-encoding': encoding });
    response.end(encode(plain));
  });
  await using gateway = await startGateway();
  const { client, run } = gateway.open({ baseUrl: vendor.origin });
  const { head, body } = await client.get(vendor.origin);
  expect(body.toString() === plain).toBe(true);
  expect(head?.headers.some(([name]) => name === 'content-encoding' || name === 'content-length')).toBe(false);
  expect(run.bytesReceived()).toBe(plain.length);
});

test.for([204, 304])('an answer with status %d ends without a body', async (status) => {
  await using vendor = await startVendor((_, response) =>
    response.writeHead(status, { 'content-encoding': 'gzip' }).end(),
  );
  await using gateway = await startGateway();
  const { client } = gateway.open({ baseUrl: vendor.origin });
  const { head, body, error } = await client.get(vendor.origin);
  expect({ status: head?.status, length: body.length, error }).toEqual({ status, length: 0, error: undefined });
});

test('HEAD has headers and no body, even when it says how long the body would be', async () => {
  await using vendor = await startVendor((_, response) =>
    response.writeHead(200, { 'content-length': '999999999', 'content-encoding': 'gzip' }).end(),
  );
  await using gateway = await startGateway();
  const { client } = gateway.open({ baseUrl: vendor.origin });
  const { head, body, error } = await client.get(vendor.origin, { method: 'HEAD' });
  expect(error).toBeUndefined();
  expect(body.length).toBe(0);
  expect(head?.headers).toContainEqual(['content-length', '999999999']);
});

test('no chunk is larger than the limit, and none is empty', async () => {
  const whole = randomBytes(300_000);
  await using vendor = await startVendor((_, response) => response.end(whole));
  await using gateway = await startGateway({ bodyChunkBytes: 10_000 });
  const { client } = gateway.open({ baseUrl: vendor.origin });
  const call = client.call(vendor.origin);
  const { body } = await call.done;
  expect(body.equals(whole)).toBe(true);
  expect(Math.max(...call.chunks)).toBeLessThanOrEqual(10_000);
  expect(Math.min(...call.chunks)).toBeGreaterThan(0);
});

test('calls and runs of one instance share connections', async () => {
  await using vendor = await startVendor((_, response) => response.end('x'.repeat(1000)));
  await using gateway = await startGateway();
  for (let run = 0; run < 3; run++) {
    const { client, run: opened } = gateway.open({ baseUrl: vendor.origin });
    for (let call = 0; call < 5; call++) expect((await client.get(vendor.origin)).error).toBeUndefined();
    opened.close();
  }
  expect(vendor.seen.length).toBe(15);
  // A call that follows at once may meet a socket that is just being put back, and open a second one.
  expect(vendor.connections()).toBeLessThanOrEqual(2);
});

test('another revision or instance has connections of its own', async () => {
  await using vendor = await startVendor((_, response) => response.end());
  await using gateway = await startGateway();
  for (const [instanceId, revision] of [
    ['a', 1],
    ['a', 2],
    ['b', 1],
  ] as const) {
    await gateway.open({ baseUrl: vendor.origin, instanceId, revision }).client.get(vendor.origin);
  }
  expect(vendor.connections()).toBe(3);
});

test('the counters can be read after the run and the gateway are gone', async () => {
  await using vendor = await startVendor((_, response) => response.end('12345'));
  const gateway = await startGateway();
  const { client, run } = gateway.open({ baseUrl: vendor.origin });
  await client.get(vendor.origin);
  await client.get(vendor.origin);
  run.close();
  run.close();
  await gateway.gateway.stop();
  await gateway.gateway.stop();
  expect(run.vendorCalls()).toBe(2);
  expect(run.bytesReceived()).toBe(10);
  await until(() => vendor.sockets.size === 0, 'a stopped gateway has no connections');
});
