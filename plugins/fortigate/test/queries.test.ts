import type { Plugin } from '@jackfield/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FortiGateSimulator } from '../simulator/simulator.ts';
import { codeOf, contextFor, freshPlugin, NOW, QUERY_IDS, queryOf, run, startSimulator } from './harness.ts';
import { expected, topPolicies, unusedPolicies, type World } from './oracle.ts';

let plugin: Plugin;
let simulator: FortiGateSimulator;

test('ten default queries ask the device, and the custom one', async () => {
  const { queries = {} } = await freshPlugin();
  const live = Object.keys(queries).filter((id) => !('view' in (queries[id] ?? {})));
  expect(live.toSorted()).toEqual([...QUERY_IDS, 'get'].toSorted());
});

describe.each(['6.0.6', '7.2.5', '7.6.5'])('FortiOS %s', (version) => {
  let world: World;
  beforeAll(async () => {
    plugin = await freshPlugin();
    simulator = await startSimulator({ version, seed: 7 });
    world = { device: simulator.device, now: NOW };
  });
  afterAll(() => simulator.close());

  test.each(QUERY_IDS)('%s tells what the device knows, of every VDOM, in the declared columns', async (id) => {
    const rows = await run(plugin, id, contextFor(simulator.url));
    expect(rows.length).toBeGreaterThan(0);
    expect(rows).toEqual(expected[id]?.(world));
    expect(Object.keys(rows[0] ?? {}).toSorted()).toEqual(Object.keys(queryOf(plugin, id).columns).toSorted());
  });

  test.each(['interfaces', 'policy_unused', 'vpn_ipsec', 'vpn_users', 'sdwan_health', 'system_status'])(
    '%s of one VDOM has the rows of that VDOM only',
    async (id) => {
      const all = expected[id]?.(world) ?? [];
      const rows = await run(plugin, id, contextFor(simulator.url), { vdom: 'FG-traffic' });
      expect(rows).toEqual(all.filter((row) => row['vdom'] === 'FG-traffic'));
      const two = await run(plugin, id, contextFor(simulator.url), { vdom: 'FG-traffic,dmz' });
      expect(two).toEqual(all.filter((row) => row['vdom'] === 'FG-traffic' || row['vdom'] === 'dmz'));
    },
  );

  test('policy_top and policy_unused follow their numbers', async () => {
    expect(await run(plugin, 'policy_top', contextFor(simulator.url), { n: 25 })).toEqual(topPolicies(world, 25));
    const year = await run(plugin, 'policy_unused', contextFor(simulator.url), { days: 365 });
    expect(year).toEqual(unusedPolicies(world, 365));
    expect(year.length).toBeLessThan(unusedPolicies(world, 90).length);
  });

  test('check names the device', async () => {
    const result = await plugin.check?.(contextFor(simulator.url));
    const { hostname, serial } = simulator.device;
    const named = `${hostname}: FortiGate 61F, FortiOS v${version}, serial ${serial}`;
    expect(result?.message).toBe(version === '6.0.6' ? `FGT61F, FortiOS v6.0.6, serial ${serial}` : named);
  });

  test('check tells when licences and the certificates of the device expire', async () => {
    const { expires } = (await plugin.check?.(contextFor(simulator.url))) ?? {};
    const inDays = (days: number): string => new Date((NOW + days * 86_400) * 1000).toISOString();
    expect(expires).toEqual([
      { what: 'licence "antispam"', at: inDays(-40) },
      { what: 'licence "appctrl"', at: inDays(120) },
      { what: 'licence "ips"', at: inDays(7) },
      { what: 'licence "web_filtering"', at: inDays(1) },
      { what: 'licence "forticare.enhanced"', at: inDays(200) },
      { what: 'licence "forticare.hardware"', at: inDays(-3) },
      { what: 'certificate "vpn-portal"', at: inDays(20) },
    ]);
    simulator.faults.add('404-licence');
    const fewer = (await plugin.check?.(contextFor(simulator.url)))?.expires;
    simulator.faults.clear();
    expect(fewer).toEqual([{ what: 'certificate "vpn-portal"', at: inDays(20) }]);
  });

  test('no query asks for more than two answers at once', async () => {
    await using slow = await startSimulator({ version, faults: ['slow'], slowMs: 20 });
    for (const id of QUERY_IDS) await run(plugin, id, contextFor(slow.url));
    expect(slow.peakInFlight).toBe(2);
  });
});

describe('the VDOMs of an instance', () => {
  beforeAll(async () => {
    plugin = await freshPlugin();
    simulator = await startSimulator({ seed: 3 });
  });
  afterAll(() => simulator.close());

  test('are what * means', async () => {
    const context = contextFor(simulator.url, { config: { vdoms: ['dmz', 'guest'] } });
    const rows = await run(plugin, 'interfaces', context);
    expect(new Set(rows.map((row) => row['vdom']))).toEqual(new Set(['dmz', 'guest']));
  });

  test('are a fence: another VDOM is refused before anything is asked', async () => {
    const asked = simulator.requests.length;
    const context = contextFor(simulator.url, { config: { vdoms: ['dmz'] } });
    for (const id of ['interfaces', 'policy_top', 'vpn_users', 'licences', 'ha_status', 'resource_usage']) {
      expect(await codeOf(run(plugin, id, context, { vdom: 'root' }))).toBe('params_invalid');
    }
    expect(simulator.requests.length).toBe(asked);
  });

  test('that do not exist are a missing right, as the device tells it', async () => {
    const work = run(plugin, 'interfaces', contextFor(simulator.url), { vdom: 'nowhere' });
    await expect(work).rejects.toMatchObject({
      code: 'permission_denied',
      message: expect.stringContaining('VDOM nowhere'),
    });
  });

  test.each(['root&scope=global', 'a b', '../root', 'root,', ',', '', '**', 'root%26', 'a'.repeat(32)])(
    'cannot be "%s": it would change the URL',
    async (vdom) => {
      const asked = simulator.requests.length;
      for (const id of QUERY_IDS) {
        await expect(run(plugin, id, contextFor(simulator.url), { vdom })).rejects.toThrow(/must match pattern/);
      }
      expect(simulator.requests.length).toBe(asked);
    },
  );
});

test('counters grow with the device time', async () => {
  let now = NOW;
  await using device = await startSimulator({ now: () => now * 1000 });
  const fresh = await freshPlugin();
  const context = contextFor(device.url, { now: () => now });
  const before = await run(fresh, 'interfaces', context);
  now += 30;
  const after = await run(fresh, 'interfaces', context);
  expect(after).toEqual(expected['interfaces']?.({ device: device.device, now }));
  expect(Number(after[0]?.['rx'])).toBeGreaterThan(Number(before[0]?.['rx']));
});

test('a member with another checksum than the primary is not in sync', async () => {
  await using device = await startSimulator();
  for (const member of device.device.members) if (!member.primary) member.checksum = 'another';
  const rows = await run(await freshPlugin(), 'ha_status', contextFor(device.url));
  expect(rows.map((row) => [row['role'], row['inSync']])).toEqual([
    ['primary', true],
    ['secondary', false],
  ]);
});
