// What happens to a device, and what the rows of its streams make of it.
import type { Plugin } from '@jackfield/sdk';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Change } from '../simulator/changes.ts';
import type { FortiGateSimulator } from '../simulator/simulator.ts';
import { contextFor, deviceInTime, freshPlugin, NOW, pathOf, startSimulator } from './harness.ts';
import { engineOf } from './stream-engine.ts';

let plugin: Plugin;
beforeEach(async () => {
  plugin = await freshPlugin();
});

const pathsOf = (simulator: FortiGateSimulator): string[] => {
  return simulator.requests.map(({ path }) => path.replace('/api/v2/', ''));
};

describe('VDOMs', () => {
  const STREAMS = ['interfaces', 'policies', 'vpn_tunnels'];

  test.each(STREAMS)('%s: the rows of a VDOM that was removed are deleted, those of a hidden one stay', async (id) => {
    await using simulator = await startSimulator();
    const context = contextFor(simulator.url);
    const engine = engineOf(plugin, id);
    await engine.sync(context);
    const [dmz, guest] = [engine.rows({ vdom: 'dmz' }), engine.rows({ vdom: 'guest' })];

    simulator.change({ change: 'hide-vdom', vdom: 'guest' });
    expect((await engine.sync(context)).deleted).toEqual([]);
    expect(engine.rows({ vdom: 'guest' })).toEqual(guest);

    simulator.change({ change: 'remove-vdom', vdom: 'dmz' });
    const { deleted } = await engine.sync(context);
    expect(deleted).toHaveLength(dmz.length);
    expect(engine.rows({ vdom: 'dmz' })).toEqual([]);
    expect(engine.rows({ vdom: 'guest' })).toEqual(guest);
  });

  test.each(STREAMS)('%s: a VDOM that answers 403 is not completed', async (id) => {
    await using simulator = await startSimulator();
    const context = contextFor(simulator.url);
    const engine = engineOf(plugin, id);
    await engine.sync(context);
    engine.rewind();
    simulator.faults.add('vdom-403');
    const { completed } = await engine.sync(context);
    expect(completed).toEqual([{ vdom: 'root' }, { vdom: 'FG-traffic' }, { vdom: 'dmz' }]);
  });

  test('one VDOM is removed while another refuses: only the rows of the first are deleted', async () => {
    await using simulator = await startSimulator();
    const engine = engineOf(plugin, 'interfaces');
    await engine.sync(contextFor(simulator.url));
    simulator.faults.add('vdom-403');
    simulator.change({ change: 'remove-vdom', vdom: 'dmz' });
    const { deleted } = await engine.sync(contextFor(simulator.url));
    expect(new Set(deleted.map(({ key }) => key['vdom']))).toEqual(new Set(['dmz']));
    expect(engine.rows({ vdom: 'guest' })).toHaveLength(4);
  });

  test('a VDOM whose licence count cannot be read keeps its rows', async () => {
    await using simulator = await startSimulator();
    const engine = engineOf(plugin, 'interfaces');
    await engine.sync(contextFor(simulator.url));
    simulator.faults.add('404-licence');
    simulator.change({ change: 'remove-vdom', vdom: 'dmz' });
    expect((await engine.sync(contextFor(simulator.url))).deleted).toEqual([]);
  });

  test('the count is asked for only when the VDOMs are others than before', async () => {
    await using simulator = await startSimulator();
    const engine = engineOf(plugin, 'interfaces');
    for (let round = 0; round < 3; round += 1) await engine.sync(contextFor(simulator.url));
    expect(pathsOf(simulator).filter((path) => path === 'monitor/license/status')).toHaveLength(1);
  });

  test('the VDOMs of the instance are all that is read, and one of them that is refused stays as it was', async () => {
    await using simulator = await startSimulator();
    const context = contextFor(simulator.url, { config: { vdoms: ['root', 'dmz'] } });
    const engine = engineOf(plugin, 'interfaces');
    await engine.sync(context);
    expect(new Set(engine.rows().map((row) => row['vdom']))).toEqual(new Set(['root', 'dmz']));
    simulator.change({ change: 'hide-vdom', vdom: 'dmz' });
    expect(await engine.sync(context)).toMatchObject({ deleted: [], completed: [{ vdom: 'root' }] });
  });
});

