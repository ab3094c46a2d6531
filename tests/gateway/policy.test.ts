import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createScope, resolveTarget } from '../../host/src/gateway/thread/target.ts';
import { startGateway } from './support/setup.ts';
import { startVendor } from './support/vendor.ts';

const scope = createScope({
  instanceId: 'acme',
  revision: 1,
  baseUrl: 'https://vendor.example:8443/jira/api',
  hosts: ['api.partner.example', '*.cdn.example', 'BÜCHER.example', '127.0.0.1', '*.0.0.1'],
  credentials: null,
});

test.for([
  ['https://vendor.example:8443/jira/api', true],
  ['https://vendor.example:8443/jira/api/', true],
  ['https://VENDOR.example:8443/jira/api/issue/A%2FB?x=../..', true],
  ['https://vendor.example:8443/other/../jira/api/x', true],
  ['https://vendor.example:8443/jira/api/a..b/..c/d..', true],
  ['https://vendor.example:8443/jira/api/caf%C3%A9/100%25', true],
  ['https://vendor.example:8443/jira/api/x#/../../admin', true],
  ['https://api.partner.example/anything', false],
  ['https://api.partner.example:443/../x', false],
  ['https://a.cdn.example/', false],
  ['https://a.b.cdn.example/', false],
  ['https://xn--bcher-kva.example/', false],
  ['https://bücher.example/', false],
] as const)('%s is allowed', ([url, own]) => {
  const target = resolveTarget(scope, url);
  expect(target.own).toBe(own);
  expect(target.url.hash).toBe('');
});

const LOOPBACK_SPELLINGS = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '0177.0.0.1',
  '0x7f.0.0.1',
  '0x7f000001',
  '2130706433',
  '017700000001',
  '127.000.000.001',
  '①②⑦.0.0.1',
  '127。0。0。1',
  '%31%32%37.0.0.1',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'a.localhost',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '0.0.0.0',
  '0',
  '[::]',
  '127.0.0.2',
  '127.255.255.254',
];

const ESCAPES = [
  '/',
  '/admin',
  '/jira',
  '/jira/apis',
  '/jira/api-admin',
  '/jira/api/..',
  '/jira/api/../..',
  '/jira/api/../admin',
  '/jira/api/x/../../admin',
  '/jira/api\\..\\admin',
  '/jira/api/%2e%2e/admin',
  '/jira/api/%2E%2e/admin',
  '/jira/api/.%2e/admin',
  '/jira/api/..%2fadmin',
  '/jira/api/..%5cadmin',
  '/jira/api/%2e%2e%2fadmin',
  '/jira/api/%252e%252e/admin',
  '/jira/api/%25252e%25252e/admin',
  '/jira/api/..%252fadmin',
  '/jira/api/%2e%2e%255cadmin',
  '/jira/api/..;/admin',
  '/jira/api/..;a=b/admin',
  '/jira/api/%2e%2e%3b/admin',
  '/jira/api/..%00/admin',
  '/jira/api/%c0%ae%c0%ae/admin',
  '/jira/api/..%c0%afadmin',
  '/jira/api/%e0%80%ae%e0%80%ae/admin',
  '/jira/api/%u002e%u002e/admin',
  '/jira/api/x%2f..%2f..%2fadmin',
  '/JIRA/api/x',
  '/jir%61/api/x',
  '//jira/api/x',
  '/jira//api/x',
  '/jira%2fapi/x',
];

const ELSEWHERE = [
  'https://vendor.example/jira/api/',
  'https://vendor.example:8444/jira/api/',
  'http://vendor.example:8443/jira/api/',
  'https://vendor.example.:8443/jira/api/',
  'https://vendor.example:8443@evil.example/jira/api/',
  'https://evil.example#@vendor.example:8443/jira/api/',
  'https://evil.example?@vendor.example:8443/jira/api/',
  'https://evil.example\\@vendor.example:8443/jira/api/',
  'https://user@vendor.example:8443/jira/api/',
  'https://:pw@vendor.example:8443/jira/api/',
  'https://user@api.partner.example/',
  'http://api.partner.example/',
  'https://api.partner.example:8443/',
  'https://api.partner.example./',
  'https://x.api.partner.example/',
  'https://api.partner.example.evil.example/',
  'https://cdn.example/',
  'https://.cdn.example/',
  'https://evilcdn.example/',
  'https://a.cdn.example:444/',
  'wss://vendor.example:8443/jira/api/',
  'ftp://vendor.example:8443/jira/api/',
  'file:///etc/passwd',
  'data:text/plain,x',
  'blob:https://vendor.example:8443/x',
  'javascript:alert(1)',
  'about:blank',
  'unix:/var/run/docker.sock',
  '/jira/api/x',
  '//vendor.example:8443/jira/api/',
  'https:vendor',
  'https://',
  '',
  'https://[::1',
  'https://127.0.0.1/',
  'https://9.0.0.1/',
];

