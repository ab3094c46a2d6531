import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { buildDesk } from '../support/desk-plugin.ts';
import { movableClock, startTestHost, type TestHost } from '../support/host.ts';
import { buildTestPlugin, queryPlugin, type TestPlugin } from '../support/plugins.ts';
import { expectProblem } from '../support/problem.ts';
import { json, startVendor, type Vendor } from '../support/vendor.ts';

interface Result {
  readonly rows: readonly { z: number }[];
  readonly meta: {
    readonly asOf: string;
    readonly vendorCalls: number;
    readonly stale?: { readonly ageMs: number; readonly code: string; readonly reason: string };
  };
}

const TTL = 60_000;
// A vendor that is down is asked three times; the waits in between are not what is tested here.
const limits = { gateway: { ...defaultLimits.gateway, retryMin: 1, retryMax: 5 } };

let desk: TestPlugin;
let counter: TestPlugin;
beforeAll(async () => {
  const source = queryPlugin('count += 1; yield { n: count };', { name: 'counter', top: 'let count = 0;' });
  [desk, counter] = await Promise.all([buildDesk(), buildTestPlugin(source, { name: 'counter' })]);
});
afterAll(() => Promise.all([desk, counter].map((plugin) => plugin[Symbol.asyncDispose]())));

describe.each(oneOf)('on $name', (database) => {
  const clock = movableClock();
  let place: TestDatabase;
  let running: TestHost;
  let vendor: Vendor;
  let id = '';
  let number = 0;
  beforeAll(async () => {
    place = await database.open();
    running = await startTestHost(place, { plugins: [desk, counter], clock, limits });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });
  beforeEach(async ({ onTestFinished }) => {
    vendor = await startVendor(counting());
    onTestFinished(() => vendor.close());
    id = `desk-${(number += 1)}`;
    await create();
  });

  /** Every answer is another: the number of the call. */
  function counting(): Vendor['answer'] {
    return (request, response) => json([{ z: vendor.calls.length }])(request, response);
  }

  const create = (): Promise<unknown> =>
    running.api.call('POST', '/api/instances', {
      id,
      plugin: 'desk',
      name: id,
      config: { baseUrl: vendor.url, token: 'a-token-1' },
    });
  const path = (query: string): string => `/api/instances/${id}/queries/${query}`;
  const ask = async (
    query = 'items',
    headers: Record<string, string> = {},
  ): Promise<Result & { stale: string | null; asOf: string | null }> => {
    const { status, headers: got, body } = await running.api.call<Result>('GET', path(query), undefined, { headers });
    expect(status, JSON.stringify(body)).toBe(200);
    return { ...body, stale: got.get('jackfield-stale'), asOf: got.get('jackfield-as-of') };
  };
  const post = async (params: object): Promise<Result> =>
    (await running.api.call<Result>('POST', path('items'), { params })).body;

  test('a result is served again without asking the vendor until its time is over, then the vendor is asked once', async () => {
    const first = await ask();
    clock.advance(TTL - 5000);
    const again = await ask();
    expect(again.rows).toEqual(first.rows);
    expect(again.meta).toEqual(first.meta);
    expect(vendor.calls).toHaveLength(1);
    clock.advance(5001);
    expect((await ask()).rows).toEqual([{ z: 2 }].map((row) => ({ ...row, a: null })));
    expect((await ask()).meta.stale).toBeUndefined();
    expect(vendor.calls).toHaveLength(2);
  });

  test('a result says when the vendor was asked, in the document and in a header', async () => {
    const before = clock.now();
    const first = await ask();
    expect(Date.parse(first.meta.asOf)).toBeGreaterThanOrEqual(before);
    clock.advance(30_000);
    const again = await ask();
    expect(again.meta.asOf).toBe(first.meta.asOf);
    expect(again.asOf).toBe(first.meta.asOf);
  });

  test('JSON and NDJSON share a result', async () => {
    await ask();
    const ndjson = await running.api.send('GET', path('items'), undefined, {
      headers: { accept: 'application/x-ndjson' },
    });
    expect(await ndjson.text()).toBe('{"z":1,"a":null}\n');
  });

  test('Cache-Control: no-cache asks the vendor, and the next ask gets what it said', async () => {
    await ask();
    expect((await ask('items', { 'cache-control': 'no-cache' })).rows).toMatchObject([{ z: 2 }]);
    expect((await ask()).rows).toMatchObject([{ z: 2 }]);
    expect(vendor.calls).toHaveLength(2);
  });

  test('a query without a cache asks every time', async () => {
    await ask('uncached');
    await ask('uncached');
    expect(vendor.calls).toHaveLength(2);
  });

  test('the same params are one result, whatever their order and source; others are another', async () => {
    await post({ n: 7, filter: { a: 1, b: 2 } });
    await post({ filter: { b: 2, a: 1 }, n: 7 });
    expect(vendor.calls).toHaveLength(1);
    await post({ n: 7, filter: { a: 2, b: 1 } });
    await post({ n: 8, filter: { a: 1, b: 2 } });
    await post({ n: 7, filter: { a: 1, b: 2 }, tags: [] });
    expect(vendor.calls).toHaveLength(4);
    await post({ n: 2 });
    await ask('items?n=2');
    await ask('items');
    expect(vendor.calls).toHaveLength(5);
  });

  test('a changed instance never gets rows from before the change', async () => {
    await ask();
    await running.api.call('PATCH', `/api/instances/${id}`, { config: { token: 'another-token' } });
    expect((await ask()).rows).toMatchObject([{ z: 2 }]);
    await running.api.call('PATCH', `/api/instances/${id}`, { config: { label: 'new' } });
    vendor.answer = json({}, 503);
    await expectProblem(await running.api.send('GET', path('items')), 503, 'vendor_unavailable');
  });

  test('what is asked all the time is answered the same until the instance changes, the time is over or the token is revoked', async () => {
    const { body: made } = await running.api.call<{ id: string; token: string }>('POST', '/api/tokens', {
      name: id,
      role: 'user',
    });
    const headers = { authorization: `Bearer ${made.token}` };
    const often = async (): Promise<readonly string[]> => {
      const seen = new Set<string>();
      for (let times = 0; times < 4; times += 1) {
        const answer = await running.api.send('GET', path('items'), undefined, { headers });
        const { date: _date, connection: _connection, ...others } = Object.fromEntries(answer.headers);
        seen.add(JSON.stringify([answer.status, others, await answer.text()]));
      }
      return [...seen].map((text) => /\\"z\\":\d+/.exec(text)?.[0] ?? text);
    };
    // The first comes from the vendor, in parts; the others are whole.
    expect(new Set(await often())).toEqual(new Set(['\\"z\\":1']));
    expect(await often()).toEqual(['\\"z\\":1']);
    await running.api.call('PATCH', `/api/instances/${id}`, { config: { label: 'new' } });
    expect(new Set(await often())).toEqual(new Set(['\\"z\\":2']));
    clock.advance(TTL);
    expect(new Set(await often())).toEqual(new Set(['\\"z\\":3']));
    expect(vendor.calls).toHaveLength(3);
    await running.api.call('DELETE', `/api/tokens/${made.id}`);
    await expectProblem(await running.api.send('GET', path('items'), undefined, { headers }), 401, 'auth_failed');
  });

  test('a run that began before a change is no result of the changed instance', async () => {
    let release = (): void => undefined;
    vendor.answer = (request, response) => {
      release = () => json([{ z: 99 }])(request, response);
    };
    const old = ask();
    await expect.poll(() => vendor.calls.length).toBe(1);
    await running.api.call('PATCH', `/api/instances/${id}`, { config: { label: 'new' } });
    const finish = release;
    vendor.answer = counting();
    expect((await ask()).rows).toMatchObject([{ z: 2 }]);
    finish();
    expect((await old).rows).toMatchObject([{ z: 99 }]);
    expect((await ask()).rows).toMatchObject([{ z: 2 }]);
  });

  test('an instance with the id of a deleted one gets none of its rows', async () => {
    let release = (): void => undefined;
    vendor.answer = (request, response) => {
      release = () => json([{ z: 99 }])(request, response);
    };
    const old = ask();
    await expect.poll(() => vendor.calls.length).toBe(1);
    await running.api.send('DELETE', `/api/instances/${id}`);
    await create();
    const finish = release;
    vendor.answer = counting();
    const fresh = ask();
    await expect.poll(() => vendor.calls.length).toBe(2);
    finish();
    expect((await old).rows).toMatchObject([{ z: 99 }]);
    expect((await fresh).rows).toMatchObject([{ z: 2 }]);
    expect((await ask()).rows).toMatchObject([{ z: 2 }]);
  });

  test('an instance with the id of a deleted one gets nothing that its plugin kept in a variable', async () => {
    const make = (): Promise<unknown> =>
      running.api.call('POST', '/api/instances', { id: 'counter', plugin: 'counter', name: 'Counter', config: {} });
    const count = async (): Promise<unknown> =>
      (await running.api.call('GET', '/api/instances/counter/queries/q')).body['rows'];
    await make();
    expect([await count(), await count()]).toEqual([[{ n: 1 }], [{ n: 2 }]]);
    await running.api.send('DELETE', '/api/instances/counter');
    await make();
    expect(await count()).toEqual([{ n: 1 }]);
  });

  const failures: readonly [code: string, fail: () => Promise<void>][] = [
    ['vendor_unavailable', () => vendor.close()],
    ['vendor_unavailable', async () => void (vendor.answer = json({}, 503))],
    ['vendor_error', async () => void (vendor.answer = json({}, 500))],
    ['rate_limited', async () => void (vendor.answer = json({}, 429))],
    ['vendor_bad_response', async () => void (vendor.answer = (_request, response) => response.end('<html>'))],
  ];

  test.each(failures)(
    'when the vendor fails (%s) the last result is served, with its age and the reason',
    async (code, fail) => {
      const first = await ask();
      clock.advance(TTL + 10_000);
      await fail();
      const stale = await ask();
      expect(stale.rows).toEqual(first.rows);
      expect(stale.meta.asOf).toBe(first.meta.asOf);
      expect(stale.meta.stale).toMatchObject({ code, reason: expect.stringMatching(/./) });
      expect(stale.meta.stale?.ageMs).toBeGreaterThanOrEqual(TTL + 10_000);
      expect(stale.meta.stale?.ageMs).toBeLessThan(TTL + 40_000);
      expect(stale.stale).toBe(code);
    },
  );

  test('when the vendor is back its answer is served again', async () => {
    await ask();
    clock.advance(TTL + 1);
    vendor.answer = json({}, 500);
    expect((await ask()).meta.stale).toBeDefined();
    vendor.answer = counting();
    expect(await ask()).toMatchObject({ rows: [{ z: 3 }], stale: null });
  });

  test('a failing vendor without a result gives the problem, with the code and the next step', async () => {
    await vendor.close();
    const problem = await expectProblem(await running.api.send('GET', path('items')), 503, 'vendor_unavailable');
    expect(problem).toMatchObject({ plugin: 'desk', instanceId: id, runId: expect.stringMatching(/^run_/) });
  });

  test('a result that is too old is not served any more', async () => {
    await ask();
    clock.advance(defaultLimits.cache.staleFor + 1000);
    await vendor.close();
    await expectProblem(await running.api.send('GET', path('items')), 503, 'vendor_unavailable');
  });

  test.each([
    ['auth_failed', 401, 401],
    ['permission_denied', 403, 403],
    ['not_found', 404, 404],
  ])('a vendor that says %s is not hidden behind an old result', async (code, vendorStatus, status) => {
    await ask();
    clock.advance(TTL + 1);
    vendor.answer = json({}, vendorStatus);
    await expectProblem(await running.api.send('GET', path('items')), status, code);
    expect(vendor.calls).toHaveLength(2);
  });
});
