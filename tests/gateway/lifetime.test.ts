import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { startGateway, until } from './support/setup.ts';
import { startVendor } from './support/vendor.ts';

test.for([
  ['headers that do not come', 'headersTimeout', () => undefined],
  ['a body that stops', 'bodyIdleTimeout', (write: (text: string) => void) => write('half')],
  [
    'a body that trickles',
    'totalTimeout',
    (write: (text: string) => void) => {
      write('x');
      const trickle = setInterval(() => write('x'), 20);
      setTimeout(() => clearInterval(trickle), 5000).unref();
    },
  ],
] as const)('%s time out, and the connection is closed', async ([, limit, answer]) => {
  await using vendor = await startVendor((_, response) => answer((text) => response.write(text)));
  await using gateway = await startGateway({ [limit]: 300 });
  const { client } = gateway.open({ baseUrl: vendor.origin });
  const start = performance.now();
  const { error } = await client.get(vendor.origin);
  const took = performance.now() - start;
  expect(error?.code).toBe('timeout');
  expect(error?.message.startsWith(`${vendor.origin}: the answer `)).toBe(true);
  expect(took).toBeGreaterThan(290);
  expect(took).toBeLessThan(2000);
  await until(() => vendor.sockets.size === 0, 'the connection is closed');
  expect(vendor.seen.length).toBe(1);
});

test('connecting that takes too long is given up', async () => {
  // TLS that never shakes hands: the connection stands, but is never ready.
  const silent = createServer((socket) => socket.on('error', () => undefined));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const origin = `https://127.0.0.1:${port}`;
  await using gateway = await startGateway({ connectTimeout: 300, retries: 0 });
  const { error } = await gateway.open({ baseUrl: origin }).client.get(origin);
  expect(error).toMatchObject({
    code: 'vendor_unavailable',
    message: expect.stringContaining('connecting took too long'),
  });
  silent.close();
});

test.for(['waiting for headers', 'reading a body', 'holding back a body'] as const)(
  'an abort while %s closes the connection at once',
  async (state) => {
    await using vendor = await startVendor((_, response) => {
      if (state !== 'waiting for headers') response.write(Buffer.alloc(state === 'reading a body' ? 10 : 3_000_000));
    });
    await using gateway = await startGateway();
    const { client } = gateway.open({ baseUrl: vendor.origin });
    const call = client.call(vendor.origin, { credits: 1, reads: false });
    await until(() => vendor.seen.length === 1, 'the request has arrived');
    if (state !== 'waiting for headers') await until(() => call.chunks.length === 1, 'the first chunk');
    call.abort();
    expect((await call.done).error).toEqual({ code: 'aborted', message: 'the call was aborted' });
    await until(() => vendor.sockets.size === 0, 'the connection is closed', 1000);
  },
);

test.for(['the host closes the run', "the thread's port closes"] as const)(
  'when %s, every connection of it closes',
  async (how) => {
    await using vendor = await startVendor((_, response) => response.write('x'));
    await using gateway = await startGateway({ concurrency: 2 });
    const ending = gateway.open({ baseUrl: vendor.origin });
    const other = gateway.open({ baseUrl: vendor.origin });
    for (let i = 0; i < 10; i++) ending.client.call(vendor.origin);
    await until(() => vendor.seen.length === 2, 'both places are taken');
    const waiting = other.client.call(vendor.origin);
    if (how === 'the host closes the run') ending.run.close();
    else ending.run.port.close();
    // The other run waited behind all ten; the eight that never started leave the queue with their run.
    await waiting.head;
    await until(() => vendor.sockets.size === 1, 'only the other run has a connection');
    expect(vendor.seen.length).toBe(3);
    await ending.client.closed;
  },
);

test('never more requests are in flight than an instance allows, over runs, in order, and all are served', async () => {
  let inFlight = 0;
  let most = 0;
  await using vendor = await startVendor((_, response) => {
    most = Math.max(most, ++inFlight);
    setTimeout(() => {
      inFlight--;
      response.end();
    }, 10);
  });
  await using gateway = await startGateway();
  const a = gateway.open({ baseUrl: vendor.origin, concurrency: 3 });
  const b = gateway.open({ baseUrl: vendor.origin, concurrency: 3, revision: 2 });
  const calls = Array.from({ length: 30 }, (_, i) => [
    a.client.get(`${vendor.origin}/a${i}`),
    b.client.get(`${vendor.origin}/b${i}`),
  ]).flat();
  const replies = await Promise.all(calls);
  expect(replies.every((reply) => reply.head?.status === 200)).toBe(true);
  expect(most).toBe(3);
  const order = vendor.seen.map((seen) => seen.url).filter((url) => url.startsWith('/a'));
  expect(order.slice(0, 3).toSorted()).toEqual(['/a0', '/a1', '/a2']);
});

test('a full queue is named, and what waits in it is still served', async () => {
  const { promise: open, resolve: release } = Promise.withResolvers<void>();
  await using vendor = await startVendor(async (_, response) => {
    await open;
    response.end();
  });
  await using gateway = await startGateway({ concurrency: 1, queue: 2 });
  const { client } = gateway.open({ baseUrl: vendor.origin });
  const calls = Array.from({ length: 4 }, () => client.get(vendor.origin));
  const refused = await calls[3];
  expect(refused?.error).toMatchObject({
    code: 'vendor_unavailable',
    message: expect.stringContaining('too many waiting requests'),
  });
  release();
  expect((await Promise.all(calls.slice(0, 3))).map((reply) => reply.head?.status)).toEqual([200, 200, 200]);
});

test('a call that is aborted while it waits leaves the queue at once', async () => {
  await using vendor = await startVendor((_, response) => response.write('x'));
  await using gateway = await startGateway({ concurrency: 1, queue: 2 });
  const { client } = gateway.open({ baseUrl: vendor.origin });
  const calls = Array.from({ length: 3 }, () => client.call(vendor.origin));
  await calls[0]?.head;
  calls[1]?.abort();
  expect((await calls[1]?.done)?.error?.code).toBe('aborted');
  const next = client.call(vendor.origin);
  calls[0]?.abort();
  calls[2]?.abort();
  expect((await next.head).status).toBe(200);
});

test('the 65th open request of a run is refused, the others live on', async () => {
  await using vendor = await startVendor((_, response) => response.write('x'));
  await using gateway = await startGateway();
  const { client } = gateway.open({ baseUrl: vendor.origin });
  const calls = Array.from({ length: 65 }, () => client.call(vendor.origin));
  expect((await calls[64]?.done)?.error?.message).toContain('the run has 64 requests');
  calls[0]?.abort();
  expect((await calls[0]?.done)?.error?.code).toBe('aborted');
  await calls[1]?.head;
});