describe('interfaces', () => {
  test('one that is absent from a complete answer is deleted; an answer without any deletes none', async () => {
    await using simulator = await startSimulator();
    const engine = engineOf(plugin, 'interfaces');
    await engine.sync(contextFor(simulator.url));
    simulator.change({ change: 'remove-interface', vdom: 'root', name: 'spare0' });
    expect((await engine.sync(contextFor(simulator.url))).deleted).toEqual([
      { key: { vdom: 'root', name: 'spare0' }, reason: null },
    ]);
    simulator.faults.add('reduced');
    expect(await engine.sync(contextFor(simulator.url))).toMatchObject({ deleted: [], completed: [] });
  });

  test('a list of which one entry has lost its name deletes none', async () => {
    const engine = engineOf(plugin, 'interfaces');
    const told = (results: object[]) => ({ ...contextFor('http://device'), fetch: answering(results) });
    expect((await engine.sync(told([{ name: 'p1' }, { name: 'p2' }]))).inserted).toBe(2);
    expect(await engine.sync(told([{ name: 'p1' }, { link: true }]))).toMatchObject({ deleted: [], completed: [] });
  });
});

test.each(['interfaces', 'licences', 'vpn_tunnels', 'ha'])(
  '%s: a list whose entries have lost their names makes no rows and deletes none',
  async (id) => {
    await using simulator = await startSimulator();
    const engine = engineOf(plugin, id);
    await engine.sync(contextFor(simulator.url));
    const before = engine.rows();
    const fetch = answering([{ q_origin_key: 0 }, { link: true, status: 'up' }]);
    const outcome = await engine.sync({ ...contextFor('http://device'), fetch });
    expect(outcome).toMatchObject({ deleted: [], inserted: 0, completed: [] });
    expect(engine.rows()).toEqual(before);
  },
);

describe('policies', () => {
  test('a policy that is renumbered keeps its row', async () => {
    await using simulator = await startSimulator({ policies: 5 });
    const engine = engineOf(plugin, 'policies');
    await engine.sync(contextFor(simulator.url));
    const uuids = engine.rows({ vdom: 'root' }).map((row) => row['uuid']);
    simulator.change({ change: 'renumber-policies', vdom: 'root' });
    expect(await engine.sync(contextFor(simulator.url))).toMatchObject({ inserted: 0, updated: 4, deleted: [] });
    const rows = engine.rows({ vdom: 'root' });
    expect(rows.map((row) => row['uuid'])).toEqual(uuids);
    expect(rows.map((row) => row['policyid'])).toEqual([1001, 1002, 1003, 1004]);
  });

  test('a VDOM whose revision stands still is not told again, for a day', async () => {
    await using device = await deviceInTime();
    const engine = engineOf(plugin, 'policies');
    await engine.sync(device.context);
    device.simulator.change({ change: 'remove-policy', vdom: 'dmz', policyid: 3 });
    const second = await engine.sync(device.context);
    expect(second.completed).toEqual([{ vdom: 'dmz' }]);
    expect(second.deleted).toHaveLength(1);
    device.later(25 * 3600);
    expect((await engine.sync(device.context)).completed).toHaveLength(4);
  });

  test('policies without a uuid, or with the uuid of another, go by their number', async () => {
    const uuid = '24843c52-9e9d-51ea-b838-3500a9e54b2e';
    const zeros = '00000000-0000-0000-0000-000000000000';
    const results = [{ policyid: 1 }, { policyid: '2', uuid }, { policyid: 3, uuid }, { policyid: 4, uuid: zeros }];
    const context = { ...contextFor('http://device'), fetch: answering(results) };
    const engine = engineOf(plugin, 'policies');
    await engine.sync(context);
    expect(engine.rows().map((row) => row['uuid'])).toEqual(['policyid:1', uuid, 'policyid:3', 'policyid:4']);
  });

  test('an answer that gives fewer policies than it counts deletes none', async () => {
    const engine = engineOf(plugin, 'policies');
    const context = contextFor('http://device');
    const fetch = answering([{ policyid: 1 }, { policyid: 2 }], { revision: 'a' });
    await engine.sync({ ...context, fetch });
    const partial = answering([{ policyid: 1 }], { revision: 'b', matched_count: 2 });
    expect(await engine.sync({ ...context, fetch: partial })).toMatchObject({ deleted: [], completed: [] });
  });
});

