// The old program's database is imported, again and again, and everything that the host has said and written is searched for its secrets.
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formsOf, foundIn } from '../support/canary.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import type { TestHost } from '../support/host.ts';
import { FULL } from '../support/random.ts';
import { storedFiles, storedRows, type StoredText } from '../support/stored-text.ts';
import { countsOf, importOld, type Imported, startWithPlugins } from './importing.ts';
import { openOldWorld } from './old-world.ts';

interface Instance {
  readonly id: string;
  readonly plugin: string;
  readonly name: string;
  readonly clientId: string | null;
  readonly enabled: boolean;
  readonly config: Record<string, unknown>;
  readonly secretsSet: readonly string[];
}
interface Widget {
  readonly id: string;
  readonly plugin: string;
  readonly dashboardId: string | null;
  readonly template: string | null;
  readonly query: string | null;
  readonly kind: string | null;
  readonly params: Record<string, unknown>;
  readonly instances: unknown;
  readonly runsAs: string;
  readonly refreshMs: number | null;
}

describe.each(oneOf)('an import out of another database, on $name', (database) => {
  let world: Awaited<ReturnType<typeof openOldWorld>>;
  let place: TestDatabase;
  let running: TestHost;
  let dry: Imported;
  let first: Imported;
  let before: Awaited<ReturnType<typeof everything>>;
  let afterDryRun: Awaited<ReturnType<typeof everything>>;

  /** What there is of all that an import makes, and of the quarantine; without what only reading it has changed. */
  const everything = async () => ({
    instances: (await running.api.call('GET', '/api/instances')).body,
    widgets: (await running.api.call('GET', '/api/widgets')).body,
    dashboards: (await running.api.call('GET', '/api/dashboards')).body,
    clients: (await running.api.call('GET', '/api/clients')).body,
    templates: (await running.api.call('GET', '/api/parameter-templates')).body,
    repairs: (await running.api.call('GET', '/api/repairs')).body,
    audit: (await running.api.call<{ entries: unknown[] }>('GET', '/api/audit?limit=500')).body.entries.length,
  });
  const instance = async (id: string): Promise<Instance> =>
    (await running.api.call<Instance>('GET', `/api/instances/${id}`)).body;
  const widget = async (id: string): Promise<Widget> =>
    (await running.api.call<Widget>('GET', `/api/widgets/${id}`)).body;
  const reasonOf = (table: string, id: string): string | undefined =>
    first.report.quarantine.find((row) => row.table === table && row.id === id)?.reason;

  beforeAll(async () => {
    world = await openOldWorld();
    place = await database.open();
    running = await startWithPlugins(place);
    before = await everything();
    dry = await importOld(running, { from: world.databaseUrl, dryRun: true });
    afterDryRun = await everything();
    first = await importOld(running, { from: world.databaseUrl });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
  });

  test('a dry run reports what an import does, and writes nothing', async () => {
    expect(afterDryRun).toEqual(before);
    expect({ ...dry.report, dryRun: false }).toEqual(first.report);
    expect(dry.lines).toHaveLength(1);
  });

  test('every row that was read is made or in the quarantine', async () => {
    const { read, made, updated, unchanged, quarantined } = countsOf(first.report);
    expect({ read, updated, unchanged }).toEqual({ read: 47, updated: 0, unchanged: 0 });
    expect(made + quarantined).toBe(read);
    expect(first.report.tables.map(({ table }) => table)).toContain('externalWidgetTemplates');
    expect(first.lines.filter(({ kind }) => kind === 'progress').length).toBeGreaterThan(0);
  });

  test('a second import changes nothing', async () => {
    const made = await everything();
    const second = await importOld(running, { from: world.databaseUrl });
    expect(countsOf(second.report)).toMatchObject({ made: 0, updated: 0 });
    expect(second.report.quarantine).toEqual(first.report.quarantine);
    expect(await everything()).toEqual(made);
  });

  test('after an import both shapes say the same, and the rows that were copied are read as they were', async () => {
    const { body } = await running.api.call<{ plugins: { differences: object[] }[] }>('GET', '/api/legacy/parity');
    // A data source gets a row here when its plugin begins to move.
    expect(body.plugins.flatMap(({ differences }) => differences)).toMatchObject([{ key: 'fortinet', field: '*' }]);
    const templates = await running.api.call<{ id: number; name: string }[]>('GET', '/api/external-widget-templates');
    expect(templates.body.map(({ id, name }) => [id, name])).toContainEqual([20, 'Tunnels of Globex']);
    const again = await importOld(running, { dryRun: true });
    expect(again.report.quarantine.filter(({ reason }) => reason === 'client_unknown')).toMatchObject([{ id: '3' }]);
  });

  test('`external_systems`: plugin + default instance `<plugin>-default`, by its name or an alias of it', async () => {
    const found = (await running.api.call<{ instances: Instance[] }>('GET', '/api/instances')).body.instances;
    expect(Object.fromEntries(found.map(({ id, plugin, name }) => [id, [plugin, name]]))).toEqual({
      'jira-default': ['jira', 'Jira of the MSSP'],
      'acme-jira': ['jira', 'Acme Jira'],
      shared: ['jira', 'Shared'],
      'jira-cloud': ['jira', 'Jira Cloud'],
      jira: ['jira', 'Jira again'],
      'jira-server': ['jira', 'Broken JSON'],
      'jira-dc': ['jira', 'Odd'],
      edge: ['fortigate', 'Edge'],
      'edge-4': ['fortigate', 'Edge'],
      'fortigate-default': ['fortigate', 'Firewalls'],
      fgt: ['fortigate', 'Old firewall'],
      fortios: ['fortigate', 'FortiOS'],
      'forti-gate': ['fortigate', 'Twice over'],
      fortinet: ['fortigate', 'Fortinet'],
    });
  });

  test('`external_system_instances`: instance; legacy id kept', async () => {
    const { body } = await running.api.call('GET', '/api/external-system-instances/1');
    expect(body).toMatchObject({
      ...{ id: 1, system_id: 1, instance_name: 'Acme Jira', base_url: 'https://acme.atlassian.net' },
      auth_config: { username: 'reader@acme.example', password: '********' },
    });
    const all = await running.api.call<{ id: number }[]>('GET', '/api/external-systems');
    expect(all.body.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
    ]);
    const made = await running.api.call<{ id: number }>('POST', '/api/external-systems', { system_name: 'new' });
    expect(made.body.id).toBeGreaterThan(14);
    await running.api.call('DELETE', `/api/external-systems/${made.body.id}`);
  });

  test('a system with instances gets one of its own only when its address and credentials are not one of theirs', async () => {
    // "jira" is "Shared": the same URL but for a slash, and the same account.
    expect(reasonOf('external_systems', '1')).toBeUndefined();
    expect(await instance('shared')).toMatchObject({
      config: { baseUrl: 'https://jira.example', email: 'svc@example.com' },
    });
    expect((await running.api.call('GET', '/api/instances/jira')).body).toMatchObject({ name: 'Jira again' });
  });

  test('every shape of auth_config goes into the fields that the auth schemes of its plugin name', async () => {
    const fields = async (id: string) => {
      const { config, secretsSet, enabled } = await instance(id);
      return { email: config['email'], secretsSet, enabled };
    };
    expect(await fields('acme-jira')).toEqual({
      email: 'reader@acme.example',
      secretsSet: ['apiToken'],
      enabled: true,
    });
    expect(await fields('jira-default')).toEqual({
      email: 'bot@mssp.example',
      secretsSet: ['apiToken'],
      enabled: true,
    });
    expect(await fields('jira-cloud')).toMatchObject({ secretsSet: ['personalAccessToken'], enabled: true });
    for (const id of ['fortigate-default', 'edge', 'fortios', 'forti-gate', 'fortinet']) {
      expect(await fields(id), id).toMatchObject({ secretsSet: ['apiToken'], enabled: true });
    }
    expect(await fields('edge-4')).toMatchObject({ secretsSet: ['apiToken'], enabled: false });
    expect((await instance('edge')).config['tls']).toEqual({ verify: false, serverName: 'fw.internal' });
  });

  test('what was sealed is what the vendor is sent', async () => {
    const { body } = await running.api.call('GET', '/api/instances/fortios');
    expect(body).toMatchObject({ config: { baseUrl: 'https://fw-b.example' } });
    const secret = world.canaries.get('customHeader') ?? '';
    // A second world with another secret in that place is an update of that row alone.
    await changeOld(
      world.databaseUrl,
      `update external_systems set auth_config = replace(auth_config, 'Bearer ', 'Bearer 0') where id = 9`,
    );
    const { report } = await importOld(running, { from: world.databaseUrl });
    expect(countsOf(report)).toMatchObject({ made: 0, updated: 1 });
    await changeOld(
      world.databaseUrl,
      `update external_systems set auth_config = replace(auth_config, 'Bearer 0', 'Bearer ') where id = 9`,
    );
    expect(countsOf((await importOld(running, { from: world.databaseUrl })).report)).toMatchObject({ updated: 1 });
    expect(countsOf((await importOld(running, { from: world.databaseUrl })).report)).toMatchObject({ updated: 0 });
    expect(secret).not.toBe('');
  });

  test('a shape that the plugin does not know is a disabled instance with a repair', async () => {
    const { body } = await running.api.call<{
      repairs: { instanceId: string; code: string; detail: string; fix: object }[];
    }>('GET', '/api/repairs?open=true');
    const repairs = new Map(body.repairs.map((repair) => [repair.instanceId, repair]));
    expect([...repairs.keys()].toSorted()).toEqual(['fgt', 'jira-dc', 'jira-server']);
    expect(repairs.get('fgt')).toMatchObject({
      code: 'import_incomplete',
      detail: expect.stringContaining('does not know'),
    });
    for (const id of repairs.keys()) expect((await instance(id)).enabled, id).toBe(false);
    expect(reasonOf('external_systems', '8')).toBe('secrets_left');
  });

  test('the repair is closed when a person has set what was missing and switched the instance on', async () => {
    const patched = await running.api.call('PATCH', '/api/instances/fgt', {
      config: { apiToken: 'a-new-one' },
      enabled: true,
    });
    expect(patched.status).toBe(200);
    const open = await running.api.call<{ repairs: { instanceId: string }[] }>('GET', '/api/repairs?open=true');
    expect(patched.body).toMatchObject({ enabled: true });
    expect(open.status).toBe(200);
    const { report } = await importOld(running, { from: world.databaseUrl });
    expect(countsOf(report)).toMatchObject({ made: 0, updated: 0 });
    expect((await instance('fgt')).enabled).toBe(true);
  });

  test('mappings of clients: client parameters; `default_mapping`: client parameter templates', async () => {
    expect((await running.api.call('GET', '/api/clients/acme/parameters')).body).toEqual({
      jiraIdentifier: 'ACME',
      jiraProjectKey: 'ACM',
      jiraFiltersLabel: 'soc',
      jiraWatchers: 'a,b',
    });
    expect((await running.api.call('GET', '/api/clients/globex/parameters')).body).toEqual({
      fortigateIdentifier: 'fw-globex',
    });
    expect((await running.api.call('GET', '/api/parameter-templates')).body).toEqual({
      templates: [{ plugin: 'jira', parameters: { jiraBoardId: 7, jiraProjectKey: 'SUP' } }],
    });
    expect((await instance('acme-jira')).clientId).toBe('acme');
    expect((await instance('edge')).clientId).toBe('globex');
    expect((await running.api.call<{ clients: object[] }>('GET', '/api/clients')).body.clients).toHaveLength(2);
  });

  test('`external_widget_templates`: widgets keyed by `plugin_name`, with a default query where they ask the same, else one of their own', async () => {
    expect(await widget('jira-overdue')).toMatchObject({
      ...{
        template: 'overdue',
        query: null,
        params: { projects: ['SUP'] },
        refreshMs: 60_000,
        runsAs: 'user',
        instances: ['shared'],
      },
    });
    expect(await widget('jira-search-of-open')).toMatchObject({ template: 'open_by_status' });
    expect(await widget('jira-mine')).toMatchObject({
      ...{
        query: 'jql',
        runsAs: 'engineer',
        params: { jql: 'labels = "soc" AND project = "${client.jiraIdentifier}"' },
      },
    });
    expect(await widget('fortigate-status')).toMatchObject({ template: 'device', instances: ['edge', 'edge-4'] });
    expect(await widget('fortigate-addresses')).toMatchObject({
      ...{ query: 'get', params: { path: '/api/v2/cmdb/firewall/address?filter=type%3D%3Dfqdn', vdom: 'root' } },
    });
    expect(await widget('jira-tunnels-of-globex')).toMatchObject({
      template: 'unassigned_high',
      instances: ['jira-cloud'],
    });
    expect(reasonOf('external_widget_templates', '6')).toBe('query_writes');
  });

  test('saved queries and custom widgets come along', async () => {
    expect(await widget('jira-blocked')).toMatchObject({ query: 'jql', params: { jql: 'status = Blocked' } });
    expect(await widget('jira-old-labels')).toMatchObject({ kind: 'stat', instances: ['acme-jira'] });
    expect(await widget('fortigate-status-of-the-edge')).toMatchObject({ query: 'system_status', instances: ['edge'] });
    expect(reasonOf('saved_queries', '2')).toBe('system_unknown');
  });

  test('dashboard widgets by `system_id`: by `plugin_name`; ids of nothing that is here are flagged', async () => {
    const { body } = await running.api.call<{ widgets: { id: string }[] }>('GET', '/api/dashboards/operations');
    expect(body.widgets.map(({ id }) => id)).toEqual(['operations-c1', 'operations-c2']);
    const old = await running.api.call('GET', '/api/legacy/dashboards/operations');
    expect(old.body).toMatchObject({
      flags: [{ pointer: '/layout/cards/2/config/externalSystemId', id: '6' }],
      document: {
        layout: {
          cards: [
            { config: { pluginName: 'jira', instanceId: 'shared' } },
            {
              config: {
                ...{ pluginName: 'fortigate', instanceIds: ['edge', 'edge-4'] },
                integrationEngineData: { originalWidget: { pluginName: 'fortigate', instanceIds: ['edge', 'edge-4'] } },
              },
            },
            { config: { externalSystemId: 6 } },
            { title: 'Clients' },
          ],
        },
      },
    });
    expect(JSON.stringify(old.body)).not.toMatch(/"(systemId|integrationEngineSystemId)"/);
    expect(reasonOf('user_dashboards', '1')).toBe('value_unusable');
    expect(await widget('dashboard-card-1')).toMatchObject({ dashboardId: 'dashboard', instances: ['jira-cloud'] });
  });

  test('a dashboard of somebody who is not here belongs to whoever imports, and says so', async () => {
    const { body } = await running.api.call('GET', '/api/legacy/dashboards/of-somebody-who-left');
    const [token] = (await running.api.call<{ tokens: { id: string }[] }>('GET', '/api/tokens')).body.tokens;
    expect(body).toMatchObject({ ownerId: token?.id, oldOwner: '9', ownerIsMissing: true });
    const { body: shown } = await running.api.call('GET', '/api/dashboards/of-somebody-who-left');
    expect(shown['description']).toContain('user 9');
  });

  test('data sources without a plugin, and whatever has no place, are in the quarantine with their reasons', async () => {
    expect(reasonOf('data_sources', '1')).toBe('source_without_plugin');
    expect(reasonOf('data_sources', '2')).toBeUndefined();
    expect(['6', '7', '11'].map((id) => reasonOf('external_systems', id))).toEqual([
      'system_unknown',
      'system_unknown',
      'name_missing',
    ]);
    expect(['5', '6'].map((id) => reasonOf('external_system_instances', id))).toEqual([
      'system_missing',
      'system_quarantined',
    ]);
    expect(['3', '4'].map((id) => reasonOf('client_external_mappings', id))).toEqual([
      'client_unknown',
      'system_unknown',
    ]);
    expect(reasonOf('external_widget_templates', '8')).toBe('name_missing');
    expect(reasonOf('user_dashboards', '3')).toBe('name_missing');
    const listed = await running.api.call<{ rows: { table: string; id: string; secrets: string[] }[] }>(
      'GET',
      '/api/legacy/quarantine',
    );
    expect(listed.body.rows.find(({ table, id }) => table === 'external_systems' && id === '7')?.secrets).toEqual([
      '/auth_config/customHeaders/X-Grafana-Token',
    ]);
  });

  test('the old database is only read', async () => {
    const marked = `${world.databaseUrl}?options=-c%20default_transaction_read_only%3Doff`;
    const { report } = await importOld(running, { from: marked, dryRun: true });
    expect(countsOf(report).read).toBe(47);
    const refused = await running.api.send('POST', '/api/legacy/import', {
      from: 'postgres://somebody:hunter2@127.0.0.1:1/x',
    });
    const text = await refused.text();
    expect(text).toContain('"kind":"error"');
    expect(text).not.toContain('hunter2');
    expect(running.logs.join('\n')).not.toContain('hunter2');
  });

  test('an import is in the audit, with what it has made', async () => {
    const { body } = await running.api.call<{ entries: { action: string; actor: { kind: string } }[] }>(
      'GET',
      '/api/audit?limit=500',
    );
    expect(body.entries.filter(({ action }) => action === 'legacy.import').length).toBeGreaterThan(0);
    expect(body.entries.filter(({ action }) => action === 'instance.create').length).toBe(14);
  });

  test('no secret of the old world is in an answer, a log line, a file or a table', async () => {
    const forms = [...world.canaries].flatMap(([name, secret]) => formsOf(secret).map((form) => ({ name, form })));
    const said: StoredText[] = [
      { where: 'dry run', text: dry.text },
      { where: 'import', text: first.text },
      { where: 'everything', text: JSON.stringify(await everything()) },
      { where: 'quarantine', text: JSON.stringify((await running.api.call('GET', '/api/legacy/quarantine')).body) },
      ...running.logs.map((text) => ({ where: 'log', text })),
    ];
    await running.host.stop();
    // The files of an embedded database are pages of the same rows.
    const files = FULL || place.databaseUrl !== undefined ? await storedFiles(place.dataFolder) : [];
    const stored = [...said, ...(await storedRows(place)), ...files];
    const hits = stored.flatMap(({ where, text }) =>
      foundIn(
        text,
        forms.map(({ form }) => form),
      ).map((form) => ({ where, name: forms.find((one) => one.form === form)?.name })),
    );
    expect(hits.slice(0, 5)).toEqual([]);
    expect(world.canaries.size).toBeGreaterThan(25);
    running = await startWithPlugins(place);
  });
});

async function changeOld(databaseUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(statement);
  await client.end();
}
