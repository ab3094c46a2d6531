// How the vendor's certificate is checked, against servers that really present it.
import { beforeAll, expect, test } from 'vitest';
import type { TlsSettings } from '../../host/src/gateway/index.ts';
import { createAuthority, selfSigned, type Authority, type Certified } from './support/certificates.ts';
import type { Reply } from './support/port-client.ts';
import { startGateway, type TestGateway } from './support/setup.ts';
import { startTlsVendor, type TlsVendor } from './support/tls-vendor.ts';

let authority: Authority;
let stranger: Authority;
let alone: Certified;
beforeAll(async () => {
  authority = await createAuthority();
  stranger = await createAuthority('Stranger');
  alone = await selfSigned();
});

const TOKEN = 'canary-5b1d7f20';
const plainDigits = (fingerprint: string): string => fingerprint.replaceAll(':', '');

interface Opened {
  readonly reply: Reply;
  readonly vendor: TlsVendor;
}

async function ask(
  gateway: TestGateway,
  vendor: TlsVendor,
  settings: Partial<TlsSettings> | undefined,
  baseUrl = vendor.origin,
  revision = 1,
): Promise<Opened> {
  const { client } = gateway.open({
    baseUrl,
    revision,
    credentials: { type: 'bearer', token: TOKEN },
    ...(settings === undefined ? {} : { tls: { field: 'tls', verify: true, ...settings } }),
  });
  return { reply: await client.get(`${baseUrl}/`), vendor };
}

function expectServed({ reply, vendor }: Opened): void {
  expect(reply.error).toBeUndefined();
  expect(reply.body.toString()).toBe('hello');
  expect(vendor.requests).toEqual([`Bearer ${TOKEN}`]);
}

/** Refused before a byte of the request was sent, and not tried again. */
function expectRefused({ reply, vendor }: Opened, message: RegExp): void {
  expect(reply.error?.code).toBe('vendor_unavailable');
  expect(reply.error?.message).toMatch(message);
  expect(vendor.requests).toEqual([]);
  expect(vendor.bytes).toBe(0);
  expect(vendor.connections).toBe(1);
}

test('a self-signed certificate is refused, and the failure shows the fingerprint to pin', async () => {
  await using vendor = await startTlsVendor(alone);
  await using gateway = await startGateway();
  const refused = await ask(gateway, vendor, {});
  expectRefused(refused, /self-signed \(DEPTH_ZERO_SELF_SIGNED_CERT\).*set "tls\.fingerprint256".*"tls\.caPem"/);
  expect(refused.reply.error?.message).toContain(alone.fingerprint);
});

test('where the plugin has no field for it, the failure does not speak of one', async () => {
  await using vendor = await startTlsVendor(alone);
  await using gateway = await startGateway();
  const refused = await ask(gateway, vendor, undefined);
  expectRefused(refused, /self-signed/);
  expect(refused.reply.error?.message).not.toContain('fingerprint256"');
});

test('the pinned certificate is accepted, self-signed and expired as it may be', async () => {
  const expired = await selfSigned({ from: -30, to: -1, names: ['elsewhere.example'] });
  await using vendor = await startTlsVendor(expired);
  await using gateway = await startGateway();
  expectServed(await ask(gateway, vendor, { fingerprint256: plainDigits(expired.fingerprint) }));
});

test.for<[string, Partial<TlsSettings>]>([
  ['alone', {}],
  ['although certificates are not to be verified', { verify: false }],
])('another certificate than the pinned one is refused, %s', async ([, settings]) => {
  const other = await selfSigned();
  await using vendor = await startTlsVendor(other);
  await using gateway = await startGateway();
  const refused = await ask(gateway, vendor, { ...settings, fingerprint256: plainDigits(alone.fingerprint) });
  expectRefused(refused, /not the one that is pinned/);
  expect(refused.reply.error?.message).toContain(other.fingerprint);
});

test('a pin holds for every connection: a certificate that is swapped later is refused', async () => {
  await using vendor = await startTlsVendor(alone);
  await using gateway = await startGateway();
  const settings = { fingerprint256: plainDigits(alone.fingerprint) };
  expectServed(await ask(gateway, vendor, settings));
  vendor.present(await selfSigned());
  const { reply } = await ask(gateway, vendor, settings);
  expect(reply.error?.message).toMatch(/not the one that is pinned/);
  expect(vendor.requests.length).toBe(1);
});

