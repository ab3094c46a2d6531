import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:https';
import { defaultLimits } from '../../host/src/limits.ts';
import { waitAfterAnswer } from '../../host/src/gateway/thread/retry.ts';
import { parseRetryAfter } from '../../host/src/gateway/thread/vendor-pause.ts';
import { expect, test } from 'vitest';
import { startGateway, until } from './support/setup.ts';
import { startVendor } from './support/vendor.ts';
import { certificate, key } from './support/certificate.ts';

test.for([429, 502, 503, 504])(
  'a GET that is answered %d is tried again, and the answer of the last try is given',
  async (status) => {
    await using vendor = await startVendor((_, response) => {
      response.writeHead(vendor.seen.length < 3 ? status : 200).end(`try ${vendor.seen.length}`);
    });
    await using gateway = await startGateway({ retries: 2 });
    const { client, run } = gateway.open({ baseUrl: vendor.origin });
    const { head, body } = await client.get(vendor.origin);
    expect({ status: head?.status, body: body.toString(), calls: run.vendorCalls() }).toEqual({
      status: 200,
      body: 'try 3',
      calls: 3,
    });
    expect(vendor.connections()).toBe(1);
  },
);

test('after the last try the busy answer itself is given', async () => {
  await using vendor = await startVendor((_, response) => response.writeHead(503).end('busy'));
  await using gateway = await startGateway({ retries: 2 });
  const { head, body } = await gateway.open({ baseUrl: vendor.origin }).client.get(vendor.origin);
  expect({ status: head?.status, body: body.toString(), calls: vendor.seen.length }).toEqual({
    status: 503,
    body: 'busy',
    calls: 3,
  });
});

test.for([
  ['POST', 503],
  ['PUT', 503],
  ['DELETE', 429],
  ['PATCH', 502],
  ['GET', 400],
  ['GET', 401],
  ['GET', 403],
  ['GET', 500],
] as const)('%s answered %d is sent once', async ([method, status]) => {
  await using vendor = await startVendor((_, response) => response.writeHead(status).end());
  await using gateway = await startGateway();
  const { head } = await gateway.open({ baseUrl: vendor.origin }).client.get(vendor.origin, { method });
  expect({ status: head?.status, calls: vendor.seen.length }).toEqual({ status, calls: 1 });
});

test('a POST that the plugin calls idempotent is tried again, and the header is not sent', async () => {
  await using vendor = await startVendor((_, response) => response.writeHead(503).end());
  await using gateway = await startGateway({ retries: 2, breaker: { failures: 99, open: 1, openMost: 1 } });
  const { client } = gateway.open({ baseUrl: vendor.origin });
  const body = new TextEncoder().encode('{"jql":"x"}');
  const send = (method: string, headers: [string, string][]): Promise<unknown> =>
    client.get(vendor.origin, { method, headers, body });
  await send('POST', [['X-Jackfield-Idempotent', '1']]);
  expect(vendor.seen.map((seen) => seen.body)).toEqual(Array(3).fill('{"jql":"x"}'));
  for (const { headers } of vendor.seen) expect(headers).not.toHaveProperty('x-jackfield-idempotent');
  const more = async (...request: Parameters<typeof send>): Promise<number> => {
    const before = vendor.seen.length;
    await send(...request);
    return vendor.seen.length - before;
  };
  expect(await more('POST', [['x-jackfield-idempotent', '0']])).toBe(1);
  expect(await more('PUT', [['x-jackfield-idempotent', '1']])).toBe(1);
  expect(
    await more('POST', [
      ['x-jackfield-idempotent', '1'],
      ['x-jackfield-no-retry', '1'],
    ]),
  ).toBe(1);
});

test('x-jackfield-no-retry switches tries off, and is not sent', async () => {
  await using vendor = await startVendor((_, response) => response.writeHead(429).end());
  await using gateway = await startGateway();
  const { client } = gateway.open({ baseUrl: vendor.origin });
  await client.get(vendor.origin, { headers: [['X-Jackfield-No-Retry', '1']] });
  expect(vendor.seen.length).toBe(1);
  expect(vendor.seen[0]?.headers).not.toHaveProperty('x-jackfield-no-retry');
});

test.for<[string, () => string]>([
  ['seconds', () => '1'],
  ['a date', () => new Date(Date.now() + 2000).toUTCString()],
])('no try is made before a Retry-After in %s', async ([, retryAfter]) => {
  await using vendor = await startVendor((seen, response) => {
    if (seen.url === '/' && vendor.seen.length === 1) response.writeHead(429, { 'retry-after': retryAfter() }).end();
    else response.end();
  });
  await using gateway = await startGateway();
  const { head } = await gateway.open({ baseUrl: vendor.origin }).client.get(vendor.origin);
  expect(head?.status).toBe(200);
  const [first, second] = vendor.seen;
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990);
});

