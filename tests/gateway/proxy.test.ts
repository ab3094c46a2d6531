// Calls that leave through a proxy keep to the same policy: what the proxy is told to connect to has been judged.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseProxy, type Connection, type ProxySettings } from '../../host/src/gateway/index.ts';
import { createAuthority, selfSigned, type Authority } from './support/certificates.ts';
import { startProxy, type TestProxy } from './support/proxy.ts';
import { startGateway, type TestGateway } from './support/setup.ts';
import { startTlsVendor } from './support/tls-vendor.ts';
import { startVendor } from './support/vendor.ts';

let authority: Authority;
let proxy: TestProxy;
let gateway: TestGateway;
let trusting: TestGateway;
const settingsFor = (url: string, changes: Partial<ProxySettings> = {}): ProxySettings => ({
  url: url.replace('//', '//proxy-user:canary-pass@'),
  bypass: ['127.0.0.9', '*.direct.example'],
  resolves: 'host',
  ...changes,
});
beforeAll(async () => {
  authority = await createAuthority();
  proxy = await startProxy();
  gateway = await startGateway({ retries: 0 }, { proxy: settingsFor(proxy.url) });
  trusting = await startGateway({ retries: 0 }, { proxy: settingsFor(proxy.url, { resolves: 'proxy' }) });
});
afterAll(async () => {
  for (const part of [gateway, trusting, proxy]) await part[Symbol.asyncDispose]();
});

let instances = 0;
const open = (connection: Partial<Connection>, by = gateway) =>
  by.open({ instanceId: `acme-${(instances += 1)}`, ...connection });

const tunnelsOf = async (work: () => Promise<unknown>): Promise<string[]> => {
  const before = proxy.tunnels.length;
  await work();
  return proxy.tunnels.slice(before).map(({ target }) => target);
};

test('a call goes through a tunnel, http too, and neither side learns of the other one’s credentials', async () => {
  await using vendor = await startVendor((_, response) => response.end('hello'));
  await using secure = await startTlsVendor(await authority.issue());
  const credentials = { type: 'bearer', token: 'canary-token' } as const;
  const tls = { field: 'tls', verify: true, caPem: authority.certificate };
  const told = await tunnelsOf(async () => {
    const plain = await open({ baseUrl: vendor.origin, credentials }).client.get(vendor.origin);
    expect(plain.body.toString()).toBe('hello');
    const sealed = await open({ baseUrl: secure.origin, credentials, tls }).client.get(secure.origin);
    expect(sealed.body.toString()).toBe('hello');
  });
  expect(told).toEqual([vendor.host, `127.0.0.1:${secure.port}`]);
  expect(proxy.requests).toEqual([]);
  for (const { headers } of proxy.tunnels) {
    expect(headers['proxy-authorization']).toBe(`Basic ${btoa('proxy-user:canary-pass')}`);
    expect(JSON.stringify(headers)).not.toContain('canary-token');
  }
  expect(vendor.seen[0]?.headers).toMatchObject({ authorization: 'Bearer canary-token' });
  expect(vendor.seen[0]?.headers).not.toHaveProperty('proxy-authorization');
  expect(secure.requests).toEqual(['Bearer canary-token']);
});

test('the proxy is told the address that was judged, not the name, unless it is trusted to resolve', async () => {
  await using vendor = await startVendor((_, response) => response.end('hello'));
  const baseUrl = `http://localhost:${vendor.port}`;
  const judged = await tunnelsOf(() => open({ baseUrl }).client.get(baseUrl));
  expect(judged[0]).toMatch(new RegExp(`^(127\\.0\\.0\\.1|\\[::1\\]):${vendor.port}$`));
  expect(await tunnelsOf(() => open({ baseUrl }, trusting).client.get(baseUrl))).toEqual([`localhost:${vendor.port}`]);
});

