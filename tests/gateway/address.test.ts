import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Agent, request } from 'undici';
import { expect, test } from 'vitest';
import { guardedConnector, isOwnAddress, isPublicAddress } from '../../host/src/gateway/thread/address.ts';
import type { ResolveAll } from '../../host/src/gateway/thread/address.ts';
import { startGateway } from './support/setup.ts';
import { startVendor } from './support/vendor.ts';

const PUBLIC = ['8.8.8.8', '1.1.1.1', '104.16.0.1', '2606:4700::1111', '2a00:1450:4001:80b::200e', '::ffff:8.8.8.8'];

const PRIVATE = [
  '127.0.0.1',
  '127.255.255.254',
  '10.0.0.1',
  '10.255.255.255',
  '172.16.0.1',
  '172.31.255.254',
  '192.168.1.1',
  '100.64.0.1',
  '100.127.255.254',
  '198.18.0.1',
  '192.0.2.1',
  '203.0.113.9',
  '::1',
  'fc00::1',
  'fd12:3456::1',
  '::ffff:127.0.0.1',
  '::ffff:10.0.0.1',
  '::ffff:7f00:1',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b::10.0.0.1',
  '2002:7f00:1::',
  '2001:db8::1',
  'fec0::1',
];

const NEVER = [
  '169.254.169.254',
  '169.254.0.1',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '::169.254.169.254',
  '64:ff9b::a9fe:a9fe',
  '::ffff:0:169.254.169.254',
  'fe80::1',
  'fe80::1%eth0',
  'febf::1',
  'fd00:ec2::254',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '0.0.0.0',
  '0.1.2.3',
  '::',
  '::ffff:0.0.0.0',
  '224.0.0.1',
  '239.255.255.255',
  'ff02::1',
  '255.255.255.255',
  'not an address',
  '',
];

test.for(PUBLIC)('%s may be called as a granted host and as a base URL', (address) => {
  expect([isPublicAddress(address), isOwnAddress(address)]).toEqual([true, true]);
});

test.for(PRIVATE)('%s may be called as a base URL, not as a granted host', (address) => {
  expect([isPublicAddress(address), isOwnAddress(address)]).toEqual([false, true]);
});

test.for(NEVER)('%s is never called', (address) => {
  expect([isPublicAddress(address), isOwnAddress(address)]).toEqual([false, false]);
});

/** A name server that gives these addresses, one after another: the second question is rebound. */
function nameServer(...answers: string[][]): ResolveAll {
  let asked = 0;
  return (_hostname, _options, callback) => {
    const addresses = answers[Math.min(asked++, answers.length - 1)] ?? [];
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
}

test('a name that is public when asked first and private when connected to is not connected to', async () => {
  let touched = 0;
  const server = createServer((socket) => {
    touched++;
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://rebind.example:${port}/`;

  for (const addresses of [['127.0.0.1'], ['::ffff:127.0.0.1'], ['169.254.169.254', '10.0.0.1', '127.0.0.1']]) {
    const agent = new Agent({ connect: guardedConnector(isPublicAddress, 1000, nameServer(addresses)) });
    await expect(request(url, { dispatcher: agent })).rejects.toThrow('resolves to an address that may not be called');
    await agent.destroy();
  }
  expect(touched).toBe(0);

  // The same server is reached when the rule allows it, by the one allowed address among several.
  const agent = new Agent({
    connect: guardedConnector(isOwnAddress, 1000, nameServer(['169.254.169.254', '127.0.0.1'])),
  });
  const { statusCode } = await request(url, { dispatcher: agent });
  expect({ statusCode, touched }).toEqual({ statusCode: 200, touched: 1 });
  await agent.destroy();
  server.close();
});

test('an address in the URL is checked although sockets look no address up', async () => {
  const agent = new Agent({ connect: guardedConnector(isPublicAddress, 1000) });
  for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]']) {
    await expect(request(`http://${host}:9/`, { dispatcher: agent })).rejects.toThrow('may not be called');
  }
  await agent.destroy();
});

test.for([
  'http://169.254.169.254',
  'http://[fe80::1]',
  'http://[::ffff:169.254.169.254]',
  'http://0.0.0.0',
  'http://[::]',
])('an instance whose base URL is %s is denied at the connection, without a try', async (baseUrl) => {
  await using gateway = await startGateway();
  const { client, run } = gateway.open({ baseUrl });
  const { error } = await client.get(`${baseUrl}/latest/meta-data`);
  expect(error?.code).toBe('egress_denied');
  expect(run.vendorCalls()).toBe(0);
});

test('a granted host that resolves to this machine is denied, the same name as a base URL is not', async () => {
  await using vendor = await startVendor((_, response) => response.end('here'));
  await using gateway = await startGateway();
  const granted = gateway.open({ baseUrl: null, hosts: ['localhost'] });
  const { error } = await granted.client.get('https://localhost/');
  expect(error?.code).toBe('egress_denied');
  expect(error?.message).toContain('"localhost" resolves to an address that may not be called');

  const baseUrl = `http://localhost:${vendor.port}`;
  const own = gateway.open({ baseUrl, instanceId: 'own' });
  expect((await own.client.get(`${baseUrl}/`)).body.toString()).toBe('here');
});