test.for([...ESCAPES.map((path) => `https://vendor.example:8443${path}`), ...ELSEWHERE])('%s is denied', (url) => {
  expect(() => resolveTarget(scope, url)).toThrow(expect.objectContaining({ code: 'egress_denied' }));
});

test('a denied call reaches no listener: every spelling, escape and foreign URL sent through a real gateway', async () => {
  let touched = 0;
  const forbidden = createServer((socket) => {
    touched++;
    socket.destroy();
  });
  forbidden.listen(0, '127.0.0.1');
  await once(forbidden, 'listening');
  const { port } = forbidden.address() as AddressInfo;
  await using vendor = await startVendor((_, response) => response.end());
  await using gateway = await startGateway();
  const { client } = gateway.open({
    baseUrl: `${vendor.origin}/jira/api`,
    hosts: ['localhost', '127.0.0.1', '*.localhost'],
  });
  const urls = [
    ...LOOPBACK_SPELLINGS.flatMap((host) => [`http://${host}:${port}/jira/api/`, `https://${host}:${port}/jira/api/`]),
    ...ESCAPES.map((path) => vendor.origin + path),
    ...ELSEWHERE.map((url) => url.replaceAll('vendor.example:8443', `127.0.0.1:${port}`)),
  ];
  for (const url of urls) {
    const { error } = await client.get(url);
    expect({ url, code: error?.code }).toEqual({ url, code: 'egress_denied' });
  }
  expect(urls.length).toBeGreaterThan(120);
  expect({ touched, vendor: vendor.connections() }).toEqual({ touched: 0, vendor: 0 });
  await client.get(`${vendor.origin}/jira/api/x`);
  expect(vendor.connections()).toBe(1);
  forbidden.close();
});

test('a denial names the host and says how to grant it', () => {
  expect(() => resolveTarget(scope, 'https://new.example/x?secret=1')).toThrow(
    '"https://new.example" is neither the base URL of instance "acme" nor a granted host; ' +
      'to allow it, the plugin lists "new.example" in network.hosts and plugins.json grants it in grant.hosts',
  );
});

test('whatever is put behind the prefix, a server that decodes it stays below the prefix or the call is denied', () => {
  const piece = fc.constantFrom(
    '..',
    '.',
    '%2e',
    '%2E',
    '%252e',
    '/',
    '\\',
    '%2f',
    '%5c',
    '%252f',
    ';',
    '%3b',
    'a',
    '%00',
    '%25',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      let pathname: string;
      try {
        pathname = resolveTarget(scope, `https://vendor.example:8443/jira/api/${pieces.join('')}`).url.pathname;
      } catch {
        return;
      }
      for (let round = 0; round < 8; round++) {
        const resolved = new URL(pathname.replaceAll(/;[^/\\]*/g, ''), 'http://x').pathname;
        expect(`${resolved}/`.startsWith('/jira/api/')).toBe(true);
        try {
          pathname = decodeURIComponent(pathname).replaceAll(/[?#]/g, '');
        } catch {
          return;
        }
      }
    }),
    { numRuns: 3000 },
  );
});

test.for<[string, string]>([
  ['not a url', 'is not a URL'],
  ['ftp://x.example', 'has the scheme "ftp:"'],
  ['https://user:canary@x.example', 'holds a user name or password'],
  ['https://x.example/?a=canary', 'has a query or fragment'],
])('a run with the base URL %s is not opened', async ([baseUrl, reason]) => {
  await using gateway = await startGateway();
  expect(() => gateway.open({ baseUrl })).toThrow(reason);
  expect(() => gateway.open({ baseUrl })).not.toThrow('canary');
});