test('the CA that is given is trusted, and only that one', async () => {
  const leaf = await authority.issue();
  await using vendor = await startTlsVendor(leaf);
  await using gateway = await startGateway();
  expectServed(await ask(gateway, vendor, { caPem: authority.certificate }));
  await using other = await startTlsVendor(leaf);
  expectRefused(
    await ask(gateway, other, { caPem: stranger.certificate }, other.origin, 2),
    /issued by a CA that is not trusted/,
  );
  const both = `${stranger.certificate}\n${authority.certificate}`;
  await using third = await startTlsVendor(leaf);
  expectServed(await ask(gateway, third, { caPem: both }, third.origin, 3));
});

test('with a CA and a pin, both must fit', async () => {
  const leaf = await authority.issue();
  const fingerprint256 = plainDigits(leaf.fingerprint);
  await using vendor = await startTlsVendor(leaf);
  await using gateway = await startGateway();
  expectServed(await ask(gateway, vendor, { caPem: authority.certificate, fingerprint256 }));
  await using other = await startTlsVendor(leaf);
  expectRefused(
    await ask(gateway, other, { caPem: stranger.certificate, fingerprint256 }, other.origin, 2),
    /issued by a CA that is not trusted/,
  );
});

test.for<[string, { names?: string[]; from?: number; to?: number }, RegExp]>([
  ['that has expired', { from: -30, to: -1 }, /has expired on .* \(CERT_HAS_EXPIRED\)/],
  ['that is not valid yet', { from: 1 }, /is not valid before .* \(CERT_NOT_YET_VALID\)/],
  ['for another name', { names: ['elsewhere.example'] }, /another name \(ERR_TLS_CERT_ALTNAME_INVALID\)/],
  ['for another address', { names: ['127.0.0.2'] }, /another name/],
])('a certificate of the right CA %s is refused', async ([, options, message]) => {
  await using vendor = await startTlsVendor(await authority.issue(options));
  await using gateway = await startGateway();
  expectRefused(await ask(gateway, vendor, { caPem: authority.certificate }), message);
});

test('a server name says which name the certificate must have, and is asked for', async () => {
  await using vendor = await startTlsVendor(await authority.issue({ names: ['fw1.acme.example'] }));
  await using gateway = await startGateway();
  const caPem = authority.certificate;
  expectServed(await ask(gateway, vendor, { caPem, serverName: 'fw1.acme.example' }));
  expect(vendor.serverNames).toEqual(['fw1.acme.example']);
  await using other = await startTlsVendor(await authority.issue());
  expectRefused(
    await ask(gateway, other, { caPem, serverName: 'fw2.acme.example' }, other.origin, 2),
    /made out to another name/,
  );
});

test('verify: false takes any certificate', async () => {
  await using vendor = await startTlsVendor(await selfSigned({ from: -30, to: -1 }));
  await using gateway = await startGateway();
  expectServed(await ask(gateway, vendor, { verify: false }));
});

test('what one instance trusts, no other does, nor another revision of it', async () => {
  await using vendor = await startTlsVendor(alone);
  await using gateway = await startGateway();
  expectServed(await ask(gateway, vendor, { verify: false }));
  const { reply } = await ask(gateway, vendor, {}, vendor.origin, 2);
  expect(reply.error?.code).toBe('vendor_unavailable');
  const { client } = gateway.open({
    instanceId: 'globex',
    baseUrl: vendor.origin,
    tls: { field: 'tls', verify: true },
  });
  expect((await client.get(vendor.origin)).error?.message).toMatch(/self-signed/);
  expect(vendor.requests.length).toBe(1);
});

test('a certificate that was refused once is refused again', async () => {
  await using vendor = await startTlsVendor(await authority.issue({ names: ['elsewhere.example'] }));
  await using gateway = await startGateway();
  for (let round = 0; round < 3; round += 1) {
    const { reply } = await ask(gateway, vendor, { caPem: authority.certificate });
    expect(reply.error?.message).toMatch(/made out to another name/);
  }
  expect(vendor.connections).toBe(3);
  expect(vendor.requests).toEqual([]);
});

test('a run knows when the certificate ends that it was answered under, also on a socket that was open already', async () => {
  await using gateway = await startGateway();
  const days = (run: { certificateEnds(): number | undefined }): number =>
    Math.round(((run.certificateEnds() ?? 0) - Date.now()) / 86_400_000);
  await using vendor = await startTlsVendor(await authority.issue({ to: 77 }));
  const open = (caPem: string) => gateway.open({ baseUrl: vendor.origin, tls: { field: 'tls', verify: true, caPem } });
  const first = open(authority.certificate);
  expect(first.run.certificateEnds()).toBeUndefined();
  await first.client.get(`${vendor.origin}/`);
  const second = open(authority.certificate);
  await second.client.get(`${vendor.origin}/`);
  expect([days(first.run), days(second.run), vendor.connections]).toEqual([77, 77, 1]);
});
