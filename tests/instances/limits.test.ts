// How hard a vendor may be asked, as an admin sees and sets it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LimitsView } from '../../host/src/instances/index.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { movableClock, startTestHost, type Answer, type TestHost } from '../support/host.ts';
import { buildTestPlugin, type TestPlugin } from '../support/plugins.ts';
import { expectProblem } from '../support/problem.ts';
import { addTokens } from '../support/tokens.ts';
import { until } from '../support/until.ts';
import { json, startVendor, type Vendor } from '../support/vendor.ts';

const SOURCE = `
import { definePlugin, query, readJson } from '@jackfield/sdk';

export default definePlugin({
  name: 'paced',
  displayName: 'Paced',
  config: { type: 'object', required: ['baseUrl'], properties: { baseUrl: { type: 'string', format: 'uri' } } },
  rateLimits: { concurrency: 2, rate: { requests: 600, per: '1h', burst: 30 } },
  async check(ctx) {
    await readJson(await ctx.fetch('/me'));
    return { message: 'fine' };
  },
  queries: {
    items: query({
      title: 'Items',
      columns: { z: { type: 'integer' } },
      async *rows(ctx) { yield await readJson<any>(await ctx.fetch('/items')); },
    }),
  },
});
`;
const DECLARED = { concurrency: 2, rate: { requests: 600, perMs: 3_600_000, burst: 30 } };

let plugin: TestPlugin;
beforeAll(async () => {
  plugin = await buildTestPlugin(SOURCE, { name: 'paced' });
});
afterAll(() => plugin[Symbol.asyncDispose]());

