// Answers of real devices. They are not part of this package: JACKFIELD_FIXTURES names the folder that has them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '@jackfield/sdk';
import { describe, expect, test } from 'vitest';
import {
  collect,
  contextFor,
  freshPlugin,
  NOW,
  pathOf,
  QUERY_IDS,
  queryOf,
  run,
  STREAM_IDS,
  type Row,
} from './harness.ts';
import { engineOf } from './stream-engine.ts';

const root = process.env['JACKFIELD_FIXTURES'] ?? '';
const folder = join(root, 'fortigate');

const READS = [...QUERY_IDS.map((id) => ['query', id] as const), ...STREAM_IDS.map((id) => ['stream', id] as const)];

const FILES: Readonly<Record<string, string>> = {
  'monitor/system/status': 'status.json',
  'monitor/system/resource/usage': 'usage.json',
  'monitor/system/interface': 'interface.json',
  'monitor/firewall/policy': 'fw-policy-v4.json',
  'cmdb/firewall/policy': 'fw-policy-config.json',
  'monitor/vpn/ipsec': 'ipsec.json',
  'monitor/vpn/ssl': 'vpn.json',
  'monitor/license/status': 'license-61f-full.json',
  'monitor/system/ha-statistics': 'ha-statistics.json',
  'monitor/system/ha-checksums': 'ha-checksum.json',
  'monitor/virtual-wan/health-check': 'virtual_wan_health_check.json',
  'monitor/system/link-monitor': 'link-monitor.json',
  'monitor/firewall/policy6': 'fw-policy-v6.json',
  'monitor/system/time': 'system-time.json',
  'monitor/system/available-certificates': 'available-certificates.json',
  'monitor/vpn/ssl/stats': 'vpn-stats.json',
  'monitor/log/current-disk-usage': 'log-current-disk-usage.json',
  'monitor/log/device/state': 'log-device-state.json',
  'monitor/wifi/managed_ap': 'wifi-managed-ap.json',
  'cmdb/system/ha': 'ha-config.json',
};

/** A device that answers with the recorded files; `other` replaces some of them. */
function recorded(other: Readonly<Record<string, string>> = {}): Context {
  const files = { ...FILES, ...other };
  return {
    ...contextFor('http://recorded'),
    fetch: async (input) => {
      const file = files[pathOf(input)];
      return file === undefined
        ? new Response('{}', { status: 404 })
        : new Response(readFileSync(join(folder, file), 'utf8'));
    },
  };
}

async function rowsOf(id: string, other?: Readonly<Record<string, string>>): Promise<Row[]> {
  return run(await freshPlugin(), id, recorded(other));
}

