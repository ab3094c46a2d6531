import type { Plugin } from '@jackfield/sdk';
import { beforeEach, expect, test, vi } from 'vitest';
import { codeOf, contextFor, freshPlugin, NOW, QUERY_IDS, run, startSimulator } from './harness.ts';

const STATUS = '/api/v2/monitor/system/status';

let plugin: Plugin;
beforeEach(async () => {
  plugin = await freshPlugin();
});

test('a wrong token makes exactly one request', async () => {
  await using simulator = await startSimulator();
  expect(await codeOf(run(plugin, 'policy_top', contextFor(simulator.url, { token: 'wrong' })))).toBe('auth_failed');
  expect(simulator.requests).toEqual([{ method: 'GET', path: STATUS, query: '', status: 401 }]);
});

test('a wrong token makes one request for ten queries that start together', async () => {
  await using simulator = await startSimulator();
  const runs = QUERY_IDS.map((id) => codeOf(run(plugin, id, contextFor(simulator.url, { token: 'wrong' }))));
  expect(new Set(await Promise.all(runs))).toEqual(new Set(['auth_failed']));
  expect(simulator.requests).toHaveLength(1);
});

test('a source that was locked out hears rate_limited, and a failure is asked anew by a later run', async () => {
  await using simulator = await startSimulator();
  const context = contextFor(simulator.url, { token: 'wrong' });
  const codes: unknown[] = [];
  for (let tries = 0; tries < 6; tries += 1) codes.push(await codeOf(run(plugin, 'interfaces', context)));
  expect(codes).toEqual([...Array.from({ length: 5 }, () => 'auth_failed'), 'rate_limited']);
  expect(simulator.requests).toHaveLength(6);
});

test('the status is asked first, once a minute', async () => {
  let now = NOW;
  await using simulator = await startSimulator({ now: () => now * 1000 });
  const asked = (): number => simulator.requests.filter((entry) => entry.path === STATUS).length;
  const context = contextFor(simulator.url, { now: () => now });
  for (const id of ['interfaces', 'licences', 'vpn_users']) await run(plugin, id, context);
  expect(simulator.requests[0]?.path).toBe(STATUS);
  expect(asked()).toBe(1);
  now += 61;
  await run(plugin, 'interfaces', context);
  expect(asked()).toBe(2);
});

test('a token that is withdrawn is noticed at once', async () => {
  await using simulator = await startSimulator();
  await run(plugin, 'interfaces', contextFor(simulator.url));
  const revoked = contextFor(simulator.url, { token: 'revoked' });
  expect(await codeOf(run(plugin, 'licences', revoked))).toBe('auth_failed');
  expect(simulator.requests).toHaveLength(3);
  expect(await codeOf(run(plugin, 'licences', revoked))).toBe('auth_failed');
  expect(simulator.requests).toHaveLength(4);
  expect(simulator.requests.at(-1)?.path).toBe(STATUS);
});

test('check asks the device even when a query has just signed in', async () => {
  await using simulator = await startSimulator();
  await run(plugin, 'interfaces', contextFor(simulator.url));
  const work = plugin.check?.(contextFor(simulator.url, { token: 'revoked' })) ?? Promise.resolve();
  expect(await codeOf(work)).toBe('auth_failed');
});

test('a run goes on when the run whose sign-in it shared is cancelled', async () => {
  await using simulator = await startSimulator({ faults: ['hang'] });
  const controller = new AbortController();
  const first = codeOf(run(plugin, 'interfaces', contextFor(simulator.url, { signal: controller.signal })));
  const second = run(plugin, 'licences', contextFor(simulator.url));
  await vi.waitFor(() => expect(simulator.peakInFlight).toBe(1));
  simulator.faults.clear();
  controller.abort(new Error('cancelled'));
  expect(await first).toMatchObject({ message: 'cancelled' });
  expect((await second).length).toBeGreaterThan(0);
});

test('a run that is cancelled does not wait for the sign-in of another', async () => {
  await using simulator = await startSimulator({ faults: ['hang'] });
  const [owner, waiter] = [new AbortController(), new AbortController()];
  const first = codeOf(run(plugin, 'interfaces', contextFor(simulator.url, { signal: owner.signal })));
  const second = codeOf(run(plugin, 'licences', contextFor(simulator.url, { signal: waiter.signal })));
  waiter.abort(new Error('waiter cancelled'));
  expect(await second).toMatchObject({ message: 'waiter cancelled' });
  owner.abort(new Error('owner cancelled'));
  expect(await first).toMatchObject({ message: 'owner cancelled' });
});

test('an address where no FortiGate answers is not_found', async () => {
  await using simulator = await startSimulator();
  const work = run(plugin, 'interfaces', contextFor(`${simulator.url}/elsewhere`));
  await expect(work).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining('base URL') });
});

test('every call tells the gateway not to try again: each try would lengthen a lock', async () => {
  await using simulator = await startSimulator();
  const context = contextFor(simulator.url);
  const told: (string | null)[] = [];
  const fetch: typeof context.fetch = (input, init) => {
    told.push(new Headers(init?.headers).get('x-jackfield-no-retry'));
    return context.fetch(input, init);
  };
  for (const id of QUERY_IDS) await run(plugin, id, { ...context, fetch });
  expect(told).toEqual(simulator.requests.map(() => '1'));
});