test.for<[string, Partial<Connection>, string]>([
  ['a granted name that resolves to this machine', { hosts: ['localhost'] }, 'https://localhost/'],
  ['a base URL at a metadata address', { baseUrl: 'http://169.254.169.254' }, 'http://169.254.169.254/'],
  ['a base URL at no address', { baseUrl: 'http://[::]' }, 'http://[::]/'],
  ['another host', {}, 'http://127.0.0.1/'],
])('%s is not asked of the proxy', async ([, connection, url]) => {
  const told = await tunnelsOf(async () => {
    expect((await open(connection).client.get(url)).error?.code).toBe('egress_denied');
  });
  expect(told).toEqual([]);
});

test('where the proxy resolves, addresses and names that are not granted are denied all the same', async () => {
  const told = await tunnelsOf(async () => {
    for (const url of ['http://169.254.169.254/', 'https://10.0.0.1/', 'https://elsewhere.example/']) {
      const { client } = open({ baseUrl: 'http://169.254.169.254', hosts: ['localhost'] }, trusting);
      expect((await client.get(url)).error?.code).toBe('egress_denied');
    }
  });
  expect(told).toEqual([]);
});

test('the vendor’s certificate is judged through the tunnel', async () => {
  await using vendor = await startTlsVendor(await selfSigned());
  const { client } = open({ baseUrl: vendor.origin, tls: { field: 'tls', verify: true } });
  expect((await client.get(vendor.origin)).error?.message).toMatch(/self-signed/);
  expect(vendor.requests).toEqual([]);
});

test('hosts that are to be called directly are', async () => {
  await using other = await startVendor((_, response) => response.end('direct'));
  await new Promise<void>((resolve) => other.server.close(() => resolve()));
  await new Promise<void>((resolve) => other.server.listen(0, '127.0.0.9', resolve));
  const { port } = other.server.address() as { port: number };
  const baseUrl = `http://127.0.0.9:${port}`;
  const told = await tunnelsOf(async () => {
    expect((await open({ baseUrl }).client.get(baseUrl)).body.toString()).toBe('direct');
  });
  expect(told).toEqual([]);
});

test.for([
  [407, /the proxy answered 407: check the user name and password in JACKFIELD_PROXY/],
  [403, /the proxy answered 403$/],
  [502, /the proxy answered 502$/],
] as const)('a proxy that answers %d is named', async ([status, message]) => {
  proxy.refusal = status;
  const { error } = await open({ baseUrl: 'http://127.0.0.1:9' }).client.get('http://127.0.0.1:9/');
  proxy.refusal = undefined;
  expect(error).toMatchObject({ code: 'vendor_unavailable', message: expect.stringMatching(message) });
  expect(error?.message).not.toContain('canary');
});

test('a proxy that is not there is named', async () => {
  const gone = await startProxy();
  await gone[Symbol.asyncDispose]();
  await using lost = await startGateway({ retries: 0 }, { proxy: settingsFor(gone.url) });
  const { error } = await open({ baseUrl: 'http://127.0.0.1:9' }, lost).client.get('http://127.0.0.1:9/');
  expect(error).toMatchObject({
    code: 'vendor_unavailable',
    message: 'the proxy cannot be used (ECONNREFUSED)',
  });
});

test('settings are read from the environment, and what is wrong with them is told without the password', () => {
  const read = (url: string | undefined, bypass?: string, resolves?: string): ProxySettings | undefined =>
    parseProxy({ url, bypass, resolves });
  expect(read(undefined)).toBeUndefined();
  expect(read('')).toBeUndefined();
  expect(read('http://u:p@proxy.example:3128', 'a.example, *.B.example ,', 'proxy')).toEqual({
    url: 'http://u:p@proxy.example:3128/',
    bypass: ['a.example', '*.b.example'],
    resolves: 'proxy',
  });
  for (const [url, resolves] of [
    ['socks5://u:canary@x'],
    ['canary'],
    ['http://u:canary@x/path'],
    ['http://u:canary@x', 'both'],
  ]) {
    expect(() => read(url, undefined, resolves)).toThrow(/^JACKFIELD_PROXY(_RESOLVES)? must be/);
    expect(() => read(url, undefined, resolves)).not.toThrow('canary');
  }
});
