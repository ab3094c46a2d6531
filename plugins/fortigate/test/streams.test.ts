// What the streams tell of a device that works: every version, the same columns, once.
import type { Plugin } from '@jackfield/sdk';
import { beforeEach, describe, expect, test } from 'vitest';
import { FAULTS, type Fault } from '../simulator/faults.ts';
import { shareOf } from '../simulator/shapes-network.ts';
import { reading } from '../simulator/state.ts';
import { atLeast } from '../simulator/version.ts';
import { contextFor, freshPlugin, NOW, startSimulator, STREAM_IDS, type Row } from './harness.ts';
import { engineOf } from './stream-engine.ts';

const VERSIONS = ['6.0.6', '7.2.5', '7.6.5'];

let plugin: Plugin;
beforeEach(async () => {
  plugin = await freshPlugin();
});

test('there are eight streams, all of them read by default every five minutes but the licences', () => {
  expect(Object.keys(plugin.streams ?? {}).toSorted()).toEqual(STREAM_IDS.toSorted());
  for (const id of STREAM_IDS) expect(plugin.streams?.[id]?.every).toBe(id === 'licences' ? '1h' : '5m');
});

describe.each(VERSIONS)('FortiOS %s', (version) => {
  test.each(STREAM_IDS)(
    '%s has rows in the declared columns, and the same rows again when nothing happened',
    async (id) => {
      await using simulator = await startSimulator({ version });
      const engine = engineOf(plugin, id);
      const first = await engine.sync(contextFor(simulator.url));
      expect(first.error).toBeUndefined();
      expect(first.inserted).toBeGreaterThan(0);
      const second = await engine.sync(contextFor(simulator.url));
      expect(second).toMatchObject({ updated: 0, unchanged: first.inserted, deleted: [] });
      expect(second.inserted).toBe(engine.stream.deletion === 'never' ? first.inserted : 0);
      expect(simulator.peakInFlight).toBeLessThanOrEqual(2);
    },
  );

  test('the rows are what the device knows', async () => {
    await using simulator = await startSimulator({ version });
    const { device } = simulator;
    const context = contextFor(simulator.url);
    const rowsOf = async (id: string) => {
      const engine = engineOf(plugin, id);
      await engine.sync(context);
      return engine.rows();
    };
    const flat = (list: (vdom: (typeof device.vdoms)[number]) => readonly Row[]): Row[] => device.vdoms.flatMap(list);

    expect(await rowsOf('interfaces')).toMatchObject(
      flat((vdom) =>
        vdom.interfaces.map(({ name, link, speed, mask, vlan }) => {
          const duplex = link ? 'full' : null;
          return {
            vdom: vdom.name,
            name,
            link,
            speed,
            mask,
            duplex,
            vlan: vlan?.id ?? null,
            parent: vlan?.parent ?? null,
          };
        }),
      ),
    );
    expect(await rowsOf('policies')).toMatchObject(
      flat((vdom) =>
        vdom.policies.slice(1).map(({ uuid, policyid, action, status }, position) => {
          return { vdom: vdom.name, uuid, policyid, position, action, status, srcintf: ['any'], service: ['HTTPS'] };
        }),
      ),
    );
    expect(await rowsOf('vpn_tunnels')).toMatchObject(
      flat((vdom) =>
        vdom.tunnels.flatMap(({ name, kind, phase2, user }): Row[] => {
          const type = kind === 'automatic' ? 'static' : kind;
          if (phase2.length === 0) return [{ vdom: vdom.name, name, type, p2name: '', p2serial: 0, status: null }];
          return phase2.map(({ name: p2name, serial, up }) => {
            return { vdom: vdom.name, name, type, user, p2name, p2serial: serial, status: up ? 'up' : 'down' };
          });
        }),
      ),
    );
    expect((await rowsOf('licences')).map((row) => row['service'])).toEqual([
      ...device.licences.map(({ service }) => service),
      'forticare',
      ...device.support.map(({ service }) => `forticare.${service}`),
      'vdom',
    ]);
    expect(await rowsOf('ha')).toMatchObject(
      device.members.map(({ serial, hostname, primary }) => {
        return { serial, hostname, role: primary ? 'primary' : 'secondary', state: 'present', inSync: true };
      }),
    );
    const [row] = await rowsOf('system');
    expect(row).toMatchObject({ device: 'test', state: 'up', serial: device.serial, clockOffset: 0 });
    expect(row).toMatchObject({ hostname: atLeast(device.version, '6.4.0') ? device.hostname : null });
    expect(row?.['cpu']).toEqual(expect.any(Number));
  });

  test('policy counters are told by IP version', async () => {
    await using simulator = await startSimulator({ version });
    const engine = engineOf(plugin, 'policy_stats');
    await engine.sync(contextFor(simulator.url));
    const [root] = simulator.device.vdoms;
    const counted = root?.policies.filter((policy) => policy.counted) ?? [];
    const total = (policyid: number): number => {
      const policy = counted.find((policy) => policy.policyid === policyid);
      return policy === undefined ? 0 : reading(policy.bytes, simulator.device, NOW);
    };
    const isOld = !atLeast(simulator.device.version, '6.4.0');
    expect(engine.rows({ vdom: 'root', ipVersion: 4 }).map((row) => [row['policyid'], row['bytes']])).toEqual(
      counted.map(({ policyid }) => [policyid, isOld ? total(policyid) : shareOf(total(policyid), 'ipv4')]),
    );
    const six = engine.rows({ vdom: 'root', ipVersion: 6 });
    const told = isOld ? root?.policies6[1]?.uuid : shareOf(total(1), 'ipv6');
    expect(six.map((row) => row[isOld ? 'uuid' : 'bytes'])).toContain(told);
    expect(six.every((row) => Number(row['bytes']) > 0 || Number(row['packets']) > 0)).toBe(true);
  });
});

