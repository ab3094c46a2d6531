// The webhook: what an automation stitch sends, what is read again for it, and what becomes of the rows.
import type { AnyRoute, Context, Plugin, RouteAnswer, RouteRequest } from '@jackfield/sdk';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { FortiGateSimulator } from '../simulator/simulator.ts';
import { codeOf, contextFor, expectFits, freshPlugin, startSimulator, type Row } from './harness.ts';
import { engineOf } from './stream-engine.ts';

let plugin: Plugin;
beforeEach(async () => {
  plugin = await freshPlugin();
});

function routeOf(plugin: Plugin): AnyRoute<Record<string, unknown>> {
  const route = plugin.routes?.['automation'];
  if (route === undefined) throw new Error('no route');
  return route;
}

/** Rows are held against their stream's columns, as the host does. */
async function send(context: Context, body: string | object): Promise<RouteAnswer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const request: RouteRequest = {
    ...{ method: 'POST', path: '/automation', query: {}, headers: {}, body: text },
    json: () => JSON.parse(text),
  };
  const route = routeOf(plugin);
  const answer = await route.handle(context, request);
  for (const { stream, change } of answer.changes ?? []) {
    expect(route.streams).toContain(stream);
    const columns = plugin.streams?.[stream]?.columns ?? {};
    const rows = change.step === 'upsert' ? change.rows : change.keys;
    for (const row of rows as Row[]) expectFits({ columns }, plain(row));
  }
  return answer;
}

const plain = (row: Row): Row => {
  return Object.fromEntries(
    Object.entries(row).map(([name, cell]) => [name, cell instanceof Date ? cell.toISOString() : cell]),
  );
};

const upserted = ({ changes = [] }: RouteAnswer, stream: string): Row[] => {
  return changes.flatMap(({ stream: id, change }) => {
    return id === stream && change.step === 'upsert' ? (change.rows as Row[]).map(plain) : [];
  });
};

const pathsAsked = (simulator: FortiGateSimulator): string[] => {
  const asked = simulator.requests.map(
    ({ path, query }) =>
      `${path.replace('/api/v2/', '')}${query.includes('vdom=') ? ` ${new URLSearchParams(query).get('vdom')}` : ''}`,
  );
  return asked.filter((path) => !path.startsWith('monitor/system/status'));
};

test('it is closed without a secret, which comes in a header; the same body again is refused for seconds only', () => {
  expect(routeOf(plugin)).toMatchObject({
    method: 'POST',
    path: '/automation',
    verify: [{ type: 'secret', in: 'header', name: 'x-jackfield-secret', secret: 'webhookSecret' }],
    replay: '5s',
  });
  expect(plugin.config.properties['webhookSecret']).toMatchObject({ writeOnly: true });
});

const LOG = { type: 'event', level: 'notice', vd: 'dmz', logdesc: 'something', eventtime: '1764080000000000000' };
const IPSEC = ['monitor/vpn/ipsec dmz'];
const PORTS = ['monitor/system/interface dmz'];
const POLICIES = ['cmdb/firewall/policy dmz'];
const MEMBERS = ['monitor/system/ha-statistics', 'monitor/system/ha-checksums', 'monitor/system/ha-peer'];

describe('what an event is about is read again, in its VDOM, and nothing else', () => {
  const EVENTS: readonly (readonly [string, string | object, readonly string[]])[] = [
    ['an interface that goes up or down', { ...LOG, logid: '0100020099', subtype: 'system' }, PORTS],
    ['the same, with a number for the log id', { logid: 100_020_099, vd: 'dmz' }, PORTS],
    ['the same, as the log below log', { log: { logid: '0100020099', vd: 'dmz' } }, PORTS],
    [
      'the same, as a log line',
      'date=2026-05-04 logid="0100020099" type="event" vd="dmz" msg="Interface port1 turned up"',
      PORTS,
    ],
    ['the same, in JSON that a quote has broken', '{"logid":"0100020099","vd":"dmz","msg":"the "wan" is down"}', PORTS],
    [
      'the same, with placeholders that its log does not fill',
      { ...LOG, logid: '0100020099', cfgpath: '%%log.cfgpath%%' },
      PORTS,
    ],
    ['a tunnel', { ...LOG, logid: '0101037138', subtype: 'vpn', action: 'tunnel-down' }, IPSEC],
    ['a tunnel, by its log id alone', { logid: '0101037139', vd: 'dmz' }, IPSEC],
    ['the cluster', { ...LOG, logid: '0108037894', subtype: 'ha' }, MEMBERS],
    ['the cluster, by its log id alone', { logid: '0108037893' }, MEMBERS],
    ['a policy', { ...LOG, logid: '0100044547', cfgpath: 'firewall.policy', cfgobj: '2', action: 'Edit' }, POLICIES],
    ['a phase 1', { ...LOG, logid: '0100044546', cfgpath: 'vpn.ipsec.phase1-interface' }, IPSEC],
    ['HA settings', { ...LOG, logid: '0100044546', cfgpath: 'system.ha' }, MEMBERS],
    ['some configuration', { logid: '0100044546', vd: 'dmz' }, [...POLICIES, ...PORTS]],
    ['what the stitch says', { topic: 'ha' }, MEMBERS],
    ['an address object', { ...LOG, logid: '0100044547', cfgpath: 'firewall.address' }, []],
    ['an administrator who signs in', { ...LOG, logid: '0100032001', subtype: 'system' }, []],
    ['a test of the stitch, with its placeholders', { logid: '%%log.logid%%', vd: '%%log.vd%%' }, []],
    ['nothing', {}, []],
  ];

  test.each(EVENTS)('%s', async (_name, body, paths) => {
    await using simulator = await startSimulator();
    const answer = await send(contextFor(simulator.url), body);
    expect(pathsAsked(simulator).toSorted()).toEqual([...paths].toSorted());
    expect(answer.changes ?? []).toHaveLength(paths === MEMBERS ? 1 : paths.length);
    expect(answer.status ?? 200).toBe(200);
  });
});

