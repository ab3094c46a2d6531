// What the synced queries say of three devices, against the simulators' own state.
import type { Plugin } from '@jackfield/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databases } from '../../../tests/support/databases.ts';
import { manifestOf, openSynced, type SyncedFixture } from '../../../tests/support/synced-fixture.ts';
import type { FortiGateSimulator } from '../simulator/simulator.ts';
import { reading, type DeviceState } from '../simulator/state.ts';
import pluginOfTest from '../src/plugin.ts';
import { contextFor, freshPlugin, startSimulator, type Row } from './harness.ts';
import { topPolicies, unusedPolicies } from './oracle.ts';
import { engineOf } from './stream-engine.ts';

const manifest = manifestOf(pluginOfTest);
const STREAMS = ['system', 'traffic', 'policy_stats', 'vpn_tunnels', 'licences'];
const DAY = 86_400;

interface Device {
  readonly simulator: FortiGateSimulator;
  readonly rows: Record<string, Row[]>;
  /** When it was last read, in seconds since the epoch. */
  readonly at: number;
}

const devices = new Map<string, Device>();
const IDS = ['fw-a', 'fw-b', 'fw-down'];
const stateOf = (id: string): DeviceState => (devices.get(id) as Device).simulator.device;

/** Read twice, ten and five minutes ago: counters have grown in between. */
async function readDevice(id: string, options: Parameters<typeof startSimulator>[0]): Promise<Device> {
  // Each instance has a module state of its own.
  const plugin: Plugin = await freshPlugin();
  const start = Math.floor(Date.now() / 1000) - 600;
  let now = start;
  const simulator = await startSimulator({ ...options, now: () => now * 1000 });
  const rows: Record<string, Row[]> = {};
  for (const stream of STREAMS) {
    const engine = engineOf(plugin, stream);
    for (const at of [start, start + 300]) {
      now = at;
      const context = contextFor(simulator.url, { now: () => now });
      if (id === 'fw-down' && at > start) simulator.faults.add('down');
      await engine.sync({ ...context, instance: { id, name: id } });
    }
    simulator.faults.clear();
    rows[stream] = engine.rows();
  }
  return { simulator, rows, at: start + 300 };
}

beforeAll(async () => {
  devices.set('fw-a', await readDevice('fw-a', { policies: 30 }));
  devices.set('fw-b', await readDevice('fw-b', { policies: 12, version: '7.2.8' }));
  devices.set('fw-down', await readDevice('fw-down', { policies: 5 }));
});
afterAll(async () => {
  for (const { simulator } of devices.values()) await simulator.close();
});

test('there are at least three', () => {
  const synced = Object.values(manifest.queries).filter(({ source }) => source === 'synced');
  expect(synced.length).toBeGreaterThanOrEqual(3);
});

