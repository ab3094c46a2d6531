// An instance whose vendor has turned it away is left alone.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { buildDesk } from '../support/desk-plugin.ts';
import { movableClock, startTestHost, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { expectProblem } from '../support/problem.ts';
import { until } from '../support/until.ts';
import { json, startVendor, type Vendor, type VendorAnswer } from '../support/vendor.ts';

let desk: TestPlugin;
beforeAll(async () => {
  desk = await buildDesk();
});
afterAll(() => desk[Symbol.asyncDispose]());

/** Longer than the gateway waits itself. */
const busyFor =
  (seconds: number): VendorAnswer =>
  (_request, response) =>
    response.writeHead(429, { 'retry-after': String(seconds) }).end();

describe.each(oneOf)('an instance on $name', (database) => {
  const clock = movableClock();
  let place: TestDatabase;
  let running: TestHost;
  let vendor: Vendor;
  let id: string;
  let count = 0;
  beforeAll(async () => {
    place = await database.open();
    running = await startTestHost(place, { plugins: [desk], clock });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });
  beforeEach(async ({ onTestFinished }) => {
    vendor = await startVendor(json({}, 401));
    onTestFinished(() => vendor.close());
    id = `desk-${(count += 1)}`;
    await create(id);
  });

  const create = (name: string): Promise<unknown> => {
    const config = { baseUrl: vendor.url, token: 'a-token-1' };
    return running.api.call('POST', '/api/instances', { id: name, plugin: 'desk', name, config });
  };
  const ask = (query = 'uncached', instance = id): Promise<Response> =>
    running.api.send('GET', `/api/instances/${instance}/queries/${query}`);

  test('whose credentials are refused asks once, however many queries look', async () => {
    await expectProblem(await ask(), 401, 'auth_failed');
    for (const query of ['items', 'uncached', 'items']) {
      const problem = await expectProblem(await ask(query), 401, 'auth_failed');
      expect(problem).toMatchObject({ instanceId: id, plugin: 'desk', next: expect.stringContaining('check') });
      expect(problem.retryAfterMs).toBeLessThanOrEqual(defaultLimits.holds.authFailed);
    }
    expect(vendor.calls).toHaveLength(1);
    await create(`${id}-other`);
    await expectProblem(await ask('items', `${id}-other`), 401, 'auth_failed');
    expect(vendor.calls).toHaveLength(2);
  });

  test('whose credentials are refused asks once, also for runs that were let in before', async () => {
    const answered = Promise.withResolvers<void>();
    vendor.answer = (_request, response) => void answered.promise.then(() => response.writeHead(401).end());
    const runs = Array.from({ length: 8 }, (_, n) => ask(`uncached?n=${n}`));
    await until(async () => {
      const path = `/api/instances/${id}/limits`;
      const { body } = await running.api.call<{ now: { queued: number } | null }>('GET', path);
      return body.now?.queued === 7 ? true : undefined;
    });
    answered.resolve();
    for (const run of runs) await expectProblem(await run, 401, 'auth_failed');
    expect(vendor.calls).toHaveLength(1);
  });

  test('asks again when its time is over', async () => {
    await ask();
    vendor.answer = json([]);
    clock.advance(defaultLimits.holds.authFailed - 10_000);
    expect((await ask()).status).toBe(401);
    clock.advance(10_001);
    expect((await ask()).status).toBe(200);
    expect(vendor.calls).toHaveLength(2);
  });

  test('asks again at once when it is changed, or when its check has passed', async () => {
    await ask();
    vendor.answer = json({ name: 'the bot' });
    await running.api.call('PATCH', `/api/instances/${id}`, { config: { token: 'a-token-2' } });
    vendor.answer = json({}, 401);
    await ask();
    expect(vendor.authorizations).toEqual(['Bearer a-token-1', 'Bearer a-token-2']);
    await running.api.call('POST', `/api/instances/${id}/check`);
    expect((await ask()).status).toBe(401);
    expect(vendor.calls).toHaveLength(3);
    vendor.answer = (request, response) => json(request.url === '/me' ? { name: 'the bot' } : [])(request, response);
    await running.api.call('POST', `/api/instances/${id}/check`);
    expect((await ask()).status).toBe(200);
  });

  test('that the vendor wants to be left alone by shows its last rows until then', async () => {
    vendor.answer = json([{ z: 1 }]);
    // To its end: who comes before that shares it.
    await (await ask('items')).text();
    clock.advance(61_000);
    vendor.answer = busyFor(600);
    for (let look = 0; look < 3; look += 1) {
      const response = await ask('items');
      expect([response.status, response.headers.get('jackfield-stale')]).toEqual([200, 'rate_limited']);
    }
    const problem = await expectProblem(await ask(), 429, 'rate_limited');
    expect(problem.retryAfterMs).toBeGreaterThan(500_000);
    expect(vendor.calls).toHaveLength(2);
    vendor.answer = json([{ z: 2 }]);
    clock.advance(600_001);
    expect((await (await ask('items')).json()) as object).toMatchObject({ rows: [{ z: 2 }] });
  });

  test('is left alone for no longer than is good for it, whatever its vendor says', async () => {
    vendor.answer = busyFor(1_000_000_000);
    await ask();
    vendor.answer = json([]);
    clock.advance(defaultLimits.holds.most + 1);
    expect((await ask()).status).toBe(200);
  });
});
