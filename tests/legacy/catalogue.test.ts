// Every line of the catalogue of the old world, quoted, and where it has gone: on a host that has the old tables, is told to import them, and
// goes the whole way to the plugins, back, and there again.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Difference } from '../../host/src/legacy/index.ts';
import { createJiraSimulator, type JiraSimulator } from '../../plugins/jira/simulator/server.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import type { TestHost } from '../support/host.ts';
import { countsOf, importOld, startWithPlugins } from './importing.ts';
import { putOldWorld } from './old-world.ts';
import { STEPS } from './support/relay.ts';

type Row = Record<string, unknown> & { readonly id: number };

describe.each(oneOf)('the catalogue on $name', (database) => {
  let place: TestDatabase;
  let running: TestHost;
  let site: JiraSimulator;
  beforeAll(async () => {
    place = await database.open();
    await putOldWorld(place);
    running = await startWithPlugins(place);
    await importOld(running, {});
    site = await createJiraSimulator({ issues: 60 });
  });
  afterAll(async () => {
    await site[Symbol.asyncDispose]();
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });
  const done = async <T = Row>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await running.api.call<T>(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const differences = async (): Promise<Difference[]> => {
    const { plugins } = await done<{ plugins: { differences: Difference[] }[] }>('GET', '/api/legacy/parity');
    return plugins.flatMap((plugin) => plugin.differences);
  };
  const step = async (body: object): Promise<void> => {
    for (const plugin of ['jira', 'fortigate']) await done('PUT', `/api/legacy/modes/${plugin}`, body);
  };
  const instances = async () =>
    (await done<{ instances: { id: string; plugin: string }[] }>('GET', '/api/instances')).instances;
  const counts = async () => [
    (await instances()).length,
    (await done<Row[]>('GET', '/api/external-systems')).length,
    (await done<Row[]>('GET', '/api/external-system-instances')).length,
  ];
  const routes = () => running.host.app.declaredRoutes.map(({ method, url }) => `${method} ${url}`);

  test('`external_systems`: plugin + default instance `<plugin>-default`; `default_mapping` → client parameter templates', async () => {
    expect((await instances()).map(({ id, plugin }) => [plugin, id])).toEqual(
      expect.arrayContaining([
        ['jira', 'jira-default'],
        ['fortigate', 'fortigate-default'],
      ]),
    );
    const { templates } = await done<{ templates: { plugin: string; parameters: object }[] }>(
      'GET',
      '/api/parameter-templates',
    );
    expect(templates.find(({ plugin }) => plugin === 'jira')?.parameters).toMatchObject({
      jiraProjectKey: 'SUP',
      jiraBoardId: 7,
    });
  });

  test('`external_system_instances`: instance; legacy id kept', async () => {
    const rows = await done<Row[]>('GET', '/api/external-system-instances');
    expect(rows.length).toBeGreaterThanOrEqual(4);
    for (const { id } of rows) expect(await done('GET', `/api/external-system-instances/${id}`)).toMatchObject({ id });
  });

  test('GET/POST/PUT/DELETE `/api/external-systems[/:id]`: works during dual write, with `Deprecation`, `Sunset` and `Link` headers and a count of callers', async () => {
    const [before, systems] = await counts();
    await step(STEPS.dual);
    expect(await differences()).toEqual([]);
    expect((await counts()).slice(0, 2)).toEqual([before, systems]);
    const made = await done('POST', '/api/external-systems', { system_name: 'fortigate', display_name: 'New' });
    const { headers } = await running.api.call('PUT', `/api/external-systems/${made.id}`, { display_name: 'Newer' });
    expect([headers.get('deprecation'), headers.get('sunset'), headers.get('link')]).toEqual([
      expect.stringMatching(/^@\d+$/),
      expect.stringMatching(/GMT$/),
      expect.stringContaining('rel="successor-version"'),
    ]);
    await done('DELETE', `/api/external-systems/${made.id}`);
    const { callers } = await done<{ callers: { route: string }[] }>('GET', '/api/legacy/callers');
    expect(callers.map(({ route }) => route)).toContain('DELETE /api/external-systems/:id');
  });

  test('GET `/api/external-system-instances/:id/queries`: the default queries, ten for each first-party plugin', async () => {
    const rows = await done<Row[]>('GET', '/api/external-system-instances');
    const found = new Map<unknown, string[]>();
    for (const row of rows) {
      const { status, body } = await running.api.call<{ id: string }[]>(
        'GET',
        `/api/external-system-instances/${row.id}/queries`,
      );
      if (status === 200)
        found.set(
          body[0]?.id,
          body.map(({ id }) => id),
        );
    }
    expect([...found.keys()].map(String).toSorted()).toEqual(['open_by_status', 'system_status']);
    for (const queries of found.values()) expect(queries).toHaveLength(10);
  });

  test('POST `/api/external-system-instances/:id/query/:queryId` runs it, JSON streamed', async () => {
    const systems = await done<Row[]>('GET', '/api/external-systems');
    const made = await done('POST', '/api/external-system-instances', {
      system_id: systems.find((row) => row['system_name'] === 'jira')?.id,
      ...{ instance_name: 'Simulated', base_url: site.url, auth_type: 'basic' },
      auth_config: { email: site.email, apiToken: site.token },
    });
    const path = `/api/external-system-instances/${made.id}/query`;
    const answer = await running.api.send('POST', `${path}/open_by_status`, {});
    // What is sent while it is made has no length that could be told before.
    const { status, headers } = answer;
    expect([status, headers.get('content-type'), headers.get('transfer-encoding')]).toEqual([
      200,
      expect.stringContaining('application/json'),
      'chunked',
    ]);
    const { rows } = (await answer.json()) as { rows: OpenRow[] };
    expect(countsByStatus(rows)).toEqual(openBySite(site));
    const none = await running.api.call('POST', `${path}/none`);
    expect([none.status, none.body]).toMatchObject([404, { code: 'not_found' }]);
    await done('DELETE', `/api/external-system-instances/${made.id}`);
  });

  test('route snapshot `tests/generated/api-spec.md` is generated from the route registry, the old API in it', async () => {
    const spec = await readFile(join(import.meta.dirname, '../generated/api-spec.md'), 'utf8');
    for (const route of routes().filter((one) => one.includes('/external-'))) {
      const [method = '', url = ''] = route.split(' ');
      expect(spec).toContain(`${method} ${url}`);
    }
  });

  test('integration engine every 5 minutes, and the cron worker: sync jobs', async () => {
    const { jobs } = await done<{ jobs: { everyMs: number | null }[] }>('GET', '/api/instances/jira-default/sync-jobs');
    expect(jobs.length).toBeGreaterThan(0);
    expect(jobs.some(({ everyMs }) => everyMs === 300_000)).toBe(true);
  });

  test('Jira contract reminders via `jira-default`: a scheduled job of the jira plugin', async () => {
    const plugin = running.host.plugins.find(({ name }) => name === 'jira')?.plugin;
    expect(plugin?.manifest.jobs?.['contract_reminders']).toMatchObject({ daysBefore: [90, 60, 30, 14, 7, 1] });
    expect((await instances()).map(({ id }) => id)).toContain('jira-default');
  });

  test('`external_widget_templates`, and dashboard widgets by `system_id`: by `plugin_name`', async () => {
    const { widgets } = await done<{ widgets: { plugin: string }[] }>('GET', '/api/widgets');
    expect(new Set(widgets.map(({ plugin }) => plugin))).toEqual(new Set(['jira', 'fortigate']));
  });

  test('client detail page’s mappings component: client parameters, and widgets that use them', async () => {
    const { clients } = await done<{ clients: { id: string }[] }>('GET', '/api/clients');
    const told = await Promise.all(clients.map(({ id }) => done<object>('GET', `/api/clients/${id}/parameters`)));
    expect(JSON.stringify(told)).toContain('jiraIdentifier');
    await done('POST', '/api/clients', { id: 'newcomer', name: 'Newcomer' });
    await done('POST', '/api/clients/newcomer/external-mappings', { system_name: 'jira', external_identifier: 'NEW' });
    expect(await done('GET', '/api/clients/newcomer/parameters')).toEqual({ jiraIdentifier: 'NEW' });
  });

  test('`logAuditAction()`: audit entries on every change, old API included', async () => {
    const { entries } = await done<{ entries: { action: string }[] }>('GET', '/api/audit?limit=500');
    const actions = entries.map(({ action }) => action);
    expect(actions).toEqual(
      expect.arrayContaining([
        'external-system.create',
        'external-system.change',
        'external-system.delete',
        'legacy.mode',
      ]),
    );
  });

  test('removal of `/external-systems*` after dual write: there, back, and there again, with 0 lost rows and 0 differences', async () => {
    const before = await counts();
    await step(STEPS.ahead);
    await step(STEPS.plugin);
    const gone = await running.api.call('POST', '/api/external-systems', { system_name: 'jira' });
    expect([gone.status, gone.body]).toMatchObject([410, { code: 'gone', next: 'Call POST /api/instances.' }]);
    await done('PATCH', '/api/instances/jira-default', { name: 'Renamed after the end' });
    for (const back of [STEPS.ahead, STEPS.dual, STEPS.legacy]) await step(back);
    expect(await counts()).toEqual(before);
    // The old tables have followed, and what they say has been imported already.
    const { report } = await importOld(running, {});
    expect(countsOf(report)).toMatchObject({ made: 0 });
    for (const on of [STEPS.dual, STEPS.ahead]) await step(on);
    expect(await differences()).toEqual([]);
    const system = (await done<Row[]>('GET', '/api/external-systems')).find(
      (row) => row['system_name'] === 'jira-default',
    );
    expect(system?.['display_name']).toBe('Renamed after the end');
    await step(STEPS.plugin);
    expect((await running.api.call('DELETE', `/api/external-systems/${system?.id}`)).status).toBe(410);
  });

  test('`/plugins` page: CRUD of instances, run default queries, save as widget', async () => {
    const config = { baseUrl: site.url, email: site.email, apiToken: site.token };
    await done('POST', '/api/instances', { id: 'made-on-page', plugin: 'jira', name: 'Made', config });
    await done('PATCH', '/api/instances/made-on-page', { name: 'Renamed' });
    expect(await done('GET', '/api/instances/made-on-page')).toMatchObject({ name: 'Renamed', enabled: true });
    const query = { plugin: 'jira', query: 'open_by_status' };
    const run = await done<{ rows: OpenRow[] }>('POST', '/api/instances/made-on-page/queries/open_by_status', {});
    await done('POST', '/api/widgets', { ...query, id: 'saved', kind: 'table', instances: ['made-on-page'] });
    const saved = await done<{ rows: OpenRow[] }>('POST', '/api/widgets/saved/data', {});
    for (const { rows } of [run, saved]) expect(countsByStatus(rows)).toEqual(openBySite(site));
    await done('DELETE', '/api/instances/made-on-page');
    expect((await running.api.call('GET', '/api/instances/made-on-page')).status).toBe(404);
  });
});

interface OpenRow {
  readonly status: string;
  readonly count: number;
}

function countsByStatus(rows: readonly OpenRow[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, count } of rows) counts[status] = (counts[status] ?? 0) + count;
  return counts;
}

/** What the site itself says. */
function openBySite(site: JiraSimulator): Record<string, number> {
  const open = site.search('statusCategory != Done').map(({ status }) => ({ status: status.name, count: 1 }));
  expect(open).not.toEqual([]);
  return countsByStatus(open);
}