test('a Retry-After longer than the limit is handed to the plugin', async () => {
  await using vendor = await startVendor((_, response) =>
    response.writeHead(429, { 'retry-after': '11' }).end('later'),
  );
  await using gateway = await startGateway();
  const { head, body } = await gateway.open({ baseUrl: vendor.origin }).client.get(vendor.origin);
  expect(head?.headers).toContainEqual(['retry-after', '11']);
  expect({ status: head?.status, body: body.toString(), calls: vendor.seen.length }).toEqual({
    status: 429,
    body: 'later',
    calls: 1,
  });
});

test('Retry-After is read as the standard says: zero is zero, nonsense is nothing', () => {
  const now = Date.UTC(2026, 0, 1);
  const read = (value: string | undefined): number | undefined => parseRetryAfter(value, now);
  expect(read('0')).toBe(0);
  expect(read(' 7 ')).toBe(7000);
  expect(read('Thu, 01 Jan 2026 00:00:05 GMT')).toBe(5000);
  expect(read('Thursday, 01-Jan-26 00:00:05 GMT')).toBe(5000);
  expect(read('Wed, 31 Dec 2025 23:59:00 GMT')).toBe(0);
  for (const nonsense of ['-1', '1.5', 'soon', '', '1 Jan 2026', '5 minutes', undefined])
    expect(read(nonsense)).toBeUndefined();
});

test('the pause without Retry-After grows, is jittered down to nothing, and never passes its limit', () => {
  const limits = { ...defaultLimits.gateway, retryMin: 100, retryMax: 1000 };
  for (let tries = 0; tries < 8; tries++) {
    const waits = Array.from({ length: 300 }, () => waitAfterAnswer(503, undefined, tries, limits) ?? Number.NaN);
    const most = Math.min(1000, 100 * 2 ** tries);
    expect(Math.min(...waits)).toBeLessThan(most * 0.1);
    expect(Math.max(...waits)).toBeGreaterThan(most * 0.8);
    expect(Math.max(...waits)).toBeLessThanOrEqual(most);
  }
  expect(waitAfterAnswer(429, 0, 0, limits)).toBe(0);
});

/** A raw listener that treats each connection in turn as told. */
async function startRaw(
  treat: (socket: Socket, connection: number) => void,
): Promise<{ origin: string; count: () => number; close: () => void }> {
  let count = 0;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    treat(socket, ++count);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, count: () => count, close: () => server.close() };
}

test('a connection that is reset before the answer is tried again for GET, not for POST', async () => {
  const raw = await startRaw((socket, connection) => {
    socket.once('data', () => {
      if (connection < 3) socket.resetAndDestroy();
      else socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok');
    });
  });
  await using gateway = await startGateway();
  const { client } = gateway.open({ baseUrl: raw.origin });
  const post = await client.get(raw.origin, { method: 'POST' });
  expect({ code: post.error?.code, connections: raw.count() }).toEqual({ code: 'vendor_unavailable', connections: 1 });
  const get = await client.get(raw.origin);
  expect({ body: get.body.toString(), connections: raw.count() }).toEqual({ body: 'ok', connections: 3 });
  raw.close();
});

test('an answer that breaks off in its body is not tried again: what was delivered stays delivered', async () => {
  const raw = await startRaw((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'));
  });
  await using gateway = await startGateway();
  const { head, body, error } = await gateway.open({ baseUrl: raw.origin }).client.get(raw.origin);
  expect(head?.status).toBe(200);
  expect(body.toString()).toBe('half');
  expect(['vendor_unavailable', 'vendor_bad_response']).toContain(error?.code);
  expect(raw.count()).toBe(1);
  raw.close();
});

test('a vendor that is down is tried as often as allowed and then named', async () => {
  await using gateway = await startGateway({ retries: 2 });
  const vendor = await startVendor(() => undefined);
  await vendor[Symbol.asyncDispose]();
  const { client, run } = gateway.open({ baseUrl: vendor.origin });
  const { error } = await client.get(`${vendor.origin}/x?y=z`);
  expect(error).toEqual({
    code: 'vendor_unavailable',
    message: `${vendor.origin}: the connection was refused (ECONNREFUSED)`,
  });
  expect(run.vendorCalls()).toBe(0);
});

test('a certificate that is refused is not tried again, and the failure says so', async () => {
  let connections = 0;
  const server = createTlsServer({ key, cert: certificate }, (_, response) => response.end());
  server.on('connection', () => connections++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const origin = `https://127.0.0.1:${port}`;
  await using gateway = await startGateway();
  const { error } = await gateway.open({ baseUrl: origin }).client.get(origin);
  expect(error?.code).toBe('vendor_unavailable');
  expect(error?.message).toMatch(/the certificate is self-signed \(DEPTH_ZERO_SELF_SIGNED_CERT\)/);
  expect(connections).toBe(1);
  server.close();
});

test('an abort ends the wait between two tries', async () => {
  await using vendor = await startVendor((_, response) => response.writeHead(503, { 'retry-after': '4' }).end());
  await using gateway = await startGateway();
  const call = gateway.open({ baseUrl: vendor.origin }).client.call(vendor.origin);
  await until(() => vendor.seen.length === 1, 'the first try');
  const start = performance.now();
  call.abort();
  expect((await call.done).error?.code).toBe('aborted');
  expect(performance.now() - start).toBeLessThan(2000);
});
