// No call gets to an address that its instance may not reach: each vector goes out through the real parts, and listeners on every
// local address count the connections that arrive. A vector that leads nowhere on this machine must be denied all the same.
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Agent, request } from 'undici';
import { beforeAll, afterAll, expect, test } from 'vitest';
import {
  guardedConnector,
  isOwnAddress,
  isPublicAddress,
  type AddressRule,
  type ResolveAll,
} from '../../host/src/gateway/thread/address.ts';
import { startGateway, type TestGateway } from './support/setup.ts';
import { FORBIDDEN_ADDRESSES, misleadingUrls, redirectTargets, SPELLED_HOSTS } from './support/ssrf-vectors.ts';
import { startVendor, type Vendor } from './support/vendor.ts';

/** Listens on every address of this machine, IPv4 and IPv6. */
interface Trap {
  readonly url: URL;
  readonly port: number;
  count: number;
  close(): void;
}

async function startTrap(): Promise<Trap> {
  const server = createServer((socket) => {
    trap.count += 1;
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret');
  });
  server.listen(0, '::');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = new URL(`http://127.0.0.1:${port}/`);
  const trap: Trap = { url, port, count: 0, close: () => server.close() };
  return trap;
}

let trap: Trap;
let gateway: TestGateway;
beforeAll(async () => {
  trap = await startTrap();
  gateway = await startGateway({ retries: 0, connectTimeout: 500 });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  trap.close();
});

/** How many vectors were tried, over all tests of this file: the last one says that they were enough. */
let vectors = 0;

async function expectDenied(urls: readonly string[], baseUrl: string | null, instanceId: string): Promise<void> {
  const { client, run } = gateway.open({ baseUrl, instanceId, hosts: ['localhost', 'granted.example'] });
  const before = trap.count;
  for (const url of urls) {
    const { error, head } = await client.get(url);
    expect({ url, code: error?.code, head }).toEqual({ url, code: 'egress_denied', head: undefined });
    vectors += 1;
  }
  expect(trap.count - before).toBe(0);
  run.close();
}

/** A name server that gives these answers in turn; the last one stays. */
function nameServer(...answers: readonly (readonly string[])[]): ResolveAll {
  let asked = 0;
  return (_hostname, _options, callback) => {
    const addresses = answers[Math.min(asked++, answers.length - 1)] ?? [];
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
}

async function connectBy(allowed: AddressRule, resolve: ResolveAll, times = 1): Promise<(string | number)[]> {
  const agent = new Agent({ connect: guardedConnector(allowed, 1000, resolve), pipelining: 0 });
  const outcomes: (string | number)[] = [];
  for (let time = 0; time < times; time += 1) {
    const outcome = request(`http://name.example:${trap.port}/`, { dispatcher: agent, reset: true }).then(
      ({ statusCode, body }) => body.dump().then(() => statusCode),
      (error: unknown) => String((error as { code?: unknown }).code),
    );
    outcomes.push(await outcome);
  }
  await agent.destroy();
  return outcomes;
}

test('the trap counts: the base URL itself, where it is there, is reached', async () => {
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '127.0.0.2']) {
    const before = trap.count;
    const baseUrl = `http://${host}:${trap.port}`;
    const { client } = gateway.open({ baseUrl, instanceId: `own-${host}` });
    expect({ host, body: (await client.get(`${baseUrl}/`)).body.toString() }).toEqual({ host, body: 'secret' });
    expect(trap.count - before).toBe(1);
  }
  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '127.1.2.3']) {
    const before = trap.count;
    expect(await connectBy(isOwnAddress, nameServer([address]))).toEqual([200]);
    expect(trap.count - before).toBe(1);
  }
});

test('a host in a URL, however it is spelled, is no way around the base URL', async () => {
  await using vendor = await startVendor((_, response) => response.end());
  const urls = SPELLED_HOSTS.flatMap((host) => [`http://${host}:${trap.port}/`, `https://${host}:${trap.port}/`]);
  await expectDenied(urls, vendor.origin, 'spelled');
  await expectDenied(
    SPELLED_HOSTS.map((host) => `https://${host}/`),
    vendor.origin,
    'spelled-443',
  );
  expect(vendor.connections()).toBe(0);
});

test('a URL that only looks like the base URL leads nowhere', async () => {
  await using vendor = await startVendor((_, response) => response.end());
  await expectDenied(misleadingUrls(new URL(vendor.origin), trap.url), vendor.origin, 'misleading');
  expect(vendor.connections()).toBe(0);
});

const addresses = Object.entries(FORBIDDEN_ADDRESSES).flatMap(([kind, all]) =>
  all.map((address) => [kind, address] as const),
);

test.for(addresses)('a granted name that resolves to the %s address %s is not connected to', async ([, address]) => {
  const before = trap.count;
  expect(await connectBy(isPublicAddress, nameServer([address]))).toEqual(['egress_denied']);
  expect(trap.count - before).toBe(0);
  vectors += 1;
});

