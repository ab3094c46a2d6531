// How hard one vendor is asked: rate, pauses it asks for, and what a run is told that has to wait.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import type { RateLimit } from '../../host/src/gateway/index.ts';
import { TokenBucket } from '../../host/src/gateway/thread/bucket.ts';
import { pauseOf } from '../../host/src/gateway/thread/vendor-pause.ts';
import { until as eventually } from '../support/until.ts';
import { startGateway, until, type TestGateway } from './support/setup.ts';
import { startVendor } from './support/vendor.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

let instances = 0;
/** An instance that nobody has asked yet. */
const newInstance = (): string => `acme-${(instances += 1)}`;

const STILL = new AbortController().signal;

test('in any window of time no more is given than the rate and one burst, whoever asks when (property)', async () => {
  const rates = fc.record({
    requests: fc.integer({ min: 1, max: 50 }),
    perMs: fc.integer({ min: 100, max: 60_000 }),
    burst: fc.integer({ min: 1, max: 20 }),
  });
  await fc.assert(
    fc.asyncProperty(rates, fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 60 }), async (rate, gaps) => {
      const clock = { time: 0, now: () => clock.time };
      const bucket = new TokenBucket({ clock, longestWait: 0 });
      bucket.resize(rate);
      const given: number[] = [];
      for (const gap of gaps) {
        clock.time += gap;
        if ((bucket.tokens ?? 0) < 1) continue;
        await bucket.take(STILL);
        given.push(clock.time);
      }
      for (const [from, start] of given.entries()) {
        for (const [more, end] of given.slice(from).entries()) {
          const most = rate.burst + ((end - start) * rate.requests) / rate.perMs;
          expect(more + 1).toBeLessThanOrEqual(most + 1e-6);
        }
      }
    }),
    { seed: 20_261_125 },
  );
});

test('requests of an instance keep to its rate, over all of its runs, and all are served in turn', async () => {
  await using vendor = await startVendor((_, response) => response.end());
  const instanceId = newInstance();
  const rate: RateLimit = { requests: 20, perMs: 1000, burst: 2 };
  const begin = performance.now();
  const runs = [1, 2].map(() => gateway.open({ instanceId, baseUrl: vendor.origin, concurrency: 20, rate }));
  const calls = runs.flatMap(({ client }, half) =>
    [0, 2, 4, 6, 8, 10].map((index) => client.get(`${vendor.origin}/${index + half}`)),
  );
  const replies = await Promise.all(calls);
  expect(replies.map(({ head }) => head?.status)).toEqual(Array(12).fill(200));
  // Two at once, then one every 50 ms.
  for (const [index, { at }] of vendor.seen.entries()) expect(at - begin).toBeGreaterThanOrEqual((index - 1) * 50 - 5);
  const order = vendor.seen.map(({ url }) => Number(url.slice(1)));
  for (const half of [0, 1])
    expect(order.filter((n) => n % 2 === half)).toEqual([0, 2, 4, 6, 8, 10].map((n) => n + half));
  // Added up: 50 + 100 + … + 500.
  expect(runs.reduce((sum, { run }) => sum + run.waitedMs(), 0)).toBeGreaterThan(1500);
});

test('every try and redirect takes a token', async () => {
  await using vendor = await startVendor(({ url }, response) => {
    if (url === '/end') response.end();
    else if (vendor.seen.length === 1) response.writeHead(503).end();
    else response.writeHead(302, { location: '/end' }).end();
  });
  const instanceId = newInstance();
  const rate: RateLimit = { requests: 1, perMs: 3_600_000, burst: 5 };
  const { client } = gateway.open({ instanceId, baseUrl: vendor.origin, rate });
  expect((await client.get(vendor.origin)).head?.status).toBe(200);
  expect(vendor.seen.length).toBe(3);
  expect((await gateway.gateway.gateOf(instanceId))?.tokens).toBe(2);
});

test('who waits for its turn leaves the line when its run ends, and takes nobody’s turn along', async () => {
  await using vendor = await startVendor((_, response) => response.end());
  const instanceId = newInstance();
  const rate: RateLimit = { requests: 1, perMs: 400, burst: 1 };
  const open = () => gateway.open({ instanceId, baseUrl: vendor.origin, rate });
  await open().client.get(`${vendor.origin}/first`);
  const leaving = open();
  const gone = leaving.client.call(`${vendor.origin}/gone`);
  const stays = open().client.get(`${vendor.origin}/stays`);
  leaving.run.close();
  expect((await stays).head?.status).toBe(200);
  gone.abort();
  expect(vendor.seen.map(({ url }) => url)).toEqual(['/first', '/stays']);
});

