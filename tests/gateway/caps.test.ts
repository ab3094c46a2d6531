// A hostile vendor costs a bounded time and a bounded memory, whatever it sends, and leaves no socket behind.
import type { Socket } from 'node:net';
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drip, endless, startRawVendor } from './support/raw-vendor.ts';
import { startGateway, until, type TestGateway } from './support/setup.ts';

const MB = 1024 * 1024;
const TOTAL = 1500;
const CAP = 2 * MB;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({
    headersTimeout: 700,
    bodyIdleTimeout: 700,
    totalTimeout: TOTAL,
    bodyBytes: CAP,
    retries: 0,
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const chunk = 'ffff\r\n' + 'x'.repeat(0xffff) + '\r\n';

/** Starts with `head`, and goes on with `piece` for ever. */
const then =
  (head: string, piece: string | Buffer, everyMs = 0) =>
  (socket: Socket): void => {
    socket.write(head);
    drip(socket, endless(piece), everyMs);
  };

const SLOW: readonly (readonly [string, (socket: Socket) => void])[] = [
  ['says nothing', () => undefined],
  ['sends its status line letter by letter', (socket) => drip(socket, `${OK}X: ${'y'.repeat(1e4)}`, 50)],
  ['sends one header every 50 ms', then(OK, 'X-More: y\r\n', 50)],
  ['sends informational answers for ever', then('', 'HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n', 20)],
  ['sends "100 Continue" as fast as it can', then('', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(100))],
  ['sends a body byte by byte', then(`${OK}Content-Length: 1000000\r\n\r\n`, 'x', 50)],
  ['sends chunks of one byte', then(CHUNKED, '1\r\nx\r\n', 50)],
  [
    'sends gzip byte by byte',
    (socket) => {
      socket.write(`${OK}Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n`);
      const bytes = gzipSync(Buffer.from(Array.from({ length: 5000 }, () => Math.random() * 256)));
      drip(
        socket,
        Array.from(bytes, (byte) => Buffer.concat([Buffer.from('1\r\n'), Buffer.from([byte]), Buffer.from('\r\n')])),
        50,
      );
    },
  ],
  ['stops in its headers', (socket) => socket.write(`${OK}X-Half: `)],
  ['stops in its body', (socket) => socket.write(`${OK}Content-Length: 100\r\n\r\nhalf`)],
  ['stops in a chunk', (socket) => socket.write(`${CHUNKED}ff\r\nhalf`)],
  ['ends with trailers that never end', then(`${CHUNKED}1\r\nx\r\n0\r\n`, 'X-More: y\r\n', 50)],
];

const HUGE: readonly (readonly [string, (socket: Socket) => void])[] = [
  ['has a body without end', then(`${OK}Connection: close\r\n\r\n`, 'x'.repeat(65_536))],
  ['has chunks without end', then(CHUNKED, chunk)],
  [
    'has a million headers',
    (socket) => drip(socket, [OK, ...Array.from({ length: 100 }, () => 'X-More: y\r\n'.repeat(10_000)), '\r\n']),
  ],
  ['has one header of 100 MB', then(`${OK}X-Long: `, 'y'.repeat(65_536))],
  ['has a status line without end', then('HTTP/1.1 200 ', 'O'.repeat(65_536))],
  ['has trailers without end', then(`${CHUNKED}1\r\nx\r\n0\r\n`, 'X-More: y\r\n'.repeat(5000))],
  ['has an extension of a chunk without end', then(`${CHUNKED}1;x=`, 'y'.repeat(65_536))],
  ['has a chunk of 2^60 bytes', then(`${CHUNKED}1000000000000000\r\n`, 'x'.repeat(65_536))],
  ['says that its length is 2^63', then(`${OK}Content-Length: 9223372036854775807\r\n\r\n`, 'x'.repeat(65_536))],
  ['says two lengths', then(`${OK}Content-Length: 5\r\nContent-Length: 500000000\r\n\r\n`, 'x'.repeat(65_536))],
];

async function ask(
  answer: (socket: Socket) => void,
  instanceId: string,
): Promise<{ code: string; took: number; bytes: number; grown: number }> {
  await using vendor = await startRawVendor(answer);
  const { client, run } = gateway.open({ baseUrl: vendor.origin, instanceId });
  const before = process.memoryUsage().rss;
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 10);
  const start = performance.now();
  const { error, body } = await client.get(vendor.origin);
  const took = performance.now() - start;
  clearInterval(watch);
  expect(vendor.connections()).toBe(1);
  await until(() => vendor.sockets.size === 0, 'its connection is closed');
  expect((await gateway.gateway.gateOf(instanceId))?.inFlight).toBe(0);
  run.close();
  return { code: error?.code ?? 'none', took, bytes: body.length, grown: peak - before };
}

test.for(SLOW)('a vendor that %s is given up in time', async ([what, answer]) => {
  const { code, took } = await ask(answer, what);
  expect(['timeout', 'vendor_bad_response', 'vendor_unavailable']).toContain(code);
  // One deadline, and what a busy machine adds.
  expect(took).toBeLessThan(TOTAL + 2500);
});

test.for(HUGE)('a vendor whose answer %s is cut off at the cap', async ([what, answer]) => {
  const { code, took, bytes, grown } = await ask(answer, what);
  expect(['timeout', 'vendor_bad_response', 'vendor_unavailable']).toContain(code);
  expect(bytes).toBeLessThanOrEqual(CAP);
  expect(took).toBeLessThan(TOTAL + 2500);
  expect(grown).toBeLessThan(128 * MB);
});

const zeros = Buffer.alloc(100 * MB);
const gzipped = gzipSync(zeros, { level: 1 });
const brotli = (bytes: Buffer): Buffer =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
const layered = (times: number): Buffer => {
  let bytes: Buffer = gzipped;
  for (let time = 1; time < times; time += 1) bytes = gzipSync(bytes);
  return bytes;
};

const BOMBS: readonly (readonly [string, () => Buffer])[] = [
  ['gzip', () => gzipped],
  ['x-gzip', () => gzipped],
  ['deflate', () => deflateSync(zeros, { level: 1 })],
  ['br', () => brotli(zeros)],
  ['zstd', () => zstdCompressSync(zeros)],
  ['br, gzip', () => gzipSync(brotli(zeros))],
  ['gzip, br, gzip', () => gzipSync(brotli(gzipped))],
  ['gzip, gzip, gzip, gzip, gzip', () => layered(5)],
];

test.for(BOMBS)('a bomb of 100 MB in %s is cut off at the cap', async ([encoding, make]) => {
  const bomb = make();
  const { code, bytes, grown } = await ask((socket) => {
    // It has been read to its end: else the socket is kept for the next call, and the test waits until it is not.
    socket.write(`${OK}Connection: close\r\nContent-Encoding: ${encoding}\r\nContent-Length: ${bomb.length}\r\n\r\n`);
    socket.write(bomb);
  }, encoding);
  expect(code).toBe('vendor_bad_response');
  expect(bytes).toBeLessThanOrEqual(CAP);
  expect(grown).toBeLessThan(64 * MB);
});

test('a hundred encodings, one inside the other, are refused or decoded within the cap', async () => {
  const encodings = Array.from({ length: 100 }, () => 'gzip').join(', ');
  const { code, bytes } = await ask((socket) => {
    const body = layered(2);
    socket.write(`${OK}Content-Encoding: ${encodings}\r\nContent-Length: ${body.length}\r\n\r\n`);
    socket.write(body);
  }, 'hundred');
  // undici refuses more than five by saying nothing: the deadline ends it.
  expect(['timeout', 'vendor_bad_response', 'vendor_unavailable']).toContain(code);
  expect(bytes).toBeLessThanOrEqual(CAP);
});

test('deflate without its header is not asked for, and one that comes all the same is named', async () => {
  const body = deflateRawSync('plain text '.repeat(100));
  let asked = '';
  await using vendor = await startRawVendor((socket, head) => {
    asked = head;
    socket.write(`${OK}Content-Encoding: deflate\r\nContent-Length: ${body.length}\r\n\r\n`);
    socket.write(body);
  });
  const reply = await gateway.open({ baseUrl: vendor.origin, instanceId: 'raw' }).client.get(vendor.origin);
  expect(reply.error).toMatchObject({ code: 'vendor_bad_response', message: /cannot be decompressed/ });
  expect(asked).not.toMatch(/deflate/);
});