test('a link that goes down is down in the rows at once', async () => {
  await using simulator = await startSimulator();
  const context = contextFor(simulator.url);
  const engine = engineOf(plugin, 'interfaces');
  await engine.sync(context);
  simulator.change({ change: 'link', vdom: 'dmz', name: 'wan2', up: false });
  const rows = upserted(await send(context, { logid: '0100020099', vd: 'dmz' }), 'interfaces');
  expect(rows.map((row) => [row['name'], row['link']])).toEqual([
    ['wan2', false],
    ['lan2', true],
    ['spare2', false],
    ['vlan-210', true],
  ]);
  const [before] = engine.rows({ vdom: 'dmz', name: 'lan2' });
  expect(rows[1]).toEqual(before);
});

test('after a failover the members have their new roles', async () => {
  await using simulator = await startSimulator();
  simulator.change({ change: 'failover' });
  const rows = upserted(await send(contextFor(simulator.url), { subtype: 'ha' }), 'ha');
  expect(rows.map((row) => [row['role'], row['state']])).toEqual([
    ['secondary', 'present'],
    ['primary', 'present'],
  ]);
});

describe('an interface that was deleted', () => {
  const event = { logid: '0100044545', vd: 'dmz', cfgpath: 'system.interface', cfgobj: 'spare2', action: 'Delete' };

  test('is removed when the device does not list it any more', async () => {
    await using simulator = await startSimulator();
    simulator.change({ change: 'remove-interface', vdom: 'dmz', name: 'spare2' });
    const { changes } = await send(contextFor(simulator.url), event);
    expect(changes?.[1]).toEqual({
      stream: 'interfaces',
      change: { step: 'remove', keys: [{ vdom: 'dmz', name: 'spare2' }], reason: 'deleted from the configuration' },
    });
  });

  test.each(['none', 'reduced'] as const)('stays while the device lists it, or lists nothing (%s)', async (fault) => {
    await using simulator = await startSimulator();
    if (fault !== 'none') simulator.faults.add(fault);
    const { changes } = await send(contextFor(simulator.url), event);
    expect(changes?.map(({ change }) => change.step)).toEqual(['upsert']);
  });
});

test('an event without a VDOM, or with one that is no name, is about all VDOMs of the instance', async () => {
  await using simulator = await startSimulator();
  const context = contextFor(simulator.url, { config: { vdoms: ['root', 'dmz'] } });
  await send(context, { logid: '0100020099' });
  await send(context, { logid: '0100020099', vd: 'a&scope=global' });
  expect(pathsAsked(simulator)).toEqual(['monitor/system/interface root,dmz', 'monitor/system/interface root,dmz']);
});

test('an event of a VDOM that the instance does not read asks for nothing', async () => {
  await using simulator = await startSimulator();
  const context = contextFor(simulator.url, { config: { vdoms: ['root'] } });
  expect(await send(context, { logid: '0100020099', vd: 'dmz' })).toMatchObject({ json: { refreshed: [] } });
  expect(simulator.requests).toEqual([]);
});

test('a body that is neither JSON nor a log line is refused', async () => {
  expect(await send(contextFor('http://device'), 'hello')).toMatchObject({ status: 400 });
});

test('a device that refuses the token fails the call after one request, and changes nothing', async () => {
  await using simulator = await startSimulator({ faults: ['401'] });
  expect(await codeOf(send(contextFor(simulator.url), { logid: '0100020099' }))).toBe('auth_failed');
  expect(simulator.requests).toHaveLength(1);
});

test('whatever is sent, only reads of the four kinds are made', async () => {
  const field = fc.constantFrom('logid', 'subtype', 'cfgpath', 'cfgobj', 'action', 'vd', 'topic', 'log');
  const words = fc.constantFrom(
    '0100020099',
    'vpn',
    'ha',
    'firewall.policy',
    'system.interface',
    'Delete',
    '../x',
    '*',
    'constructor',
  );
  const body = fc.oneof(fc.dictionary(field, fc.oneof(words, fc.jsonValue({ maxDepth: 2 }))), fc.string());
  await fc.assert(
    fc.asyncProperty(body, async (body) => {
      const asked: string[] = [];
      const fetch: Context['fetch'] = async (input) => {
        asked.push(new URL(typeof input === 'string' ? input : '', 'http://device').pathname);
        return Response.json({ status: 'success', vdom: 'root', results: [] });
      };
      await send({ ...contextFor('http://device'), fetch }, body);
      const known =
        /^\/api\/v2\/(monitor\/system\/(status|interface|ha-\w+)|cmdb\/firewall\/policy|monitor\/vpn\/ipsec)$/;
      for (const path of asked) expect(path).toMatch(known);
    }),
    { numRuns: 500 },
  );
});