/** These two fail in fetch itself or never answer. */
const FAULT_NAMES = (Object.keys(FAULTS) as Fault[]).filter((fault) => fault !== 'down' && fault !== 'hang');

test.each(FAULT_NAMES)('%s deletes nothing, and every stream has rows or a failure with a name', async (fault) => {
  await using simulator = await startSimulator({ version: '7.2.5', policies: 10, slowMs: 5 });
  const context = contextFor(simulator.url);
  for (const id of STREAM_IDS) {
    simulator.faults.clear();
    const engine = engineOf(plugin, id);
    await engine.sync(context);
    const count = engine.rows().length;
    simulator.faults.add(fault);
    const outcome = await engine.sync(context);
    const failed: unknown = outcome.error ?? { code: 'none' };
    expect(failed).toMatchObject({ code: expect.any(String) });
    expect(outcome.deleted, id).toEqual([]);
    expect(engine.rows().length, id).toBeGreaterThanOrEqual(count);
  }
  expect(simulator.peakInFlight).toBeLessThanOrEqual(2);
});

test.each(['401', 'trusthost', 'lockout'] as const)(
  '%s: eight streams that start together make one request',
  async (fault) => {
    await using simulator = await startSimulator({ faults: [fault] });
    const outcomes = STREAM_IDS.map((id) => engineOf(plugin, id).sync(contextFor(simulator.url)));
    for (const { error } of await Promise.all(outcomes)) {
      expect(error).toMatchObject({ code: fault === 'lockout' ? 'rate_limited' : 'auth_failed' });
    }
    expect(simulator.requests).toHaveLength(1);
  },
);

test('a round of all streams makes at most eighteen requests, which a device with leaking memory survives', async () => {
  await using simulator = await startSimulator({ version: '6.2.7', faults: ['memory-leak'] });
  for (const id of STREAM_IDS)
    expect((await engineOf(plugin, id).sync(contextFor(simulator.url))).error).toBeUndefined();
  expect(simulator.requests.length).toBeLessThanOrEqual(18);
});