const NEVER = ['unspecified', 'linkLocal', 'metadata', 'multicast', 'broadcast'] as const;
const HIDDEN_METADATA = [
  ...['::ffff:169.254.169.254', '::169.254.169.254', '::ffff:0:169.254.169.254', '64:ff9b::169.254.169.254'],
  ...['64:ff9b:1:a9fe:a9:fe00::', '64:ff9b:1::a9fe:a9fe', '2002:a9fe:a9fe::1', '2001:0:808:808:8000:63bf:5601:5601'],
  ...['2001:0:a9fe:a9fe::1', '2606:4700::5efe:169.254.169.254', '2606:4700::200:5efe:169.254.169.254'],
];

test.for([...NEVER.flatMap((kind) => FORBIDDEN_ADDRESSES[kind] ?? []), ...HIDDEN_METADATA])(
  'not even a base URL may be at %s',
  async (address) => {
    const before = trap.count;
    expect(await connectBy(isOwnAddress, nameServer([address]))).toEqual(['egress_denied']);
    expect(trap.count - before).toBe(0);
    vectors += 1;
  },
);

test('a name is judged by each answer of its name server, at every connection', async () => {
  const before = trap.count;
  // Public when it was checked, then on this machine: every connection asks anew, and connects to what was judged.
  expect(await connectBy(isPublicAddress, nameServer(['127.0.0.1'], ['::1'], ['::ffff:7f00:1']), 4)).toEqual(
    Array(4).fill('egress_denied'),
  );
  // Of several addresses the forbidden ones are left out, in any order.
  for (const mixed of [
    ['169.254.169.254', '10.0.0.1', '127.0.0.1', '::1'],
    ['::ffff:127.0.0.1', '2002:7f00:1::', '0.0.0.0'],
  ]) {
    expect(await connectBy(isPublicAddress, nameServer(mixed))).toEqual(['egress_denied']);
  }
  expect(await connectBy(isPublicAddress, nameServer([]))).toEqual(['egress_denied']);
  vectors += 7;
  expect(trap.count - before).toBe(0);
  // One that turns from an allowed address to a forbidden one is reached once, and not again.
  expect(await connectBy(isOwnAddress, nameServer(['127.0.0.1'], ['169.254.169.254'], ['0.0.0.0']), 3)).toEqual([
    200,
    'egress_denied',
    'egress_denied',
  ]);
  expect(trap.count - before).toBe(1);
});

async function startRedirecting(): Promise<Vendor> {
  return startVendor(({ url }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://x');
    const status = Number(pathname.slice(1));
    response.statusCode = status;
    response.setHeader('location', searchParams.getAll('to'));
    response.setHeader('refresh', `0;url=${trap.url.href}`);
    response.end();
  });
}

test.for([301, 302, 303, 307, 308])('a redirect by %d leaves its origin to nowhere', async (status) => {
  await using vendor = await startRedirecting();
  const targets = redirectTargets(new URL(vendor.origin), trap.url);
  const urls = targets.map((to) => `${vendor.origin}/${status}?to=${encodeURIComponent(to)}`);
  await expectDenied(urls, vendor.origin, `redirect-${status}`);
  expect(vendor.seen.length).toBe(urls.length);
});

test('statuses that are no redirect, and headers that browsers follow, are not followed', async () => {
  await using vendor = await startRedirecting();
  const before = trap.count;
  const { client } = gateway.open({ baseUrl: vendor.origin, instanceId: 'others' });
  for (const status of [200, 201, 300, 304, 305, 306, 399]) {
    const url = `${vendor.origin}/${status}?to=${encodeURIComponent(trap.url.href)}`;
    expect((await client.get(url)).head?.status).toBe(status);
    vectors += 1;
  }
  expect(trap.count - before).toBe(0);
});

test('a token is asked for nowhere but at the base URL’s origin and granted hosts', async () => {
  await using vendor = await startVendor((_, response) => response.end());
  const own = new URL(vendor.origin);
  const hosts = SPELLED_HOSTS.map((host) => `http://${host}:${trap.port}/token`);
  const before = trap.count;
  for (const [index, tokenUrl] of [...hosts, ...misleadingUrls(own, trap.url)].entries()) {
    if (!URL.canParse(tokenUrl)) continue;
    const { client, run } = gateway.open({
      baseUrl: vendor.origin,
      instanceId: `token-${index}`,
      hosts: ['localhost'],
      credentials: {
        type: 'oauth2',
        grant: 'client_credentials',
        tokenUrl,
        clientId: 'id',
        clientSecret: 'secret',
        scopes: [],
        fields: { tokenUrl: 'tokenUrl', clientId: 'clientId', clientSecret: 'clientSecret' },
      },
    });
    const { error } = await client.get(`${vendor.origin}/`);
    expect({ tokenUrl, code: error?.code }).toEqual({ tokenUrl, code: 'egress_denied' });
    run.close();
    vectors += 1;
  }
  expect(trap.count - before).toBe(0);
  expect(vendor.connections()).toBe(0);
});

test('these were at least 150 vectors', () => {
  process.stdout.write(`${vectors} vectors, 0 connections to what they lead to\n`);
  expect(vectors).toBeGreaterThanOrEqual(150);
});