test('a rate that is changed counts at once for those who wait', async () => {
  await using vendor = await startVendor((_, response) => response.end());
  const instanceId = newInstance();
  const { client } = gateway.open({
    instanceId,
    baseUrl: vendor.origin,
    rate: { requests: 1, perMs: 3_600_000, burst: 1 },
  });
  await client.get(vendor.origin);
  const waiting = client.get(vendor.origin);
  await eventually(async () => ((await gateway.gateway.gateOf(instanceId))?.queued === 1 ? true : undefined));
  expect(await gateway.gateway.gateOf(instanceId)).toMatchObject({ queued: 1, inFlight: 0, tokens: 0 });
  const state = await gateway.gateway.setPace(instanceId, { concurrency: 3, rate: null });
  expect((await waiting).head?.status).toBe(200);
  expect(state).toMatchObject({ tokens: null });
});

test('a vendor that asks for a long pause is left alone by every run, and each is told for how long', async () => {
  await using vendor = await startVendor((_, response) => response.writeHead(429, { 'retry-after': '120' }).end());
  const instanceId = newInstance();
  const open = (id = instanceId, urgent = false) => gateway.open({ baseUrl: vendor.origin, instanceId: id }, urgent);
  expect((await open().client.get(vendor.origin)).head?.status).toBe(429);
  const { error } = await open().client.get(vendor.origin);
  expect(error).toMatchObject({
    code: 'rate_limited',
    message: 'the vendor has asked to be left alone, for another 120 s',
  });
  expect(error?.retryAfterMs).toBeGreaterThan(115_000);
  expect(vendor.seen.length).toBe(1);
  // Another instance has a pause of its own, and a person who tests the connection is let through.
  await open(newInstance()).client.get(vendor.origin);
  await open(instanceId, true).client.get(vendor.origin);
  expect(vendor.seen.length).toBe(3);
});

test('a short pause is waited for by every run, and no request is sent in it', async () => {
  await using vendor = await startVendor(({ url }, response) => {
    if (url === '/busy' && vendor.seen.length === 1) response.writeHead(429, { 'retry-after': '1' }).end();
    else response.end();
  });
  const instanceId = newInstance();
  const open = () => gateway.open({ instanceId, baseUrl: vendor.origin }).client;
  const busy = open().get(`${vendor.origin}/busy`);
  await until(() => vendor.seen.length === 1, 'the vendor asks for a pause');
  const other = open().get(`${vendor.origin}/other`);
  expect((await Promise.all([busy, other])).map(({ head }) => head?.status)).toEqual([200, 200]);
  const [first, ...later] = vendor.seen.map(({ at }) => at);
  for (const at of later) expect(at - (first ?? 0)).toBeGreaterThanOrEqual(990);
});

test('a pause that a vendor asks for has an end', async () => {
  await using vendor = await startVendor((_, response) => response.writeHead(429, { 'retry-after': '86400' }).end());
  const instanceId = newInstance();
  const { client } = gateway.open({ instanceId, baseUrl: vendor.origin });
  await client.get(vendor.origin);
  const state = await gateway.gateway.gateOf(instanceId);
  expect(state?.pausedMs).toBeLessThanOrEqual(defaultLimits.gateway.pauseMost);
  expect(await gateway.gateway.resetGate(instanceId)).toMatchObject({ pausedMs: 0 });
});

test('the headers of vendors are read as they write them', () => {
  const now = Date.UTC(2026, 0, 1);
  const read = (status: number, headers: Record<string, string>): number | undefined => pauseOf(status, headers, now);
  expect(read(429, { 'retry-after': '3', 'x-ratelimit-reset': '9' })).toBe(3000);
  expect(read(429, { 'x-ratelimit-reset': '9' })).toBe(9000);
  // Jira's is a date to the minute, GitHub's is seconds since 1970, some write milliseconds.
  expect(read(429, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '2026-01-01T00:01Z' })).toBe(60_000);
  expect(read(200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1000 + 5) })).toBe(5000);
  expect(read(200, { 'ratelimit-remaining': '0', 'ratelimit-reset': '7' })).toBe(7000);
  expect(read(200, { 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': String(now + 4) })).toBe(4);
  // Something is left, another limit is meant, or it is nonsense.
  expect(read(200, { 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': '9' })).toBeUndefined();
  expect(read(429, { 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': '9' })).toBeUndefined();
  expect(read(200, { 'retry-after': '3' })).toBeUndefined();
  expect(read(200, { 'x-ratelimit-remaining': '0' })).toBeUndefined();
  expect(read(200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'soon' })).toBeUndefined();
  expect(read(200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '2025-01-01T00:00Z' })).toBe(0);
});
