// The plugin in a whole host: the real sandbox, the real gateway, and what the device is asked through them.
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { QueryResult } from '@jackfield/schemas';
import { buildPlugin } from '@jackfield/sdk/cli';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../../host/src/limits.ts';
import type { SandboxRun } from '../../../host/src/sandbox/index.ts';
import { startGateway } from '../../../tests/gateway/support/setup.ts';
import { server, type TestDatabase } from '../../../tests/support/databases.ts';
import { startTestHost, type TestHost } from '../../../tests/support/host.ts';
import type { TestPlugin } from '../../../tests/support/plugins.ts';
import { expectProblem } from '../../../tests/support/problem.ts';
import { runWork, testSandbox } from '../../../tests/support/sandbox.ts';
import { addTokens } from '../../../tests/support/tokens.ts';
import { createFortiGateSimulator, type FortiGateSimulator } from '../simulator/simulator.ts';
import { QUERY_IDS, TOKEN } from './harness.ts';

/** A copy, so that building it disturbs nobody who uses the package's own dist. */
async function buildCopy(): Promise<TestPlugin> {
  const own = join(import.meta.dirname, '..');
  const cache = join(own, '../../node_modules/.cache/jackfield-tests');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'fortigate-'));
  for (const name of ['src', 'package.json']) await cp(join(own, name), join(folder, name), { recursive: true });
  const { manifest } = await buildPlugin(folder);
  const version = {
    manifest,
    package: '@jackfield/plugin-fortigate',
    bundleFile: join(folder, 'dist/plugin.js'),
    hosts: [],
    memoryMb: undefined,
    isolation: 'plugin' as const,
  };
  return { folder, version, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

const HOUR = 3_600_000;

/** No stream is read by itself: tests count what the device is asked. */
const quiet = { ...defaultLimits.sync, tick: HOUR };

let plugin: TestPlugin;
let place: TestDatabase;
let running: TestHost;
let tokens: Readonly<Record<string, string>>;
let simulator: FortiGateSimulator;
let id: string;
let count = 0;

beforeAll(async () => {
  plugin = await buildCopy();
  place = await server.open();
  tokens = await addTokens(place);
  running = await startTestHost(place, { plugins: [plugin], limits: { sync: quiet } });
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
  await plugin[Symbol.asyncDispose]();
});

async function connect(config: object, tls: boolean): Promise<void> {
  simulator = await createFortiGateSimulator({ token: TOKEN, policies: 20, tls, slowMs: 40 });
  id = `fw-${(count += 1)}`;
  const whole = { baseUrl: simulator.url, apiToken: TOKEN, ...config };
  const { status, body } = await running.api.call('POST', '/api/instances', {
    ...{ id, plugin: 'fortigate', name: id, config: whole },
  });
  expect(status, JSON.stringify(body)).toBe(201);
}

const run = (query: string, params: object = {}, role = 'admin'): Promise<Response> => {
  const init = { headers: { authorization: `Bearer ${tokens[role]}` } };
  return running.api.send('POST', `/api/instances/${id}/queries/${query}`, { params }, init);
};

describe('over HTTPS with a self-signed certificate', () => {
  beforeEach(({ onTestFinished }) => onTestFinished(() => simulator.close()));

  test('the failure shows the fingerprint, and with it pinned the device answers', async () => {
    await connect({}, true);
    const problem = await expectProblem(await run('interfaces'), 503, 'vendor_unavailable');
    const { fingerprint256, certPem } = simulator.certificate ?? { fingerprint256: '', certPem: '' };
    expect(problem.detail).toContain(fingerprint256);
    expect(simulator.requests).toEqual([]);
    for (const tls of [{ fingerprint256 }, { caPem: certPem }, { verify: false }]) {
      const config = { baseUrl: simulator.url, apiToken: TOKEN, tls };
      const other = `fw-${(count += 1)}`;
      await running.api.call('POST', '/api/instances', { id: other, plugin: 'fortigate', name: other, config });
      id = other;
      expect((await run('interfaces')).status).toBe(200);
    }
  });
});

describe('over HTTP', () => {
  beforeEach(async ({ onTestFinished }) => {
    await connect({}, false);
    onTestFinished(() => simulator.close());
  });

  test('ten queries at once have at most two requests in flight', async () => {
    simulator.faults.add('slow');
    const answers = await Promise.all(QUERY_IDS.map((query) => run(query)));
    expect(answers.map(({ status }) => status)).toEqual(QUERY_IDS.map(() => 200));
    expect(simulator.peakInFlight).toBe(2);
  });

  test.each([
    ['401', 'auth_failed'],
    ['lockout', 'rate_limited'],
  ] as const)('%s is %s after exactly one request, which the gateway does not repeat', async (fault, code) => {
    simulator.faults.add(fault);
    const response = await run('policy_top');
    await expectProblem(response, response.status, code);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(simulator.requests).toHaveLength(1);
  });

  test('the custom query is for engineers; its columns come with the answer', async () => {
    const params = { path: '/api/v2/cmdb/firewall/address', vdom: 'root' };
    await expectProblem(await run('get', params, 'user'), 403, 'permission_denied');
    expect(simulator.requests).toEqual([]);
    const response = await run('get', params, 'engineer');
    expect(await response.json()).toMatchObject({
      columns: [
        { name: 'vdom', type: 'string' },
        { name: 'name', type: 'string' },
        ...Array.from({ length: 6 }, () => ({})),
      ],
      rows: [
        { name: 'all', color: '0' },
        { name: 'office', tagging: [{ category: 'site' }] },
      ],
      meta: { rowCount: 2 },
    });
  });

  test('a widget shows each client its own VDOM, and a parameter that is no VDOM asks for nothing', async () => {
    const { call } = running.api;
    await call('POST', '/api/clients', { id, name: id });
    await call('PATCH', `/api/instances/${id}`, { clientId: id });
    const widget = {
      id,
      plugin: 'fortigate',
      template: 'interfaces',
      params: { vdom: '${client.vdom}' },
      instances: [id],
    };
    expect((await call('POST', '/api/widgets', widget)).status).toBe(201);
    const look = async (vdom: string): Promise<QueryResult> => {
      await call('PUT', `/api/clients/${id}/parameters`, { vdom });
      return (await call<QueryResult>('GET', `/api/widgets/${id}/data`)).body;
    };
    const { rows } = await look('dmz');
    expect(new Set(rows.map(({ vdom }) => vdom))).toEqual(new Set(['dmz']));
    const asked = simulator.requests.length;
    for (const hostile of ['dmz&scope=global', 'dmz#', '../root', 'dmz root', '%2a', '']) {
      const { rows: none, meta } = await look(hostile);
      expect(none).toEqual([]);
      expect(meta?.instances?.[0]?.error, hostile).toMatchObject({ code: 'params_invalid' });
    }
    expect(simulator.requests).toHaveLength(asked);
  });

  test('every stream runs in a thread: its steps come out as the host takes them', async () => {
    await using sandbox = testSandbox();
    await using gateway = await startGateway();
    const credentials = { type: 'bearer', token: TOKEN } as const;
    for (const [stream, { columns, primaryKey }] of Object.entries(plugin.version.manifest.streams ?? {})) {
      const work = { kind: 'stream', id: stream, cursor: null, columns, primaryKey } as const;
      const openGateway = () =>
        gateway.gateway.openRun(
          { runId: `run-${stream}`, plugin: 'fortigate' },
          connectionTo(simulator.url, credentials),
        );
      const run = runWork(sandbox, plugin.version, work, { baseUrl: simulator.url, openGateway });
      const [rows, ops] = await readSteps(run);
      expect(rows.length, stream).toBeGreaterThan(0);
      expect(ops.at(-1), stream).toBe(stream === 'licences' ? 'complete' : 'checkpoint');
    }
    expect(simulator.peakInFlight).toBeLessThanOrEqual(2);
  });

  describe('the webhook', () => {
    const deliver = (secret: string, event: object): Promise<Response> => {
      return fetch(`${running.url}/api/instances/${id}/routes/automation`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-jackfield-secret': secret },
        body: JSON.stringify(event),
      });
    };
    const SECRET = 'the secret of the automation stitch';
    const EVENT = { logid: '0100020099', vd: 'dmz', eventtime: '1764080000000000000' };

    test('is closed while no secret is set', async () => {
      expect((await deliver(SECRET, EVENT)).status).toBe(403);
    });

    test('changes rows for who has the secret; the same body is refused right after', async () => {
      await running.api.call('PATCH', `/api/instances/${id}`, { config: { webhookSecret: SECRET } });
      expect((await deliver('another secret of that length, maybe', EVENT)).status).toBe(403);
      expect(simulator.requests).toEqual([]);
      simulator.change({ change: 'link', vdom: 'dmz', name: 'wan2', up: false });
      const answer = await deliver(SECRET, EVENT);
      expect([answer.status, await answer.json()]).toEqual([200, { refreshed: ['interfaces'] }]);
      expect(simulator.requests.map(({ path }) => path.replace('/api/v2/', ''))).toEqual([
        'monitor/system/status',
        'monitor/system/interface',
      ]);
      expect((await deliver(SECRET, EVENT)).status).toBe(409);
      const where = [{ column: 'vdom', op: 'eq', value: 'dmz' }];
      const view = { stream: 'interfaces', where, orderBy: [{ column: 'name' }] };
      const preview = { plugin: 'fortigate', view, instances: [id] };
      const { body } = await running.api.call<QueryResult>('POST', '/api/widgets/preview', preview);
      expect(body.rows.map(({ name, link }) => [name, link])).toEqual([
        ['lan2', true],
        ['spare2', false],
        ['vlan-210', true],
        ['wan2', false],
      ]);
    });
  });
});

