// What happens to a FortiGate, and what stands in the tables afterwards: the whole host, the plugin as it is built, and SQL.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFortiGateSimulator, type FortiGateSimulator } from '../../plugins/fortigate/simulator/simulator.ts';
import { reading } from '../../plugins/fortigate/simulator/state.ts';
import { assertInvariants, withDatabase } from './support/invariants.ts';
import { startVendorHost, type VendorHost } from './support/vendor-host.ts';

const TOKEN = 'the-token-of-the-device';
const FIVE_MINUTES = 300_000;

type Row = Readonly<Record<string, unknown>>;

let vendors: VendorHost;
let device: FortiGateSimulator;
beforeAll(async () => {
  vendors = await startVendorHost();
  device = await createFortiGateSimulator({ policies: 10, token: TOKEN, now: () => vendors.clock.now() });
  await vendors.add('fw', 'fortigate', { baseUrl: device.url, apiToken: TOKEN });
});
afterAll(async () => {
  await withDatabase(vendors.place, (db) => assertInvariants(db));
  await device.close();
  await vendors[Symbol.asyncDispose]();
});

/** Five minutes later. */
async function read(...streams: string[]): Promise<void> {
  vendors.clock.advance(FIVE_MINUTES);
  for (const stream of streams) {
    const { state, error } = await vendors.run('fw', stream);
    expect(state, `${stream}: ${error?.detail}`).toBe('succeeded');
  }
}

const rows = (stream: string): Promise<Row[]> => vendors.rows(`fortigate.${stream}`, 'fw');
const alive = async (stream: string): Promise<Row[]> =>
  (await rows(stream)).filter((row) => row['deleted_at'] === null);
const inVdom =
  (vdom: string) =>
  (row: Row): boolean =>
    row['vdom'] === vdom;

/** The samples of an interface, the newest last. */
const samplesOf = async (vdom: string, name: string): Promise<Row[]> =>
  (await rows('traffic'))
    .filter((row) => row['vdom'] === vdom && row['name'] === name)
    .sort((a, b) => Number(a['ts']) - Number(b['ts']));

test('counters that go back to zero: what was added is what they show, and the sample says that they started anew', async () => {
  await read('traffic');
  await read('traffic');
  const [first, second] = await samplesOf('root', 'wan0');
  expect(first).toMatchObject({ rxDelta: null, reset: false });
  const grown = Number(second?.['rx']) - Number(first?.['rx']);
  expect(second).toMatchObject({ rxDelta: grown, reset: false });
  expect(grown).toBeGreaterThan(0);
  device.change({ change: 'reset-counters' });
  await read('traffic');
  const third = (await samplesOf('root', 'wan0')).at(-1);
  expect(Number(third?.['rx'])).toBeLessThan(Number(second?.['rx']));
  expect(third).toMatchObject({ reset: true, rxDelta: third?.['rx'], txDelta: third?.['tx'] });
  await read('traffic');
  expect((await samplesOf('root', 'wan0')).at(-1)).toMatchObject({ reset: false });
});

test('a failover flips the serial number: one device, its history, other counters, and no row is gone', async () => {
  await read('system', 'interfaces', 'traffic', 'ha', 'policies');
  const before = { interfaces: await alive('interfaces'), policies: await alive('policies'), ha: await rows('ha') };
  const [old] = await rows('system');
  device.change({ change: 'failover' });
  await read('system', 'interfaces', 'traffic', 'ha', 'policies');
  const { serial } = device.device;
  expect(serial).not.toBe(old?.['serial']);
  expect(await rows('system')).toMatchObject([
    { device: 'fw', serial, serialHistory: [{ serial: old?.['serial'] }, { serial }] },
  ]);
  const sample = (await samplesOf('root', 'wan0')).at(-1);
  expect(sample).toMatchObject({ reset: true, rxDelta: null, txDelta: null });
  // What the new primary counts is counted from its own first sample on.
  await read('traffic');
  const next = (await samplesOf('root', 'wan0')).at(-1);
  expect(next).toMatchObject({ reset: false, rxDelta: Number(next?.['rx']) - Number(sample?.['rx']) });
  expect(await alive('interfaces')).toHaveLength(before.interfaces.length);
  expect(await alive('policies')).toHaveLength(before.policies.length);
  const members = await rows('ha');
  expect(members).toHaveLength(before.ha.length);
  expect(members.find((member) => member['serial'] === serial)).toMatchObject({ role: 'primary', deleted_at: null });
  expect(members.find((member) => member['serial'] === old?.['serial'])).toMatchObject({ role: 'secondary' });
});

