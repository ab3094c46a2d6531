// The plugin in a whole host: the real sandbox, the real gateway, and what the device is asked through them.
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildPlugin } from '@jackfield/sdk/cli';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { embedded, type TestDatabase } from '../../../tests/support/databases.ts';
import { startTestHost, type TestHost } from '../../../tests/support/host.ts';
import type { TestPlugin } from '../../../tests/support/plugins.ts';
import { expectProblem } from '../../../tests/support/problem.ts';
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
  const version = { manifest, package: '@jackfield/plugin-fortigate', bundleFile: '', hosts: [], memoryMb: undefined };
  return { folder, version, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

let plugin: TestPlugin;
let place: TestDatabase;
let running: TestHost;
let tokens: Readonly<Record<string, string>>;
let simulator: FortiGateSimulator;
let id: string;
let count = 0;

beforeAll(async () => {
  plugin = await buildCopy();
  place = await embedded.open();
  tokens = await addTokens(place);
  running = await startTestHost(place, { plugins: [plugin] });
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
});