describe.each(databases)('on $name', (database) => {
  let fixture: SyncedFixture;
  beforeAll(async () => {
    fixture = await openSynced(database, manifest);
    for (const [id, { rows }] of devices) await fixture.add(id, 'Europe/Berlin', rows);
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  test('tunnels up and down of each device and VDOM', async () => {
    const rows = await fixture.ask('tunnel_states', IDS);
    const expected = IDS.flatMap((instance) =>
      stateOf(instance).vdoms.flatMap(({ name: vdom, tunnels }) => {
        const phase2 = tunnels.flatMap((tunnel) => tunnel.phase2);
        const up = phase2.filter((part) => part.up).length;
        const available = expect.closeTo((100 * up) / Math.max(1, phase2.length), 6) as number;
        const row = { instance, vdom, tunnels: phase2.length, up, down: phase2.length - up, available };
        return phase2.length === 0 ? [] : [row];
      }),
    );
    expect(expected.length).toBeGreaterThan(3);
    expect(rows).toHaveLength(expected.length);
    expect(rows).toEqual(expect.arrayContaining(expected));
  });

  test('licences that end within so many days, and those that have ended', async () => {
    const ends = (id: string, days: number): string[] => {
      const { licences, support } = stateOf(id);
      const named = [...licences, ...support.map((entry) => ({ ...entry, service: `forticare.${entry.service}` }))];
      const last = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin' }).format(
        Date.now() + days * DAY * 1000,
      );
      const due = named.filter(
        ({ expires }) => expires !== null && new Date(expires * 1000).toISOString().slice(0, 10) <= last,
      );
      return due.map(({ service }) => service).toSorted();
    };
    const counts: number[] = [];
    for (const days of [0, 90, 3650]) {
      const rows = await fixture.ask('licences_expiring', IDS, { days });
      for (const id of IDS) {
        const found = rows.filter(({ instance }) => instance === id).map(({ service }) => String(service));
        expect(found.toSorted(), `${id} ${days}`).toEqual(ends(id, days));
      }
      const expires = rows.map((row) => String(row['expires']));
      expect(expires).toEqual(expires.toSorted());
      counts.push(rows.length);
    }
    expect(new Set(counts).size).toBe(3);
  });

  test('versions across the fleet, and how many of them are silent', async () => {
    const rows = await fixture.ask('firmware', IDS);
    const versions = IDS.map((id) => `v${stateOf(id).version.join('.')}`);
    expect(new Set(versions).size).toBe(2);
    for (const version of new Set(versions)) {
      const with_ = rows.filter((row) => row['version'] === version);
      const total = (name: string): number => with_.reduce((sum, row) => sum + Number(row[name]), 0);
      expect(total('devices')).toBe(versions.filter((other) => other === version).length);
      expect(total('silent')).toBe(version === versions[2] ? 1 : 0);
    }
  });

  test('policies with the most hits, as many as are asked for', async () => {
    const rows = await fixture.ask('busiest_policies', 'fw-a', { n: 5 });
    const world = { device: stateOf('fw-a'), now: (devices.get('fw-a') as Device).at };
    const hits = topPolicies(world, 1000).map((row) => Number(row['hits'] ?? -1));
    expect(rows.map((row) => row['hits'])).toEqual(hits.toSorted((a, b) => b - a).slice(0, 5));
    const all = await fixture.ask('busiest_policies', IDS, { n: 7 });
    expect(all).toHaveLength(7);
    expect(new Set(all.map(({ instance }) => instance)).size).toBeGreaterThan(1);
  });

  test('policies that nothing has matched for so long', async () => {
    const rows = await fixture.ask('idle_policies', ['fw-a', 'fw-b'], { days: 90 });
    for (const id of ['fw-a', 'fw-b']) {
      const device = stateOf(id);
      const unused = unusedPolicies({ device, now: Date.now() / 1000 }, 90);
      for (const { name: vdom, policies } of device.vdoms) {
        const counted = policies.filter((policy) => policy.counted && policy.policyid !== 0);
        const ids = new Set<unknown>(counted.map(({ policyid }) => policyid));
        const own = unused.filter((row) => row['vdom'] === vdom && ids.has(row['policyid']));
        const row = rows.find((found) => found['instance'] === id && found['vdom'] === vdom);
        expect(row).toMatchObject({ policies: counted.length });
        expect(row?.['idle']).toBe(own.filter(({ lastUsed }) => lastUsed !== null).length);
        expect(row?.['never']).toBe(own.filter(({ lastUsed }) => lastUsed === null).length);
      }
    }
    expect(rows.some((row) => Number(row['idle']) > 0)).toBe(true);
  });

  test('traffic of the whole fleet in each hour', async () => {
    const rows = await fixture.ask('traffic_per_hour', ['fw-a', 'fw-b'], { hours: 24 });
    const grown = (of: 'rx' | 'tx'): number =>
      ['fw-a', 'fw-b'].reduce((total, id) => {
        const { at } = devices.get(id) as Device;
        const device = stateOf(id);
        const counters = device.vdoms.flatMap((vdom) => vdom.interfaces.map((item) => item[of]));
        return total + counters.reduce((sum, c) => sum + (reading(c, device, at) - reading(c, device, at - 300)), 0);
      }, 0);
    const sum = (name: string): number => rows.reduce((total, row) => total + Number(row[name] ?? 0), 0);
    expect(grown('rx')).toBeGreaterThan(0);
    expect([sum('received'), sum('sent'), sum('resets')]).toEqual([grown('rx'), grown('tx'), 0]);
    for (const { hour } of rows) expect(String(hour)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:00:00.000Z$/);
  });
});
