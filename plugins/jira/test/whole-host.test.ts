// What the parts do together: the site, the plugin, sync, webhook, widgets, clients and roles of one host.
import type { QueryResult } from '@jackfield/schemas';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createJiraSimulator, type JiraSimulator } from '../simulator/server.ts';
import { startOwnHost, type OwnHost } from './own-host.ts';

const SECRET = 'a-secret-of-some-length';

let site: JiraSimulator;
let host: OwnHost;
beforeAll(async () => {
  site = await createJiraSimulator({ issues: 60 });
  host = await startOwnHost({ sync: true });
  const config = { baseUrl: site.url, email: site.email, apiToken: site.token, webhookSecret: SECRET };
  for (const [client, jiraProject] of [
    ['acme', 'SOC'],
    ['globex', 'NET'],
  ] as const) {
    await host.call('POST', '/api/clients', { id: client, name: client });
    await host.call('PUT', `/api/clients/${client}/parameters`, { jiraProject });
    await host.add(`${client}-jira`, config, client);
  }
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  await site.close();
});

async function makeWidget(widget: object): Promise<string> {
  const { status, body } = await host.as('engineer').call<{ id: string }>('POST', '/api/widgets', widget);
  expect(status, JSON.stringify(body)).toBe(201);
  return body.id;
}

async function rowsOf(widget: string): Promise<QueryResult['rows']> {
  const { status, body } = await host.as('user').call<QueryResult>('GET', `/api/widgets/${widget}/data`);
  expect(status, JSON.stringify(body)).toBe(200);
  expect(body.meta?.instances?.map(({ state }) => state)).not.toContain('failed');
  return body.rows;
}

test('a JQL that an engineer has saved finds for each client what its own parameters say, and users see it', async () => {
  const params = { jql: 'project = ${client.jiraProject} AND statusCategory != Done', fields: ['key'], limit: 5000 };
  const widget = await makeWidget({ plugin: 'jira', query: 'jql', params, instances: 'all' });
  const found = (instance: string, project: string): object[] =>
    site
      .search(`project = ${project} AND statusCategory != Done`)
      .map(({ key }) => ({ instance, key }))
      .toSorted(byKey);
  const rows = (await rowsOf(widget)).toSorted(byKey);
  expect(found('acme-jira', 'SOC').length).toBeGreaterThan(0);
  expect(rows.filter(({ instance }) => instance === 'acme-jira')).toEqual(found('acme-jira', 'SOC'));
  expect(rows.filter(({ instance }) => instance === 'globex-jira')).toEqual(found('globex-jira', 'NET'));
  const own = { params: { jql: 'created is not EMPTY' } };
  expect((await host.as('user').call('POST', `/api/widgets/${widget}/data`, own)).status).toBe(403);
});

test('a parameter of a client that means more than a name finds nothing more', async () => {
  await host.call('POST', '/api/clients', { id: 'mallory', name: 'Mallory' });
  await host.call('PUT', '/api/clients/mallory/parameters', { jiraProject: 'SOC" OR project = "NET' });
  await host.add('mallory-jira', { baseUrl: site.url, email: site.email, apiToken: site.token }, 'mallory');
  const params = { jql: 'project = ${client.jiraProject}', fields: ['key'] };
  const asked = { plugin: 'jira', query: 'jql', params, instances: { clientId: 'mallory' } };
  const { body } = await host.as('engineer').call<QueryResult>('POST', '/api/widgets/preview', asked);
  expect(body.rows).toEqual([]);
  await host.call('DELETE', '/api/instances/mallory-jira');
});

test('what is synced, told by a webhook, and counted as gone is what a widget shows', { timeout: 60_000 }, async () => {
  const view = { stream: 'issues', measures: [{ name: 'tickets', fn: 'count' }] };
  const widget = await makeWidget({ plugin: 'jira', view, instances: ['acme-jira'] });
  const tickets = async (): Promise<unknown> => (await rowsOf(widget))[0]?.['tickets'] ?? 0;
  await expect.poll(tickets, { timeout: 40_000, interval: 250 }).toBe(site.issues.length);

  const issue = site.changes.create('SOC', { summary: 'Told by the webhook' });
  const { headers, body } = site.webhook('created', issue, { secret: SECRET });
  const url = `${host.url}/api/instances/acme-jira/routes/webhook`;
  const answer = await fetch(url, { method: 'POST', headers: { ...headers }, body });
  expect(answer.status).toBe(200);
  expect(await tickets()).toBe(site.issues.length);

  // Nobody tells of this one.
  site.changes.remove(issue.id);
  expect(await tickets()).toBe(site.issues.length + 1);
  await host.call('POST', '/api/instances/acme-jira/sync-jobs/issues/run?kind=census');
  await expect.poll(tickets, { timeout: 40_000, interval: 250 }).toBe(site.issues.length);
});

function byKey(a: object, b: object): number {
  return String((a as { key: unknown }).key).localeCompare(String((b as { key: unknown }).key));
}