describe.skipIf(root === '')('answers of real devices', () => {
  test('the folder has them, and no others', () => {
    const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
    expect(names.toSorted()).toEqual(Object.values(FILES).toSorted());
  });

  const COUNTS = [
    ['system_status', 1],
    ['resource_usage', 20],
    ['interfaces', 16],
    ['policy_top', 5],
    ['policy_unused', 2],
    ['vpn_ipsec', 2],
    ['vpn_users', 3],
    ['licences', 26],
    ['ha_status', 4],
    ['sdwan_health', 3],
  ] as const;

  test.each(COUNTS)('give %s valid rows: %i', async (id, count) => {
    expect(await rowsOf(id)).toHaveLength(count);
  });

  test('the counters of IPv6 policies are read as well', async () => {
    const rows = await rowsOf('policy_top', { 'monitor/firewall/policy': 'fw-policy-v6.json' });
    expect(rows[0]).toMatchObject({ vdom: 'FG-traffic', policyid: 1, bytes: 1000, packets: 2000, hits: 11_000 });
  });

  test('a counter beyond 2^53 does not spoil the other rows', async () => {
    const rows = await rowsOf('interfaces');
    expect(rows.find((row) => row['name'] === 'internal5')).toMatchObject({ tx: 646_871_259_820_000_000, link: false });
  });

  test('memory, sampled three seconds early, stands beside CPU', async () => {
    const rows = await rowsOf('resource_usage');
    expect(rows.at(-1)).toMatchObject({
      ts: '2020-05-25T15:05:30.000Z',
      cpu: 0,
      mem: 75,
      disk: 1,
      sessions: 4,
      setupRate: 0,
    });
  });

  test('unused policies are named by the configuration; one with open sessions is in use, one without counters is not', async () => {
    const rows = await rowsOf('policy_unused');
    expect(rows.map((row) => [row['vdom'], row['policyid'], row['name'], row['status'], row['lastUsed']])).toEqual([
      ['FG-traffic', 2, 'ping', 'enable', null],
      ['FG-traffic', 3, 'disabled ping', 'disable', null],
    ]);
  });

  test('an expired licence has a date, one without a contract has none', async () => {
    const rows = await rowsOf('licences');
    const daysLeft = Math.floor((1_589_846_400 - NOW) / 86_400);
    expect(rows).toContainEqual({
      service: 'antispam',
      status: 'expired',
      expires: '2020-05-19',
      daysLeft,
      version: null,
      lastUpdate: null,
    });
    expect(rows.find((row) => row['service'] === 'antivirus')).toMatchObject({ status: 'no_license', expires: null });
    expect(rows.find((row) => row['service'] === 'forticare.hardware')).toMatchObject({ expires: '2021-05-22' });
  });

  const STREAM_COUNTS = [
    ['system', 1],
    ['interfaces', 16],
    ['traffic', 16],
    ['policies', 3],
    // Three policies and the implicit deny of the other VDOM, and the three of IPv6 that traffic has matched.
    ['policy_stats', 7],
    ['vpn_tunnels', 2],
    ['licences', 26],
    ['ha', 4],
  ] as const;

  test.each(STREAM_COUNTS)(
    'give the stream %s valid rows: %i, and none is lost or doubled by reading again',
    async (id, count) => {
      const engine = engineOf(await freshPlugin(), id);
      expect((await engine.sync(recorded())).error).toBeUndefined();
      expect(engine.rows()).toHaveLength(count);
      const again = await engine.sync(recorded());
      expect(again).toMatchObject({
        updated: 0,
        deleted: [],
        inserted: engine.stream.deletion === 'never' ? count : 0,
      });
    },
  );

  test.each(Object.keys(FILES))('%s makes a table of what stands in it', async (path) => {
    const query = queryOf(await freshPlugin(), 'get');
    const { columns, rows } = await collect(query, recorded(), { vdom: '*', limit: 1000, path });
    expect(Object.keys(columns)[0]).toBe('vdom');
    const body: unknown = JSON.parse(readFileSync(join(folder, FILES[path] ?? ''), 'utf8'));
    const envelopes = (Array.isArray(body) ? body : [body]) as { results: object }[];
    expect(rows.length > 0).toBe(envelopes.some(({ results }) => Object.keys(results).length > 0));
  });

  test.each(READS)(
    'each answer in turn missing, refused or not set up leaves the %s %s rows or a failure with a name',
    async (kind, id) => {
      const plugin = await freshPlugin();
      for (const status of [403, 404, 424]) {
        for (const absent of Object.keys(FILES).filter((path) => path !== 'monitor/system/status')) {
          const context = without(absent, status);
          const work = kind === 'query' ? run(plugin, id, context) : engineOf(plugin, id).sync(context);
          const outcome = await work.then((done) => ('error' in done ? codeOfError(done.error) : 'rows'), codeOfError);
          expect(['rows', 'permission_denied'], `${absent} ${status}`).toContain(outcome);
        }
      }
    },
  );
});

function codeOfError(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : error;
}

/** The recorded device without one of its endpoints. */
function without(path: string, status: number): Context {
  const device = recorded();
  return {
    ...device,
    fetch: async (input, init) => {
      if (pathOf(input) !== path) return device.fetch(input, init);
      return Response.json({ status: 'error', http_status: status }, { status });
    },
  };
}
