import type { Plugin } from '@jackfield/sdk';
import { beforeEach, describe, expect, test } from 'vitest';
import { codeOf, contextFor, freshPlugin, NOW, QUERY_IDS, run, startSimulator } from './harness.ts';

let plugin: Plugin;
beforeEach(async () => {
  plugin = await freshPlugin();
});

const CODES = [
  ['401', 'auth_failed'],
  ['429', 'rate_limited'],
  ['500', 'vendor_error'],
  ['html', 'vendor_bad_response'],
  ['truncated', 'vendor_bad_response'],
  ['error-status', 'vendor_error'],
] as const;

describe.each(CODES)('the fault %s is %s', (fault, code) => {
  test('at sign-in, for every query and for check, after one request each', async () => {
    let now = NOW;
    await using simulator = await startSimulator({ faults: [fault], now: () => now * 1000 });
    for (const id of QUERY_IDS) {
      expect(await codeOf(run(plugin, id, contextFor(simulator.url, { now: () => now })))).toBe(code);
      // A refusal stands for ten seconds.
      now += 11;
    }
    expect(await codeOf(plugin.check?.(contextFor(simulator.url)) ?? Promise.resolve())).toBe(code);
    expect(simulator.requests.length).toBe(QUERY_IDS.length + 1);
  });

  test('after sign-in, for every query', async () => {
    await using simulator = await startSimulator();
    for (const id of QUERY_IDS) {
      simulator.faults.clear();
      await run(plugin, 'system_status', contextFor(simulator.url));
      simulator.faults.add(fault);
      expect(await codeOf(run(plugin, id, contextFor(simulator.url)))).toBe(code);
    }
  });
});

test('401 names the token and trusthost, 429 the lock', async () => {
  await using simulator = await startSimulator({ faults: ['401'] });
  const message = (words: RegExp) => ({ message: expect.stringMatching(words) });
  await expect(run(plugin, 'licences', contextFor(simulator.url))).rejects.toMatchObject(message(/token.*trusthost/));
  simulator.faults.clear();
  simulator.faults.add('429');
  const later = contextFor(simulator.url, { now: () => NOW + 11 });
  await expect(run(plugin, 'licences', later)).rejects.toMatchObject({
    ...message(/source blocked after failed sign-ins/),
    retryAfterMs: 300_000,
  });
});

test('a device that is down fails in fetch itself, and a slow one is waited for', async () => {
  await using simulator = await startSimulator({ faults: ['down'], slowMs: 50 });
  expect(await codeOf(run(plugin, 'interfaces', contextFor(simulator.url)))).toBeInstanceOf(TypeError);
  expect(simulator.requests).toMatchObject([{ path: '/api/v2/monitor/system/status', status: 0 }]);
  simulator.faults.clear();
  simulator.faults.add('slow');
  expect(await run(plugin, 'interfaces', contextFor(simulator.url))).toHaveLength(16);
});

test('a run that is cancelled stops waiting for a device that hangs', async () => {
  await using simulator = await startSimulator({ faults: ['hang'] });
  const controller = new AbortController();
  const work = codeOf(run(plugin, 'policy_top', contextFor(simulator.url, { signal: controller.signal })));
  controller.abort(new Error('cancelled'));
  expect(await work).toMatchObject({ message: 'cancelled' });
});

const RIGHTS = [
  ['403-sys', ['resource_usage', 'ha_status']],
  ['403-net', ['interfaces', 'sdwan_health']],
  ['403-fw', ['policy_top', 'policy_unused']],
  ['403-vpn', ['vpn_ipsec', 'vpn_users']],
] as const;

test.each(RIGHTS)('the fault %s is permission_denied for %s, and nothing to the others', async (fault, denied) => {
  await using simulator = await startSimulator({ faults: [fault] });
  for (const id of QUERY_IDS) {
    const outcome = await run(plugin, id, contextFor(simulator.url)).then(
      (rows) => rows.length > 0,
      (error: unknown) => codeOf(Promise.reject(error)),
    );
    expect(outcome, id).toEqual(denied.some((name) => name === id) ? 'permission_denied' : true);
  }
});

test('a device without SD-WAN still tells its link monitors', async () => {
  await using simulator = await startSimulator({ faults: ['404-sdwan'] });
  const rows = await run(plugin, 'sdwan_health', contextFor(simulator.url));
  expect(rows.map((row) => row['check'])).toEqual(['wan-mon']);
});

test('a log device that is not set up disturbs no query', async () => {
  await using simulator = await startSimulator({ faults: ['424-log'] });
  const headers = { authorization: 'Bearer the-right-token' };
  const response = await fetch(`${simulator.url}/api/v2/monitor/log/current-disk-usage`, { headers });
  expect(response.status).toBe(424);
  for (const id of QUERY_IDS) expect((await run(plugin, id, contextFor(simulator.url))).length).toBeGreaterThan(0);
});
