// The simulator keeps the vendor's promises, the unpleasant ones too.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createJiraSimulator, type JiraSimulator } from '../simulator/server.ts';
import { startSite } from './site.ts';

async function call(site: JiraSimulator, path: string, body?: unknown): Promise<{ status: number; json: unknown }> {
  const response = await fetch(site.url + path, {
    headers: { authorization: `Bearer ${site.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, json: isJson ? JSON.parse(text) : text };
}

test('the same seed and time make the same site, another seed another', async () => {
  await using one = await startSite({ seed: 3, issues: 50 });
  await using same = await startSite({ seed: 3, issues: 50, deployment: 'dc' });
  await using other = await startSite({ seed: 4, issues: 50 });
  expect(same.issues).toEqual(one.issues);
  expect(same.worklogs).toEqual(one.worklogs);
  expect(other.issues).not.toEqual(one.issues);
});

test.each([
  ['order by key', /Unbounded/],
  ['nope = 1', /Field 'nope' does not exist/],
  ['project = NOPE', /does not exist for the field 'project'/],
  ['created >= "soon"', /Date value/],
  ['created in (1)', /operator 'in' is not supported/],
  ['project in (SOC', /Expecting '\)'/],
  ['project = SOC AND', /Expecting a field name/],
  ['project = "SOC', /not been completed/],
  ['created >= startOfDay()', /Unable to find JQL function/],
  ['project = SOC order by a,b,c,d,e,f,g,h', /more than 7 fields/],
])('Cloud refuses the JQL %j', async (jql, message) => {
  await using site = await startSite({ issues: 5 });
  const { status, json } = await call(site, '/rest/api/3/search/jql', { jql });
  expect(status).toBe(400);
  expect(json).toEqual({ errorMessages: [expect.stringMatching(message)], errors: {} });
});

test('Cloud refuses unknown properties, foreign tokens and the removed search', async () => {
  await using site = await startSite({ issues: 200 });
  const jql = 'created >= -120d';
  const refused = async (body: object): Promise<number> => (await call(site, '/rest/api/3/search/jql', body)).status;
  expect(await refused({ jql, startAt: 0 })).toBe(400);
  expect(await refused({ jql, fields: 'summary' })).toBe(400);
  expect(await refused({ jql, nextPageToken: 'abc' })).toBe(400);
  expect((await call(site, '/rest/api/3/search?jql=x')).status).toBe(410);
  expect((await call(site, '/rest/api/2/search', { jql })).status).toBe(410);
});

test('Cloud gives bare ids unless fields are asked for, and shorter pages when they are', async () => {
  await using site = await startSite({ issues: 400 });
  const jql = 'created >= -120d';
  const ids = await call(site, '/rest/api/3/search/jql', { jql, maxResults: 5000 });
  expect(ids.json).toEqual({ issues: site.issues.map(({ id }) => ({ id })).toReversed(), isLast: true });
  const page = await call(site, '/rest/api/3/search/jql', { jql, maxResults: 5000, fields: ['duedate'] });
  expect(page.json).toMatchObject({ isLast: false, nextPageToken: expect.any(String) });
  expect(page.json).toHaveProperty('issues.length', 100);
  expect(page.json).toHaveProperty('issues.0.fields', { duedate: site.issues.at(-1)?.due ?? null });
});

test('Data Center caps the page size and says so, and has no version 3', async () => {
  await using site = await startSite({ deployment: 'dc', issues: 400 });
  const { json } = await call(site, '/rest/api/2/search', { jql: '', maxResults: 1000, fields: ['summary'] });
  expect(json).toMatchObject({ startAt: 0, maxResults: 250, total: 400 });
  expect(json).toHaveProperty('issues.length', 250);
  expect((await call(site, '/rest/api/3/search/jql', { jql: '' })).status).toBe(404);
});

test('relative dates, brackets, NOT and empty fields mean what they mean in Jira', async () => {
  await using site = await startSite({ issues: 500 });
  const count = async (jql: string): Promise<unknown> =>
    (await call(site, '/rest/api/3/search/approximate-count', { jql })).json;
  const now = Date.parse('2026-03-30T09:17:23.456Z');
  const recent = site.issues.filter(({ created }) => created >= now - 10 * 86_400_000);
  expect(await count('created >= -10d')).toEqual({ count: recent.length });
  const either = recent.filter(({ project, assignee }) => project.key === 'SOC' || assignee === null);
  expect(await count('created >= -10d and (project = SOC or assignee is EMPTY)')).toEqual({ count: either.length });
  const notHigh = site.issues.filter(({ priority }) => priority !== null && priority !== 'High');
  expect(await count('priority != High')).toEqual({ count: notHigh.length });
  const notIn = site.issues.filter(({ project }) => project.key !== 'SOC' && project.key !== 'NET');
  expect(await count('not project in (SOC, "Network \\"Care\\"")')).toEqual({ count: notIn.length });
});

test('a program started from the command line serves, takes faults by HTTP and ends on SIGTERM', async () => {
  const file = fileURLToPath(new URL('../simulator/main.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    [file, '--port', '0', '--deployment', 'dc', '--issues', '20', '--fault', '503'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  try {
    const [line] = await once(createInterface(child.stdout), 'line');
    const { url }: { url: string } = JSON.parse(String(line));
    expect((await fetch(`${url}/rest/api/2/serverInfo`)).status).toBe(503);
    const post = (faults: string[]): Promise<Response> =>
      fetch(`${url}/__simulator/faults`, { method: 'POST', body: JSON.stringify({ faults }) });
    expect((await post(['nope'])).status).toBe(400);
    expect((await post([])).status).toBe(200);
    const info = await fetch(`${url}/rest/api/2/serverInfo`);
    expect(await info.json()).toMatchObject({ deploymentType: 'Server' });
    const log = await fetch(`${url}/__simulator/requests`);
    expect(await log.json()).toEqual({
      counts: { 'GET /rest/api/2/serverInfo': 2 },
      requests: [503, 200].map((status) => ({ method: 'GET', path: '/rest/api/2/serverInfo', status })),
    });
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
  } finally {
    child.kill('SIGKILL');
  }
});

test('closing twice and with calls under way is fine', async () => {
  const site = await createJiraSimulator({ issues: 5, faults: ['hang'] });
  const pending = fetch(`${site.url}/rest/api/2/serverInfo`).catch((error: unknown) => error);
  await expect.poll(() => site.requests.length).toBe(1);
  await site.close();
  await site.close();
  expect(await pending).toBeInstanceOf(TypeError);
});