test(
  'a wrong token is tried once, although eight streams, a dashboard and the check want to read',
  { timeout: 90_000 },
  async () => {
    await using device = await createFortiGateSimulator({ token: TOKEN });
    await using own = await server.open();
    await using host = await startTestHost(own, { plugins: [plugin], limits: defaultLimits });
    const config = { baseUrl: device.url, apiToken: 'a token that was withdrawn' };
    await host.api.call('POST', '/api/instances', { id: 'fw', plugin: 'fortigate', name: 'fw', config });
    for (const template of ['interfaces', 'tunnels', 'vpn_users', 'device'])
      await host.api.call('POST', '/api/widgets', {
        plugin: 'fortigate',
        template,
        id: template.replace('_', '-'),
        instances: 'all',
      });
    const paused = async (): Promise<number> => {
      for (const widget of ['interfaces', 'tunnels', 'vpn-users', 'device'])
        await host.api.send('GET', `/api/widgets/${widget}/data`);
      const { body } = await host.api.call<{ jobs: { paused: object | null }[] }>('GET', '/api/instances/fw/sync-jobs');
      return body.jobs.filter((job) => job.paused !== null).length;
    };
    await expect.poll(paused, { timeout: 60_000, interval: 500 }).toBe(8);
    expect(device.requests.map(({ status }) => status)).toEqual([401]);
  },
);

function connectionTo(baseUrl: string, credentials: { type: 'bearer'; token: string }) {
  return { instanceId: 'test', revision: 1, baseUrl, hosts: [], credentials };
}

/** The rows of a stream's run, and what its other chunks say. */
async function readSteps(run: SandboxRun): Promise<readonly [rows: object[], ops: string[]]> {
  const rows: object[] = [];
  const ops: string[] = [];
  for (let chunk = await run.next(); chunk !== null; chunk = await run.next()) {
    if (chunk.op !== undefined) ops.push(chunk.op.kind);
    const lines = Buffer.from(chunk.bytes).toString('utf8').split('\n');
    rows.push(...lines.filter((line) => line !== '').map((line): object => JSON.parse(line)));
  }
  expect((await run.result).problem).toBeUndefined();
  return [rows, ops];
}
