// What expires: said by the plugin, seen by the gateway, trusted by the config; and what becomes of it when it is renewed.
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAuthority, type Authority, type Certified } from '../gateway/support/certificates.ts';
import { server, type TestDatabase } from '../support/databases.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { buildClinic, healthOf, repairsOf } from './clinic.ts';

const DAY = 86_400_000;
const inDays = (days: number): string => new Date(Date.now() + days * DAY).toISOString();

let clinic: TestPlugin;
let place: TestDatabase;
let running: TestHost;
let authority: Authority;
beforeAll(async () => {
  [clinic, place, authority] = await Promise.all([buildClinic(), server.open(), createAuthority('Clinic CA')]);
  running = await startTestHost(place, { plugins: [clinic] });
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
  await clinic[Symbol.asyncDispose]();
});

async function startTlsWard(first: Certified) {
  const ward = {
    found: { message: 'fine' } as object,
    present(next: Certified): void {
      server.setSecureContext({ cert: next.certificate, key: next.key });
      server.closeAllConnections();
    },
    origin: '',
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  const server = createServer({ cert: first.certificate, key: first.key }, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(ward.found));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ward.origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return ward;
}

interface Report {
  readonly ok: boolean;
  readonly expires?: readonly { readonly what: string; readonly at: string; readonly by: string }[];
  readonly problem?: { readonly code: string };
}

const check = async (id: string): Promise<Report> =>
  (await running.api.call<Report>('POST', `/api/instances/${id}/check`)).body;
const create = (id: string, baseUrl: string, tls: object) => {
  const config = { baseUrl, token: 'canary-token-of-the-clinic', tls };
  return running.api.call('POST', '/api/instances', { id, plugin: 'clinic', name: id, config });
};
const open = async (id: string): Promise<string[]> =>
  (await repairsOf(running.api, `instance=${id}&open=true`)).map(({ code, detail }) => `${code}: ${detail}`).toSorted();

test('certificates and what the plugin names are repairs 30 days before, and closed when they are renewed', async () => {
  await using ward = await startTlsWard(await authority.issue({ to: 20 }));
  await create('c', ward.origin, { caPem: authority.certificate });
  const host = new URL(ward.origin).host;
  ward.found = {
    message: 'fine',
    expires: [
      { what: 'the token', at: inDays(60) },
      { what: 'the licence of canary-token-of-the-clinic', at: inDays(90) },
      { what: 'the token', at: inDays(50) },
    ],
  };
  const { expires = [] } = await check('c');
  const leaf = { what: `the certificate of ${host}`, by: 'host' };
  const ca = { what: 'the CA certificate "Clinic CA" in "tls.caPem"', by: 'host' };
  expect(expires).toMatchObject([leaf, ca, { what: 'the token', by: 'plugin' }, { by: 'plugin' }]);
  expect(JSON.stringify(expires)).not.toContain('canary');
  const days = expires.map(({ at }) => Math.round((Date.parse(at) - Date.now()) / DAY));
  expect(days).toEqual([20, 30, 50, 90]);
  expect((await healthOf(running.api, 'c')).expires).toEqual(expires);
  const near = (at: string): string => at.slice(0, 10);
  const both = [
    `expires_soon: ${ca.what} expires on ${near(inDays(30))}`,
    `expires_soon: ${leaf.what} expires on ${near(inDays(20))}`,
  ];
  expect(await open('c')).toEqual(both);
  // Renewed at the vendor; its token is near now.
  ward.present(await authority.issue({ to: 200 }));
  ward.found = { message: 'fine', expires: [{ what: 'the token', at: inDays(5) }] };
  await check('c');
  const token = `expires_soon: the token expires on ${near(inDays(5))}`;
  expect(await open('c')).toEqual([both[0], token]);
  const closed = await repairsOf(running.api, 'instance=c&open=false');
  expect(closed).toMatchObject([
    { code: 'expires_soon', closedWhy: 'its date has moved, or it is not there any more' },
  ]);
  // It cannot find out: that renews nothing.
  ward.found = { message: 'fine' };
  await check('c');
  expect(await open('c')).toEqual([both[0], token]);
  ward.found = { message: 'fine', expires: [] };
  await check('c');
  expect(await open('c')).toEqual([both[0]]);
});

test('a certificate that is pinned or not checked may end', async () => {
  const certificate = await authority.issue({ to: 3 });
  await using ward = await startTlsWard(certificate);
  await create('pinned', ward.origin, { fingerprint256: certificate.fingerprint });
  await create('unchecked', ward.origin, { verify: false });
  for (const id of ['pinned', 'unchecked']) {
    const report = await check(id);
    expect(report.ok).toBe(true);
    expect(report.expires).toBeUndefined();
  }
});

test.each([
  ['no list', 'soon'],
  ['something without a date', [{ what: 'the token' }]],
  ['a date that is none', [{ what: 'the token', at: 'next summer' }]],
  ['something without a name', [{ what: '', at: inDays(1) }]],
  ['more than anybody reads', Array.from({ length: 101 }, (_, n) => ({ what: `token ${n}`, at: inDays(1) }))],
])('a plugin that gives %s fails its check', async (what, expires) => {
  await using ward = await startTlsWard(await authority.issue());
  const id = what.replaceAll(' ', '-');
  await create(id, ward.origin, { caPem: authority.certificate });
  ward.found = { message: 'fine', expires };
  expect(await check(id)).toMatchObject({ ok: false, problem: { code: 'plugin_failed' } });
});
