// A vendor that wants to see a certificate before it answers, and who is shown one.
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Connection } from '../../host/src/gateway/index.ts';
import { toFailure } from '../../host/src/gateway/thread/failure.ts';
import { vendorFault } from '../../host/src/gateway/thread/gate.ts';
import { configSchemaOf } from '../../host/src/instances/index.ts';
import { faultsOf, pluginVersion } from '../instances/fixture.ts';
import { createAuthority, selfSigned, type Authority, type Certified } from './support/certificates.ts';
import { startGateway, type TestGateway } from './support/setup.ts';

interface StrictVendor extends AsyncDisposable {
  readonly origin: string;
  /** Fingerprints of who was answered. */
  readonly callers: string[];
}

/** Takes only who has a certificate of this authority. */
async function startStrictVendor(own: Certified, authority: Authority): Promise<StrictVendor> {
  const callers: string[] = [];
  const tls = { cert: own.certificate, key: own.key, ca: authority.certificate, requestCert: true };
  const server = createServer({ ...tls, rejectUnauthorized: true }, (request, response) => {
    callers.push((request.socket as TLSSocket).getPeerCertificate().fingerprint256);
    response.end('welcome');
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    callers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

let authority: Authority;
let client: Certified;
let stranger: Certified;
let vendor: StrictVendor;
let gateway: TestGateway;
beforeAll(async () => {
  authority = await createAuthority();
  client = await authority.issue({ names: ['jackfield.example'] });
  stranger = await selfSigned();
  vendor = await startStrictVendor(await authority.issue(), authority);
  gateway = await startGateway({ retries: 0 });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await vendor[Symbol.asyncDispose]();
});

const open = (instanceId: string, clientCertificate?: Connection['clientCertificate']) =>
  gateway.open({
    instanceId,
    baseUrl: vendor.origin,
    tls: { field: 'tls', verify: true, caPem: authority.certificate },
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
  }).client;

test('the certificate of an instance is shown to its vendor, and no other instance has it', async () => {
  const { certificate, key } = client;
  expect((await open('acme', { certificate, key }).get(vendor.origin)).body.toString()).toBe('welcome');
  expect(vendor.callers).toEqual([client.fingerprint]);
  // Node's server hangs up without a word; others send an alert, see below.
  const { error, head } = await open('globex').get(vendor.origin);
  expect({ code: error?.code, head }).toEqual({ code: 'vendor_unavailable', head: undefined });
  expect(vendor.callers.length).toBe(1);
});

test('a certificate that the vendor does not know is refused, and the failure holds nothing of its key', async () => {
  const { certificate, key } = stranger;
  const before = vendor.callers.length;
  const { error } = await open('strange', { certificate, key }).get(vendor.origin);
  expect(error?.code).toBe('vendor_unavailable');
  expect(error?.message).not.toContain(key.slice(30, 60));
  expect(vendor.callers.length).toBe(before);
});

test.for([
  'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
  'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
  'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
  'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
])('the alert %s is a refusal of who asks, not a failure of the vendor', (code) => {
  const failure = toFailure(Object.assign(new Error('write EPROTO canary'), { code }), 'https://vendor.example');
  expect(failure).toMatchObject({
    code: 'auth_failed',
    message: `https://vendor.example: the vendor does not take our client certificate (${code})`,
  });
  expect(vendorFault(failure)).toBeUndefined();
});

const fields = { certificate: 'clientCert', key: 'clientKey' };
const plugin = pluginVersion({
  config: {
    type: 'object',
    properties: {
      baseUrl: { type: 'string', format: 'uri' },
      clientCert: { type: 'string' },
      clientKey: { type: 'string', writeOnly: true },
    },
  },
  auth: [],
  network: { baseUrl: 'baseUrl', hosts: [], clientCertificate: fields },
});
const parse = async (config: Record<string, unknown>): Promise<unknown> => configSchemaOf(plugin).parse(config);

test('what does not fit is told to whoever saves it, and not repeated', async () => {
  const pair = { clientCert: client.certificate, clientKey: client.key };
  await expect(parse(pair)).resolves.toMatchObject({ visible: { clientCert: client.certificate } });
  await expect(parse({})).resolves.toBeDefined();
  const wrong: readonly (readonly [Record<string, string>, string, RegExp])[] = [
    [{ ...pair, clientKey: stranger.key }, '/config/clientKey', /is not the key of the certificate in "clientCert"/],
    [{ ...pair, clientKey: 'canary' }, '/config/clientKey', /private key in PEM/],
    [{ ...pair, clientCert: 'canary' }, '/config/clientCert', /certificates in PEM/],
    [{ clientCert: client.certificate }, '/config/clientKey', /is needed with "clientCert"/],
    [{ clientKey: client.key }, '/config/clientCert', /is needed with "clientKey"/],
  ];
  for (const [config, pointer, message] of wrong) {
    const faults = await faultsOf(parse(config));
    expect(faults).toEqual([{ pointer, message: expect.stringMatching(message) }]);
    expect(JSON.stringify(faults)).not.toMatch(/canary|BEGIN PRIVATE/);
  }
});