describe.each(oneOf)('limits on $name', (database) => {
  const clock = movableClock();
  let place: TestDatabase;
  let running: TestHost;
  let vendor: Vendor;
  let tokens: Awaited<ReturnType<typeof addTokens>>;
  let count = 0;
  beforeAll(async () => {
    place = await database.open();
    tokens = await addTokens(place);
    vendor = await startVendor(json([{ z: 1 }]));
    running = await startTestHost(place, { plugins: [plugin], clock });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
    await vendor.close();
  });

  const create = async (): Promise<string> => {
    const id = `paced-${(count += 1)}`;
    const config = { baseUrl: vendor.url };
    const { status } = await running.api.call('POST', '/api/instances', { id, plugin: 'paced', name: id, config });
    expect(status).toBe(201);
    return id;
  };
  const limits = (method: string, id: string, body?: unknown, more = ''): Promise<Answer<LimitsView>> =>
    running.api.call<LimitsView>(method, `/api/instances/${id}/limits${more}`, body);
  const ask = (id: string): Promise<Response> => running.api.send('GET', `/api/instances/${id}/queries/items`);

  test('are the plugin’s until an admin sets others, and show what is left', async () => {
    const id = await create();
    const atRest = { inFlight: 0, queued: 0, tokens: 30, pausedMs: 0, breaker: { state: 'closed', failures: 0 } };
    const first = await limits('GET', id);
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({ declared: DECLARED, override: null, effective: DECLARED, now: atRest });
    expect((await ask(id)).status).toBe(200);
    expect((await limits('GET', id)).body.now.tokens).toBe(29);

    const rate = { requests: 1, perMs: 3_600_000, burst: 3 };
    const set = await limits('PUT', id, { rate });
    expect(set.body).toMatchObject({ override: { rate }, effective: { concurrency: 2, rate }, now: { tokens: 3 } });
    // The next run brings the same limits along, and does not fill the bucket again.
    expect((await ask(id)).status).toBe(200);
    expect((await limits('GET', id)).body).toMatchObject({ override: { rate }, now: { tokens: 2 } });

    expect((await limits('PUT', id, { rate: null, concurrency: 7 })).body).toMatchObject({
      declared: DECLARED,
      effective: { concurrency: 7, rate: null },
      now: { tokens: null },
    });
    expect((await limits('PUT', id, {})).body).toMatchObject({ override: null, effective: DECLARED });
  });

  test('are kept by a change of the instance, and make no new revision', async () => {
    const id = await create();
    await limits('PUT', id, { concurrency: 9 });
    const before = await running.api.call('GET', `/api/instances/${id}`);
    expect(before.body['revision']).toBe(1);
    await running.api.call('PATCH', `/api/instances/${id}`, { name: 'Another' });
    expect((await limits('GET', id)).body).toMatchObject({
      override: { concurrency: 9 },
      effective: { concurrency: 9 },
    });
  });

  test.for<[string, unknown, string]>([
    ['a concurrency of none', { concurrency: 0 }, '/concurrency'],
    ['half a rate', { rate: { requests: 5 } }, '/rate/burst'],
    ['a rate of nothing', { rate: { requests: 0, perMs: 1000, burst: 1 } }, '/rate/requests'],
    ['an unknown member', { concurency: 5 }, '/concurency'],
    ['a list', [], ''],
  ])('refuse %s, and say where', async ([, input, pointer]) => {
    const id = await create();
    const problem = await expectProblem(
      await running.api.send('PUT', `/api/instances/${id}/limits`, input),
      400,
      'config_invalid',
    );
    expect(problem.errors?.map((error) => error.pointer)).toContain(pointer);
    expect((await limits('GET', id)).body.override).toBeNull();
  });

  test.for([
    ['GET', ''],
    ['PUT', ''],
    ['POST', '/reset'],
  ] as const)('of an instance that is not there are not found: %s', async ([method, more]) => {
    const body = method === 'PUT' ? { concurrency: 1 } : undefined;
    await expectProblem(await running.api.send(method, `/api/instances/none/limits${more}`, body), 404, 'not_found');
  });

  test('leave a vendor alone that fails, say when it is asked again, and ask at once after a reset', async () => {
    const id = await create();
    vendor.answer = json({}, 503);
    for (let time = 0; time < 3; time += 1) await ask(id);
    const asked = vendor.calls.length;
    const problem = await expectProblem(await ask(id), 503, 'vendor_unavailable');
    expect(problem).toMatchObject({ plugin: 'paced', instanceId: id, runId: expect.any(String) });
    expect(problem.detail).toMatch(/has failed 5 times in a row and is left alone for \d+ s; last: .*answered 503/);
    expect(problem.retryAfterMs).toBeGreaterThan(50_000);
    expect(vendor.calls.length).toBe(asked);
    expect((await limits('GET', id)).body.now.breaker).toMatchObject({
      state: 'open',
      failures: 5,
      reason: `${vendor.url}: answered 503`,
    });
    vendor.answer = json([{ z: 1 }]);
    expect((await limits('POST', id, undefined, '/reset')).body.now.breaker).toMatchObject({ state: 'closed' });
    expect((await ask(id)).status).toBe(200);
  });

  test('let a check through to a vendor that is left alone, and a check that passes ends it', async () => {
    const id = await create();
    vendor.answer = json({}, 503);
    for (let time = 0; time < 4; time += 1) await ask(id);
    await expectProblem(await ask(id), 503, 'vendor_unavailable');
    vendor.answer = json([{ z: 1 }]);
    const check = await running.api.call('POST', `/api/instances/${id}/check`);
    expect(check.body).toMatchObject({ ok: true });
    expect((await ask(id)).status).toBe(200);
  });

  test('are waited for, and the run says in the log for how long', async () => {
    const id = await create();
    await limits('PUT', id, { rate: { requests: 1, perMs: 3000, burst: 1 } });
    // One that comes while the first is being answered shares it, and waits for nothing.
    const waits = await until(async () => {
      expect((await ask(id)).status).toBe(200);
      const ended = running.logs
        .map((line): { instanceId?: string; vendorWaitMs?: number } => JSON.parse(line))
        .filter(({ instanceId, vendorWaitMs }) => instanceId === id && vendorWaitMs !== undefined);
      return ended.length >= 2 ? ended.map(({ vendorWaitMs }) => vendorWaitMs) : undefined;
    });
    expect(waits[0]).toBe(0);
    expect(waits[1]).toBeGreaterThan(100);
  });

  test('are set by admins and reset by engineers, and the audit says by whom', async () => {
    const id = await create();
    const { engineer, manager } = tokens;
    const by = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });
    const path = `/api/instances/${id}/limits`;
    await expectProblem(await running.api.send('PUT', path, { concurrency: 1 }, by(manager)), 403, 'permission_denied');
    await limits('PUT', id, { concurrency: 3 });
    expect((await running.api.send('POST', `${path}/reset`, undefined, by(engineer))).status).toBe(200);
    const { body } = await running.api.call<{ entries: object[] }>('GET', `/api/audit?instance=${id}`);
    expect(body.entries).toMatchObject([
      { action: 'instance-limits.reset', instanceId: id },
      { action: 'instance-limits.change', before: null, after: { concurrency: 3 } },
      { action: 'instance.create', instanceId: id },
    ]);
  });
});
