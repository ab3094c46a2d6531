// Vendors change shapes: whatever stands in an answer, the rows are valid or the failure has a name.
import type { Context, Plugin } from '@jackfield/sdk';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { contextFor, freshPlugin, pathOf, QUERY_IDS, run, type Row } from './harness.ts';

let plugin: Plugin;
beforeAll(async () => {
  plugin = await freshPlugin();
});

/** A device that answers every path with the same results, or with those of its own path. */
function device(results: unknown, byPath: Readonly<Record<string, unknown>> = {}): Context {
  return {
    ...contextFor('http://device'),
    fetch: async (input) => {
      const own = byPath[pathOf(input)];
      return Response.json({ status: 'success', vdom: 'root', serial: 'S1', results: own ?? results });
    },
  };
}

const FIELDS = [
  ...['name', 'alias', 'ip', 'link', 'speed', 'rx_bytes', 'tx_errors', 'policyid', 'bytes', 'packets', 'hit_count'],
  ...[
    'last_used',
    'active_sessions',
    'type',
    'rgwy',
    'user',
    'username',
    'creation_time',
    'proxyid',
    'status',
    'p2name',
  ],
  ...[
    'incoming_bytes',
    'user_name',
    'subsessions',
    'in_bytes',
    'last_login_timestamp',
    'duration',
    'expires',
    'version',
  ],
  ...['last_update', 'support', 'serial_no', 'checksum', 'all', 'primary', 'is_manage_master', 'tnow', 'cpu_usage'],
  ...['latency', 'packet_loss', 'interface', 'cpu', 'mem', 'historical', '1-hour', 'values', 'hostname', '__proto__'],
];
const scalar = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    0,
    -1,
    1,
    1e300,
    -1e300,
    2 ** 60,
    0.5,
    '',
    '12',
    '1e999',
    'up',
    'dialup',
    '0.0.0.0',
  ),
  fc.string({ maxLength: 5 }),
  fc.integer(),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...FIELDS), tie('value'), { maxKeys: 8 }),
  ),
}));

test.each(QUERY_IDS)('%s makes valid rows of any results', async (id) => {
  await fc.assert(
    fc.asyncProperty(value, async (results) => {
      expect(await run(plugin, id, device(results))).toBeInstanceOf(Array);
    }),
    { numRuns: 300 },
  );
});

async function only(id: string, results: unknown, byPath?: Readonly<Record<string, unknown>>): Promise<Row[]> {
  return run(plugin, id, device(results, byPath));
}

describe('drift that was seen', () => {
  test('numbers come as text', async () => {
    const port = { name: 'p1', link: 1, speed: '1000', rx_bytes: '25', tx_bytes: '', rx_errors: '3' };
    expect(await only('interfaces', [port])).toEqual([
      {
        vdom: 'root',
        name: 'p1',
        alias: null,
        ip: null,
        link: true,
        speed: 1000,
        rx: 25,
        tx: null,
        rxErrors: 3,
        txErrors: null,
      },
    ]);
  });

  test.each([
    ['master', { is_manage_master: 1 }, { is_manage_master: 0 }],
    ['primary', { is_manage_primary: true }, { is_manage_primary: false }],
    ['primary, left out by the other', { is_manage_primary: true }, {}],
  ])('the lead member is named %s', async (_name, lead, other) => {
    const sums = [
      { serial_no: 'A', checksum: { all: '1' }, ...lead },
      { serial_no: 'B', checksum: { all: '1' }, ...other },
    ];
    const rows = await only('ha_status', [], {
      'monitor/system/ha-statistics': [{ serial_no: 'A' }],
      'monitor/system/ha-checksums': sums,
    });
    expect(rows.map((row) => [row['serial'], row['role'], row['inSync'], row['uptime']])).toEqual([
      ['A', 'primary', true, null],
      ['B', 'secondary', true, null],
    ]);
  });

  test('a policy with traffic but no time of last use is not called unused', async () => {
    const rows = await only('policy_unused', [
      { policyid: 1, bytes: 5, packets: 1 },
      { policyid: 2, bytes: 0, packets: 0 },
    ]);
    expect(rows.map((row) => row['policyid'])).toEqual([2]);
  });

  test('a client behind NAT has its address as user name: that names nobody', async () => {
    const peer = { name: 'd_0', type: 'dialup', rgwy: '198.51.100.1', username: '192.168.50.10', creation_time: 60 };
    const rows = await only('vpn_users', [], { 'monitor/vpn/ipsec': [peer] });
    expect(rows).toMatchObject([{ user: null, remoteHost: '198.51.100.1', type: 'ipsec' }]);
  });

  test('scope=global is refused: the device is asked from a VDOM', async () => {
    const usage = { cpu: [{ historical: { '1-hour': { values: [[1_777_888_800_000, 12]] } } }] };
    const answering = device(usage);
    const context: Context = {
      ...answering,
      fetch: async (input, init) => {
        if (typeof input === 'string' && input.includes('scope=global'))
          return Response.json({ status: 'error' }, { status: 403 });
        return answering.fetch(input, init);
      },
    };
    const empty = { mem: null, disk: null, sessions: null, setupRate: null };
    expect(await run(plugin, 'resource_usage', context)).toEqual([
      { ts: '2026-05-04T10:00:00.000Z', cpu: 12, ...empty },
    ]);
  });

  test('one VDOM of several refuses: the others are told', async () => {
    const envelopes = [
      { status: 'success', vdom: 'a', results: { p1: { link: true } } },
      { status: 'error', http_status: 403, vdom: 'b' },
    ];
    const context = { ...device([]), fetch: async () => Response.json(envelopes) };
    expect(await run(plugin, 'interfaces', context)).toMatchObject([{ vdom: 'a', name: 'p1' }]);
  });
});