test('a tunnel that is not listed is down; one that was removed is deleted with the reason, a session has ended', async () => {
  await read('vpn_tunnels');
  const named = async (name: string): Promise<Row[]> =>
    (await rows('vpn_tunnels')).filter((row) => row['name'] === name);
  const before = await named('site-0');
  expect(before.length).toBeGreaterThan(0);
  device.change({ change: 'unlist-tunnel', vdom: 'root', name: 'site-0' });
  await read('vpn_tunnels');
  for (const row of await named('site-0')) expect(row).toMatchObject({ status: 'down', deleted_at: null });
  device.change({ change: 'remove-tunnel', vdom: 'root', name: 'site-0' });
  device.change({ change: 'remove-tunnel', vdom: 'root', name: 'dialup-0_1' });
  await read('vpn_tunnels');
  const removed = await named('site-0');
  expect(removed).toHaveLength(before.length);
  for (const row of removed) {
    expect(row['deleted_at']).toBeInstanceOf(Date);
    expect(row['deleted_reason']).toBe('deleted from the configuration');
  }
  expect(await named('dialup-0_1')).toMatchObject([{ deleted_reason: 'session ended' }]);
  const others = device.device.vdoms.flatMap(({ tunnels }) => tunnels.map(({ name }) => name));
  expect(new Set((await alive('vpn_tunnels')).map((row) => row['name']))).toEqual(new Set(others));
});

test('a VDOM that is hidden keeps its rows; one that was removed loses them', async () => {
  const STREAMS = ['interfaces', 'policies', 'vpn_tunnels'];
  await read(...STREAMS);
  device.change({ change: 'hide-vdom', vdom: 'guest' });
  await read(...STREAMS);
  for (const stream of STREAMS) expect((await alive(stream)).some(inVdom('guest')), stream).toBe(true);
  device.change({ change: 'remove-vdom', vdom: 'dmz' });
  await read(...STREAMS);
  for (const stream of STREAMS) {
    expect((await alive(stream)).filter(inVdom('dmz')), stream).toEqual([]);
    expect((await rows(stream)).some(inVdom('dmz')), stream).toBe(true);
    expect((await alive(stream)).some(inVdom('guest')), stream).toBe(true);
  }
  device.change({ change: 'show-vdom', vdom: 'guest' });
  await read(...STREAMS);
  const guest = device.device.vdoms.find(({ name }) => name === 'guest');
  expect((await alive('interfaces')).filter(inVdom('guest'))).toHaveLength(guest?.interfaces.length ?? 0);
});

test('the sum of what was added is what went over the interface, whatever happened to a run', async () => {
  const [vdom] = device.device.vdoms;
  const port = vdom?.interfaces[0];
  if (vdom === undefined || port === undefined) throw new Error('the device has no interface');
  await read('traffic');
  const from = (await samplesOf(vdom.name, port.name)).at(-1);
  for (const fault of ['truncated', 'hang', '500'] as const) {
    device.faults.add(fault);
    vendors.clock.advance(FIVE_MINUTES);
    expect((await vendors.run('fw', 'traffic')).state).toBe('failed');
    device.faults.clear();
    await read('traffic');
  }
  const samples = await samplesOf(vdom.name, port.name);
  const after = samples.filter((row) => Number(row['ts']) > Number(from?.['ts']));
  const added = after.reduce((sum, row) => sum + Number(row['rxDelta']), 0);
  expect(after).toHaveLength(3);
  expect(added).toBe(Number(samples.at(-1)?.['rx']) - Number(from?.['rx']));
  expect(reading(port.rx, device.device, vendors.clock.now() / 1000)).toBeGreaterThanOrEqual(
    Number(samples.at(-1)?.['rx']),
  );
});
