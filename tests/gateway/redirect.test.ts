import { expect, test } from 'vitest';
import { startGateway } from './support/setup.ts';
import { startVendor } from './support/vendor.ts';
import type { Vendor } from './support/vendor.ts';

/** `/303?to=/x` answers 303 with that Location; everything else answers what it got. */
function redirecting(): Promise<Vendor> {
  return startVendor((seen, response) => {
    const url = new URL(seen.url, 'http://x');
    const status = Number(/^(?:\/app)?\/(\d{3})$/.exec(url.pathname)?.[1] ?? 200);
    const location = url.searchParams.get('to');
    response.writeHead(status, location === null ? {} : { location });
    response.end(`${seen.method} ${seen.headers['content-type'] ?? '-'} ${seen.body}`);
  });
}

const post = {
  method: 'POST',
  headers: [['content-type', 'text/plain']],
  body: new TextEncoder().encode('hello'),
} as const;

test.for([
  [301, 'POST', 'GET - '],
  [302, 'POST', 'GET - '],
  [303, 'POST', 'GET - '],
  [303, 'PUT', 'GET - '],
  [301, 'PUT', 'PUT text/plain hello'],
  [307, 'POST', 'POST text/plain hello'],
  [308, 'POST', 'POST text/plain hello'],
] as const)('a %d after %s is followed as the Fetch standard says', async ([status, method, expected]) => {
  await using vendor = await redirecting();
  await using gateway = await startGateway();
  const { client } = gateway.open({ baseUrl: vendor.origin });
  const { head, body } = await client.get(`${vendor.origin}/${status}?to=/end`, { ...post, method });
  expect(body.toString()).toBe(expected);
  expect(head).toMatchObject({ status: 200, redirected: true, url: `${vendor.origin}/end` });
});

test('a HEAD that is redirected by 303 stays a HEAD', async () => {
  await using vendor = await redirecting();
  await using gateway = await startGateway();
  await gateway.open({ baseUrl: vendor.origin }).client.get(`${vendor.origin}/303?to=end`, { method: 'HEAD' });
  expect(vendor.seen.map((seen) => seen.method)).toEqual(['HEAD', 'HEAD']);
});

test('credentials go along on the origin; a redirect that leaves it is denied and not followed', async () => {
  await using vendor = await redirecting();
  await using other = await redirecting();
  await using gateway = await startGateway();
  const credentials = { type: 'bearer', token: 'canary-token' } as const;
  const { client } = gateway.open({ baseUrl: vendor.origin, credentials, hosts: ['api.partner.example'] });
  await client.get(`${vendor.origin}/302?to=/end`);
  expect(vendor.seen.map((seen) => seen.headers.authorization)).toEqual(['Bearer canary-token', 'Bearer canary-token']);
  for (const to of [
    `${other.origin}/x`,
    `//${other.host}/x`,
    `http://localhost:${vendor.port}/x`,
    `https://127.0.0.1:${vendor.port}/x`,
    'https://api.partner.example/',
    `http://u:p@${vendor.host}/x`,
    'http://169.254.169.254/latest/',
    'file:///etc/passwd',
  ]) {
    const { error, head } = await client.get(`${vendor.origin}/302?to=${encodeURIComponent(to)}`);
    expect({ to, code: error?.code, head }).toEqual({ to, code: 'egress_denied', head: undefined });
  }
  expect(other.connections()).toBe(0);
});

test("a redirect out of the base URL's path is denied", async () => {
  await using vendor = await redirecting();
  await using gateway = await startGateway();
  const { client } = gateway.open({ baseUrl: `${vendor.origin}/app/` });
  expect((await client.get(`${vendor.origin}/app/302?to=/app/end`)).head?.status).toBe(200);
  for (const to of ['/admin', '../admin', '..%2fadmin', '/app/..%252fadmin']) {
    const { error } = await client.get(`${vendor.origin}/app/302?to=${encodeURIComponent(to)}`);
    expect({ to, code: error?.code }).toEqual({ to, code: 'egress_denied' });
  }
  expect(vendor.seen.every((seen) => seen.url.startsWith('/app/'))).toBe(true);
});

test('redirects stop at the limit', async () => {
  await using vendor = await startVendor((_, response) => response.writeHead(302, { location: '/again' }).end());
  await using gateway = await startGateway({ redirects: 3 });
  const { client, run } = gateway.open({ baseUrl: vendor.origin });
  const { error } = await client.get(vendor.origin);
  expect(error).toMatchObject({
    code: 'vendor_bad_response',
    message: `${vendor.origin}: redirected more than 3 times`,
  });
  expect(run.vendorCalls()).toBe(4);
});

test('manual gives the redirect itself, error makes it a failure, and one without Location is an answer', async () => {
  await using vendor = await redirecting();
  await using gateway = await startGateway();
  const { client } = gateway.open({ baseUrl: vendor.origin });
  const manual = await client.get(`${vendor.origin}/302?to=http://elsewhere.example/`, { redirect: 'manual' });
  expect(manual.head).toMatchObject({ status: 302, redirected: false });
  expect(manual.head?.headers).toContainEqual(['location', 'http://elsewhere.example/']);
  const error = await client.get(`${vendor.origin}/302?to=/end`, { redirect: 'error' });
  expect(error.error?.code).toBe('vendor_bad_response');
  expect((await client.get(`${vendor.origin}/302`)).head?.status).toBe(302);
  expect((await client.get(`${vendor.origin}/304`, { redirect: 'error' })).head?.status).toBe(304);
});
