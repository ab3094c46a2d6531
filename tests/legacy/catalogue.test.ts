// Every line of the catalogue of the old world, quoted, and where it has gone: on a host that has the old tables, is told to import them, and
// goes the whole way to the plugins, back, and there again.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Difference } from '../../host/src/legacy/index.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import type { TestHost } from '../support/host.ts';
import { countsOf, importOld, startWithPlugins } from './importing.ts';
import { putOldWorld } from './old-world.ts';
import { STEPS } from './support/relay.ts';

type Row = Record<string, unknown> & { readonly id: number };

describe.each(oneOf)('the catalogue on $name', (database) => {
  let place: TestDatabase;
  let running: TestHost;
  beforeAll(async () => {
    place = await database.open();
    await putOldWorld(place);
    running = await startWithPlugins(place);
    await importOld(running, {});
  });
  afterAll(async () => {
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

  test('POST `/api/external-system-instances/:id/query/:queryId` runs it, JSON streamed: without its vendor it says so', async () => {
    const rows = await done<Row[]>('GET', '/api/external-system-instances');
    const row = rows.find((one) => one['is_active'] === true && one['system_name'] === 'jira');
    const { status, body } = await running.api.call('POST', `/api/external-system-instances/${row?.id}/query/none`);
    expect([status, body]).toMatchObject([404, { code: 'not_found' }]);
    expect(routes()).toContain('POST /api/external-system-instances/:id/query/:queryId');
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

  test('`/plugins` page: CRUD of instances, run default queries, save as widget', () => {
    for (const route of ['POST /api/instances', 'PATCH /api/instances/:id', 'DELETE /api/instances/:id'])
      expect(routes()).toContain(route);
    for (const route of ['POST /api/instances/:id/queries/:query', 'POST /api/widgets'])
      expect(routes()).toContain(route);
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
});
