// TLS settings from the config of an instance to the socket, through a whole host.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oneOf, server, type TestDatabase } from '../support/databases.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { createAuthority, selfSigned, type Certified } from './support/certificates.ts';
import { buildOAuthPlugin } from './support/oauth-plugin.ts';
import { startTlsVendor } from './support/tls-vendor.ts';

let plugin: TestPlugin;
let place: TestDatabase;
let host: TestHost;
let alone: Certified;
beforeAll(async () => {
  plugin = await buildOAuthPlugin();
  place = await server.open();
  host = await startTestHost(place, { plugins: [plugin] });
  alone = await selfSigned();
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
  await plugin[Symbol.asyncDispose]();
});

const create = (baseUrl: string, tls: unknown, id?: string) =>
  host.api.call('POST', '/api/instances', { id, plugin: 'oauth', name: 'Acme', config: { baseUrl, tls } });
const check = async (id: string) => (await host.api.call('POST', `/api/instances/${id}/check`)).body;

test.for<[string, (fingerprint: string) => string]>([
  ['as browsers show it', (text) => text],
  ['without colons, in lower case', (text) => text.replaceAll(':', '').toLowerCase()],
])('a fingerprint may be written %s', async ([, write]) => {
  await using vendor = await startTlsVendor(alone);
  const { body } = await create(vendor.origin, { fingerprint256: write(alone.fingerprint) });
  // The server of this test answers text, which is all it takes to see that it was asked.
  expect(await check(String(body['id']))).toMatchObject({ problem: { code: 'vendor_bad_response' } });
  expect(vendor.requests.length).toBe(1);
});

test('the check of a self-signed vendor tells the fingerprint, and pinning it is all that is left to do', async () => {
  await using vendor = await startTlsVendor(alone);
  await create(vendor.origin, undefined, 'pin-me');
  const refused = await check('pin-me');
  expect(refused).toMatchObject({ ok: false, problem: { code: 'vendor_unavailable' } });
  const [, told = ''] = /fingerprint ((?:[0-9A-F]{2}:){31}[0-9A-F]{2})/.exec(String(refused['message'])) ?? [];
  expect(told).toBe(alone.fingerprint);
  await host.api.call('PATCH', '/api/instances/pin-me', { config: { tls: { fingerprint256: told } } });
  await check('pin-me');
  expect(vendor.requests.length).toBe(1);
});

test('the check and the log warn of a connection whose certificate is not verified', async () => {
  await using vendor = await startTlsVendor(alone);
  await create(vendor.origin, { verify: false }, 'trusting');
  const warning = expect.stringMatching(/certificate is not checked.*"tls\.fingerprint256"/);
  expect(await check('trusting')).toMatchObject({ warnings: [warning] });
  const warned = host.logs.map((line): Record<string, unknown> => JSON.parse(line)).filter(({ level }) => level === 40);
  expect(warned).toContainEqual(expect.objectContaining({ instanceId: 'trusting', msg: warning }));
  await host.api.call('PATCH', '/api/instances/trusting', { config: { tls: { verify: true } } });
  expect(await check('trusting')).not.toHaveProperty('warnings');
});

describe.each(oneOf)('on $name', (database) => {
  test('settings that cannot work are refused at their place, and nothing is saved', async () => {
    const authority = await createAuthority();
    await using other = await database.open();
    await using running = await startTestHost(other, { plugins: [plugin] });
    const faults: readonly (readonly [string, unknown, string])[] = [
      ['caPem', 'not a certificate', 'must be one or more certificates in PEM'],
      ['caPem', authority.certificate.replace(/[A-Za-z0-9+/]{8}\n/, '!!!!!!!!\n'), 'must be one or more certificates'],
      ['caPem', `${authority.certificate}\n-----BEGIN CERTIFICATE-----\nAAAA`, 'must be one or more certificates'],
      ['caPem', authority.certificate + authority.key, 'holds a private key'],
      ['fingerprint256', 'AA:BB', 'must match pattern'],
      ['fingerprint256', `${alone.fingerprint}:00`, 'must match pattern'],
      ['fingerprint256', alone.fingerprint.replace(/^../, 'XY'), 'must match pattern'],
      ['serverName', 'two names', 'must match pattern'],
      ['verify', 'no', 'must be boolean'],
    ];
    for (const [name, value, message] of faults) {
      const config = { baseUrl: 'https://fw.example', tls: { [name]: value } };
      const body = { plugin: 'oauth', name: 'Acme', config };
      const { status, body: problem } = await running.api.call('POST', '/api/instances', body);
      expect(status).toBe(400);
      expect(problem).toMatchObject({
        code: 'config_invalid',
        errors: [{ pointer: `/config/tls/${name}`, message: expect.stringContaining(message) }],
      });
    }
    const { body } = await running.api.call('GET', '/api/instances');
    expect(body).toEqual({ instances: [] });
  });
});
