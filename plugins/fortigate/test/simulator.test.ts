import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { FAULTS } from '../simulator/faults.ts';
import { startSimulator, TOKEN } from './harness.ts';

const headers = { authorization: `Bearer ${TOKEN}` };

async function ask(
  url: string,
  path: string,
  init: RequestInit = { headers },
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${url}/api/v2/${path}`, init);
  const text = await response.text();
  const isJson = response.headers.get('content-type') === 'application/json';
  return { status: response.status, body: isJson ? JSON.parse(text) : text };
}

test('all VDOMs come as an array, one as an object, an unknown one as an error', async () => {
  await using simulator = await startSimulator();
  const all = await ask(simulator.url, 'monitor/system/interface?vdom=*');
  expect(all.body).toMatchObject([{ vdom: 'root' }, { vdom: 'FG-traffic' }, { vdom: 'dmz' }, { vdom: 'guest' }]);
  const one = await ask(simulator.url, 'monitor/system/interface?vdom=dmz');
  expect(one.body).toMatchObject({ vdom: 'dmz', status: 'success', path: 'system', name: 'interface' });
  const none = await ask(simulator.url, 'monitor/system/interface?vdom=vd1');
  expect(none).toMatchObject({ status: 403, body: { status: 'error', http_status: 403, vdom: 'vd1', action: '' } });
});

test('four VDOMs have 200 policies each by default, the implicit deny included', async () => {
  await using simulator = await startSimulator({ policies: 200 });
  expect(simulator.device.vdoms.map((vdom) => vdom.policies.length)).toEqual([200, 200, 200, 200]);
  expect(simulator.device.vdoms[0]?.policies[0]?.policyid).toBe(0);
});

test('a seed gives the same device again, another seed another', async () => {
  await using first = await startSimulator({ seed: 5 });
  await using again = await startSimulator({ seed: 5 });
  await using other = await startSimulator({ seed: 6 });
  expect(again.device).toEqual(first.device);
  expect(other.device).not.toEqual(first.device);
});

test('the token in the query is refused from 7.4.5, with HTML', async () => {
  for (const [version, status, start] of [
    ['7.4.4', 200, '{'],
    ['7.4.5', 401, '"<!DOCTYPE HTML'],
  ] as const) {
    await using simulator = await startSimulator({ version });
    const answer = await ask(simulator.url, `monitor/system/status?access_token=${TOKEN}`, {});
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body).startsWith(start)).toBe(true);
    expect(JSON.stringify(simulator.requests)).not.toContain(TOKEN);
  }
});

test('five wrong tokens lock the source out, and each call during the lock starts it anew, twice as long', async () => {
  let now = 1_000_000;
  await using simulator = await startSimulator({ now: () => now, lockMs: 60_000 });
  const wrong = { headers: { authorization: TOKEN } };
  for (let tries = 0; tries < 5; tries += 1) {
    expect((await ask(simulator.url, 'monitor/system/status', wrong)).status).toBe(401);
  }
  expect(simulator.lockedUntil * 1000 - now).toBe(60_000);
  now += 59_000;
  expect((await ask(simulator.url, 'monitor/system/status')).status).toBe(429);
  expect(simulator.lockedUntil * 1000 - now).toBe(120_000);
  now += 119_000;
  expect((await ask(simulator.url, 'monitor/system/status')).status).toBe(429);
  expect(simulator.lockedUntil * 1000 - now).toBe(240_000);
  now += 241_000;
  expect((await ask(simulator.url, 'monitor/system/status')).status).toBe(200);
});

const PATHS = [
  ['monitor/system/interface/select', 200, 200, 404],
  ['monitor/firewall/session', 200, 200, 404],
  ['monitor/firewall/sessions', 404, 404, 200],
  ['monitor/firewall/policy6', 200, 404, 404],
  ['monitor/vpn/ssl', 200, 200, 404],
  ['monitor/web-ui/state', 200, 404, 404],
  ['monitor/system/ha-peer', 404, 200, 200],
] as const;

test.each(PATHS)('%s answers %i, %i, %i on 6.0, 7.2 and 7.6', async (path, ...statuses) => {
  for (const [index, version] of ['6.0.6', '7.2.5', '7.6.5'].entries()) {
    await using simulator = await startSimulator({ version });
    expect((await ask(simulator.url, path)).status).toBe(statuses[index]);
  }
});

test('fields are named as the version names them', async () => {
  const as = [];
  for (const version of ['6.0.6', '7.2.5', '7.6.5']) {
    await using simulator = await startSimulator({ version });
    const bgp = await ask(simulator.url, 'monitor/router/bgp/neighbors');
    const sums = await ask(simulator.url, 'monitor/system/ha-checksums');
    as.push([
      JSON.stringify(bgp.body).includes('"remote_as":"64500"'),
      JSON.stringify(sums.body).includes('is_manage_primary'),
    ]);
  }
  expect(as).toEqual([
    [false, false],
    [true, true],
    [true, true],
  ]);
});

test('faults are set, changes are made and requests are read over HTTP', async () => {
  await using simulator = await startSimulator();
  const own = (method: string, path: string, body?: object): Promise<Response> => {
    return fetch(`${simulator.url}/__simulator/${path}`, { method, body: JSON.stringify(body) });
  };
  expect((await own('POST', 'faults', { faults: ['500'] })).status).toBe(200);
  expect((await ask(simulator.url, 'monitor/system/status')).status).toBe(500);
  expect((await own('POST', 'faults', { faults: ['gravity'] })).status).toBe(400);
  expect([...simulator.faults]).toEqual(['500']);
  const path = '/api/v2/monitor/system/status';
  expect(await (await own('GET', 'requests')).json()).toEqual({
    requests: [{ method: 'GET', path, query: '', status: 500 }],
    counts: { [path]: 1 },
    peakInFlight: 1,
  });
  expect((await own('DELETE', 'requests')).status).toBe(200);
  expect(simulator.requests).toEqual([]);
  expect((await own('POST', 'changes', { change: 'remove-vdom', vdom: 'dmz' })).status).toBe(200);
  expect(simulator.device.vdoms.map((vdom) => vdom.name)).toEqual(['root', 'FG-traffic', 'guest']);
  expect((await own('POST', 'changes', { change: 'remove-vdom', vdom: 'dmz' })).status).toBe(400);
  expect((await own('POST', 'changes', { change: 'explode' })).status).toBe(400);
});

test('the certificate is self-signed: nobody trusts it but who was given it', async () => {
  await using simulator = await startSimulator({ tls: true });
  const { certPem, fingerprint256 } = simulator.certificate ?? { certPem: '', fingerprint256: '' };
  const url = `${simulator.url}/api/v2/monitor/system/status`;
  await expect(fetch(url, { headers })).rejects.toMatchObject({ cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
  const [response] = await once(get(url, { headers, ca: certPem }), 'response');
  expect(response.statusCode).toBe(200);
  expect(response.socket.getPeerCertificate().fingerprint256).toBe(fingerprint256);
  response.destroy();
});

test('every fault is told by --help and in the README', async () => {
  const main = fileURLToPath(new URL('../simulator/main.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [main, '--help']);
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  for (const name of Object.keys(FAULTS)) {
    expect(stdout).toMatch(new RegExp(`^ {2}${name} +\\S`, 'm'));
    expect(readme).toContain(`\`${name}\``);
  }
});

test('the program prints its URL, serves, and ends on SIGTERM', async () => {
  const main = fileURLToPath(new URL('../simulator/main.ts', import.meta.url));
  const args = [main, '--version', '7.2.5', '--vdoms', '5', '--policies', '3', '--seed', '9', '--token', TOKEN];
  const child = spawn(process.execPath, [...args, '--fault', '404-sdwan'], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    const { url } = JSON.parse(String(line));
    expect((await ask(url, 'cmdb/firewall/policy?vdom=*')).body).toHaveLength(5);
    expect((await ask(url, 'monitor/virtual-wan/health-check')).status).toBe(404);
  } finally {
    child.kill('SIGTERM');
  }
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
});