function answering(results: unknown, more: object = {}): typeof fetch {
  return async () => Response.json({ status: 'success', vdom: 'root', results, ...more });
}

describe('vpn_tunnels', () => {
  test('a peer that hangs up has ended its session; nothing is asked of the configuration', async () => {
    await using simulator = await startSimulator();
    const engine = engineOf(plugin, 'vpn_tunnels');
    await engine.sync(contextFor(simulator.url));
    simulator.change({ change: 'remove-tunnel', vdom: 'root', name: 'dialup-0_1' });
    expect((await engine.sync(contextFor(simulator.url))).deleted).toEqual([
      { key: { vdom: 'root', name: 'dialup-0_1', p2name: 'dialup-0', p2serial: 1 }, reason: 'session ended' },
    ]);
    expect(pathsOf(simulator).filter((path) => path.startsWith('cmdb/'))).toEqual([]);
  });

  test('a configured tunnel that is not listed is down for as long as it is configured', async () => {
    await using simulator = await startSimulator();
    const engine = engineOf(plugin, 'vpn_tunnels');
    const context = contextFor(simulator.url);
    await engine.sync(context);
    simulator.change({ change: 'unlist-tunnel', vdom: 'root', name: 'site-0' });
    for (let round = 0; round < 2; round += 1) {
      expect((await engine.sync(context)).deleted).toEqual([]);
      expect(engine.rows({ name: 'site-0' }).map((row) => row['status'])).toEqual(['down', 'down']);
    }
    simulator.change({ change: 'list-tunnel', vdom: 'root', name: 'site-0' });
    await engine.sync(context);
    expect(engine.rows({ name: 'site-0' }).map((row) => row['status'])).toEqual(['up', 'down']);
    simulator.change({ change: 'remove-tunnel', vdom: 'root', name: 'site-0' });
    const { deleted } = await engine.sync(context);
    expect(deleted.map(({ reason }) => reason)).toEqual([
      'deleted from the configuration',
      'deleted from the configuration',
    ]);
  });

  test('a tunnel that is not listed stays when the configuration cannot be read', async () => {
    await using simulator = await startSimulator();
    const engine = engineOf(plugin, 'vpn_tunnels');
    const context = contextFor(simulator.url);
    await engine.sync(context);
    simulator.change({ change: 'remove-tunnel', vdom: 'root', name: 'site-0' });
    const refusing: typeof fetch = (input, init) => {
      if (pathOf(input).startsWith('cmdb/'))
        return Promise.resolve(Response.json({ status: 'error' }, { status: 403 }));
      return context.fetch(input, init);
    };
    expect((await engine.sync({ ...context, fetch: refusing })).deleted).toEqual([]);
    expect(engine.rows({ name: 'site-0' }).map((row) => row['status'])).toEqual(['down', 'down']);
  });
});

