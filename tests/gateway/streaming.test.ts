import { gzipSync } from 'node:zlib';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { startGateway, until } from './support/setup.ts';
import { startVendor } from './support/vendor.ts';

const MB = 1024 * 1024;

test('a vendor with 50 MB is held back while nobody reads, and delivers all of it afterwards', async () => {
  let written = 0;
  await using vendor = await startVendor((_, response) => {
    Readable.from(
      (function* () {
        for (let i = 0; i < 50 * 16; i++) {
          written += MB / 16;
          yield Buffer.alloc(MB / 16, i & 0xff);
        }
      })(),
      { objectMode: false },
    ).pipe(response);
  });
  await using gateway = await startGateway({ bodyBytes: 60 * MB });
  const { client, run } = gateway.open({ baseUrl: vendor.origin });
  const call = client.call(vendor.origin, { credits: 4, reads: false });
  await call.head;
  await until(() => call.chunks.length === 4, 'the credits are spent');
  let before = -1;
  let steady = performance.now();
  await until(() => {
    if (written !== before) steady = performance.now();
    before = written;
    return performance.now() - steady > 1000;
  }, 'the vendor stands still');
  expect(call.chunks.length).toBe(4);
  // What the kernel's socket buffers on both sides take.
  expect(written).toBeLessThan(20 * MB);
  expect(run.bytesReceived()).toBeLessThan(MB);
  call.credit(10_000);
  const { body, error } = await call.done;
  expect(error).toBeUndefined();
  expect(body.length).toBe(50 * MB);
  expect(run.bytesReceived()).toBe(50 * MB);
}, 20_000);

test('the time a reader takes counts towards no timeout', async () => {
  const whole = Buffer.alloc(MB, 'x');
  await using vendor = await startVendor((_, response) => response.end(whole));
  await using gateway = await startGateway({ bodyIdleTimeout: 1000, totalTimeout: 1000 });
  const call = gateway.open({ baseUrl: vendor.origin }).client.call(vendor.origin, { credits: 1, reads: false });
  await call.head;
  const start = performance.now();
  await until(() => performance.now() - start > 2000, 'the reader has made it wait for twice the timeouts');
  call.credit(1000);
  const { body, error } = await call.done;
  expect(error).toBeUndefined();
  expect(body.equals(whole)).toBe(true);
});

test('an answer that is too large is cut at the cap', async () => {
  await using vendor = await startVendor((_, response) => {
    const more = (): void => {
      while (response.write(Buffer.alloc(MB / 16)));
      response.once('drain', more);
    };
    more();
  });
  await using gateway = await startGateway({ bodyBytes: 2 * MB });
  const { client } = gateway.open({ baseUrl: vendor.origin });
  const { body, error } = await client.get(vendor.origin);
  expect(error?.code).toBe('vendor_bad_response');
  expect(error?.message).toContain('the answer is too large');
  expect(body.length).toBeLessThanOrEqual(2 * MB);
  await until(() => vendor.sockets.size === 0, 'the connection is closed');
});

test('an answer that says it is too large is refused before its body', async () => {
  await using vendor = await startVendor((_, response) => {
    response.writeHead(200, { 'content-length': 3 * MB });
    response.write('x');
  });
  await using gateway = await startGateway({ bodyBytes: 2 * MB });
  const { head, error } = await gateway.open({ baseUrl: vendor.origin }).client.get(vendor.origin);
  expect(head).toBeUndefined();
  expect(error?.message).toContain(`the answer has ${3 * MB} bytes, ${2 * MB} are allowed`);
  await until(() => vendor.sockets.size === 0, 'the connection is closed');
});

test.for([
  ['gzip', 1],
  ['gzip, gzip', 2],
] as const)('a %s bomb is cut at the cap, in little memory', async ([encoding, layers]) => {
  let bomb: Buffer = Buffer.alloc(160 * MB);
  for (let layer = 0; layer < layers; layer++) bomb = gzipSync(bomb, { level: layer === 0 ? 6 : 9 });
  await using vendor = await startVendor((_, response) => {
    response.writeHead(200, { 'content-encoding': encoding }).end(bomb);
  });
  await using gateway = await startGateway({ bodyBytes: 10 * MB });
  const { client, run } = gateway.open({ baseUrl: vendor.origin });
  const before = process.memoryUsage().rss;
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 5);
  const { body, error } = await client.get(vendor.origin);
  clearInterval(watch);
  expect(error?.code).toBe('vendor_bad_response');
  expect(body.length).toBeLessThanOrEqual(10 * MB);
  expect(run.bytesReceived()).toBeLessThanOrEqual(10 * MB);
  expect(peak - before).toBeLessThan(64 * MB);
});

test.for([
  ['a body that is not gzip', 'gzip', Buffer.from('plain text')],
  ['a gzip body that is cut off', 'gzip', gzipSync('x'.repeat(10_000)).subarray(0, 30)],
  ['a body that is not brotli', 'br', Buffer.from('plain text')],
  ['a body that is not zstd', 'zstd', Buffer.from('plain text')],
] as const)('%s is a bad answer', async ([, encoding, bytes]) => {
  await using vendor = await startVendor((_, response) => {
    response.writeHead(200, { 'content-encoding': encoding }).end(bytes);
  });
  await using gateway = await startGateway();
  const { error } = await gateway.open({ baseUrl: vendor.origin }).client.get(vendor.origin);
  expect(error?.code).toBe('vendor_bad_response');
  expect(error?.message).toContain('cannot be decompressed');
});

test('headers that are too large are a bad answer', async () => {
  await using vendor = await startVendor((_, response) =>
    response.writeHead(200, { 'x-long': 'x'.repeat(5000) }).end(),
  );
  await using gateway = await startGateway({ headerBytes: 4096 });
  const { error } = await gateway.open({ baseUrl: vendor.origin }).client.get(vendor.origin);
  expect(error).toMatchObject({
    code: 'vendor_bad_response',
    message: `${vendor.origin}: the headers of the answer are too large`,
  });
});

test('a request that is too large is not sent', async () => {
  await using vendor = await startVendor((_, response) => response.end());
  await using gateway = await startGateway({ requestBytes: 1000, headerBytes: 1000 });
  const { client } = gateway.open({ baseUrl: vendor.origin });
  const { error } = await client.get(vendor.origin, { method: 'POST', body: new Uint8Array(1001) });
  expect(error?.message).toContain('the request has 1001 bytes, 1000 are allowed');
  const wordy = await client.get(vendor.origin, { headers: [['x', 'y'.repeat(1000)]] });
  expect(wordy.error?.message).toContain('the headers of the request have 1001 bytes, 1000 are allowed');
  expect(vendor.connections()).toBe(0);
});