describe('ha', () => {
  test('a member that no longer answers is missing and stays; when it is back it is present', async () => {
    await using device = await deviceInTime();
    const { simulator, context } = device;
    const engine = engineOf(plugin, 'ha');
    await engine.sync(context);
    const serial = simulator.device.members[1]?.serial ?? '';
    const seen = engine.rows({ serial })[0]?.['lastSeen'];
    simulator.change({ change: 'lose-member', serial });
    device.later(300);
    expect((await engine.sync(context)).deleted).toEqual([]);
    expect(engine.rows({ serial })).toMatchObject([{ state: 'missing', role: null, cpu: null, lastSeen: seen }]);
    simulator.change({ change: 'regain-member', serial });
    await engine.sync(context);
    expect(engine.rows({ serial })).toMatchObject([{ state: 'present', role: 'secondary' }]);
  });

  test('a failover changes the roles and no row', async () => {
    await using simulator = await startSimulator();
    const engine = engineOf(plugin, 'ha');
    await engine.sync(contextFor(simulator.url));
    simulator.change({ change: 'failover' });
    expect(await engine.sync(contextFor(simulator.url))).toMatchObject({ inserted: 0, updated: 2, deleted: [] });
    expect(engine.rows().map((row) => row['role'])).toEqual(['secondary', 'primary']);
  });

  test('a cluster that is dissolved leaves its members missing', async () => {
    await using simulator = await startSimulator();
    const engine = engineOf(plugin, 'ha');
    await engine.sync(contextFor(simulator.url));
    simulator.device.members = [];
    expect((await engine.sync(contextFor(simulator.url))).deleted).toEqual([]);
    expect(engine.rows().map((row) => row['state'])).toEqual(['missing', 'missing']);
  });

  test('an answer that a missing right has reduced makes nobody missing', async () => {
    await using simulator = await startSimulator();
    const engine = engineOf(plugin, 'ha');
    await engine.sync(contextFor(simulator.url));
    simulator.faults.add('reduced');
    await engine.sync(contextFor(simulator.url));
    expect(engine.rows().map((row) => row['state'])).toEqual(['present', 'present']);
  });
});

describe('system', () => {
  test('a failover is another serial number of the same device', async () => {
    await using device = await deviceInTime();
    const { simulator, context } = device;
    const engine = engineOf(plugin, 'system');
    await engine.sync(context);
    const first = simulator.device.serial;
    simulator.change({ change: 'failover' } satisfies Change);
    device.later(300);
    await engine.sync(context);
    expect(engine.rows()).toMatchObject([
      {
        device: 'test',
        serial: simulator.device.serial,
        serialHistory: [{ serial: first }, { serial: simulator.device.serial }],
      },
    ]);
  });

  test.each([
    ['down', 'unreachable'],
    ['401', 'auth_failed'],
    ['429', 'locked_out'],
    ['500', 'failing'],
  ] as const)(
    'a device that is %s is %s: a state with its beginning, told with what was last known',
    async (fault, state) => {
      await using device = await deviceInTime();
      const { simulator, context } = device;
      const engine = engineOf(plugin, 'system');
      await engine.sync(context);
      const lastSeen = new Date(NOW * 1000).toISOString();
      simulator.faults.add(fault);
      device.later(300);
      const since = new Date((NOW + 300) * 1000).toISOString();
      for (let round = 0; round < 2; round += 1) {
        const { error, deleted } = await engine.sync(context);
        expect(error).toBeInstanceOf(Error);
        expect(deleted).toEqual([]);
        const { serial, hostname } = simulator.device;
        expect(engine.rows()).toMatchObject([{ state, stateSince: since, lastSeen, serial, hostname, cpu: null }]);
        device.later(300);
      }
      simulator.faults.clear();
      await engine.sync(context);
      expect(engine.rows()).toMatchObject([{ state: 'up', stateSince: new Date((NOW + 900) * 1000).toISOString() }]);
    },
  );

  test('a device that was never reached has a row that says so', async () => {
    await using simulator = await startSimulator({ faults: ['down'] });
    const engine = engineOf(plugin, 'system');
    await engine.sync(contextFor(simulator.url));
    expect(engine.rows()).toMatchObject([{ device: 'test', state: 'unreachable', serial: null, serialHistory: [] }]);
  });
});

test('licences that are gone from the answer are deleted, but never all of them', async () => {
  await using simulator = await startSimulator();
  const engine = engineOf(plugin, 'licences');
  await engine.sync(contextFor(simulator.url));
  simulator.device.licences.shift();
  expect((await engine.sync(contextFor(simulator.url))).deleted).toMatchObject([{ key: { service: 'antispam' } }]);
  simulator.faults.add('reduced');
  expect((await engine.sync(contextFor(simulator.url))).deleted).toEqual([]);
});
