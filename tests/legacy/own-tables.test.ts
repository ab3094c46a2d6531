// The old tables are in the host's own database: import, parity, and the scrub of their secrets.
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import type { Difference, ScrubReport } from '../../host/src/legacy/index.ts';
import { openStore } from '../../host/src/store/index.ts';
import { formsOf, foundIn } from '../support/canary.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import type { TestHost } from '../support/host.ts';
import { silentLog } from '../support/log.ts';
import { storedRows } from '../support/stored-text.ts';
import { until } from '../support/until.ts';
import { countsOf, importOld, startWithPlugins } from './importing.ts';
import { type OldWorld, putOldWorld } from './old-world.ts';

// The other suite of imports is on a server.
describe.each(oneOf)('the old tables in the own database, on $name', (database) => {
  let place: TestDatabase;
  let world: OldWorld;
  let running: TestHost;

  const start = async (): Promise<void> => {
    running = await startWithPlugins(place);
  };
  const parity = async (): Promise<Difference[]> => {
    const { body } = await running.api.call<{ plugins: { differences: Difference[] }[] }>('GET', '/api/legacy/parity');
    return body.plugins.flatMap(({ differences }) => differences);
  };
  const scrub = async (): Promise<ScrubReport> =>
    (await running.api.call<ScrubReport>('POST', '/api/legacy/scrub', { confirm: 'scrub' })).body;
  /** Secrets in plain text, by the table that they are in. */
  const plain = async (): Promise<string[]> => {
    const forms = [...world.canaries].flatMap(([name, secret]) => formsOf(secret).map((form) => [form, name] as const));
    const names = new Map(forms);
    const hits = (await storedRows(place)).flatMap(({ where, text }) =>
      foundIn(text, [...names.keys()]).map((form) => `${where} ${names.get(form)}`),
    );
    return [...new Set(hits)];
  };

  beforeAll(async () => {
    place = await database.open();
    world = await putOldWorld(place);
    await start();
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  test('the first import moves every row, the second changes nothing', async () => {
    const first = countsOf((await importOld(running, {})).report);
    expect(first).toMatchObject({ read: 43, updated: 0, unchanged: 0 });
    expect(first.made + first.quarantined).toBe(first.read);
    expect(countsOf((await importOld(running, {})).report)).toEqual({
      ...{ read: first.read, made: 0, updated: 0, quarantined: first.quarantined },
      unchanged: first.made,
    });
  });

  test('after an import both shapes say the same', async () => {
    expect(await parity()).toEqual([]);
  });

  test.each([
    [
      'PATCH',
      '/api/instances/shared',
      { name: 'Renamed' },
      { name: 'Shared' },
      'external_system_instances',
      '2',
      'name',
    ],
    [
      'PATCH',
      '/api/instances/shared',
      { config: { projects: ['OPS'] } },
      { config: { projects: null } },
      'external_system_instances',
      '2',
      'config/projects',
    ],
    [
      'PATCH',
      '/api/clients/acme/parameters',
      { jiraProjectKey: 'X' },
      { jiraProjectKey: 'ACM' },
      'client_external_mappings',
      '1',
      'metadata/jiraProjectKey',
    ],
    [
      'PATCH',
      '/api/widgets/jira-mine',
      { params: { jql: 'labels = else' } },
      { params: { jql: 'labels = "soc" AND project = "${client.jiraIdentifier}"' } },
      'external_widget_templates',
      '3',
      'params',
    ],
  ])(
    'a difference is named by table, key and field (%s %s %j)',
    async (method, path, change, back, table, key, field) => {
      expect((await running.api.call(method, path, change)).status).toBe(200);
      expect((await parity()).map((one) => [one.table, one.key, one.field])).toEqual([[table, key, field]]);
      expect((await running.api.call(method, path, back)).status).toBe(200);
      expect(await parity()).toEqual([]);
    },
  );

  test('a secret that differs is named and not shown', async () => {
    const known = world.canaries.get('acmePassword') ?? '';
    await running.api.call('PATCH', '/api/instances/acme-jira', { config: { apiToken: 'somebody-elses' } });
    const [difference, ...others] = await parity();
    expect(difference).toEqual({
      ...{ table: 'external_system_instances', key: '1', field: 'config/apiToken' },
      ...{ legacy: '[a secret]', plugin: '[another secret]' },
    });
    expect(others).toEqual([]);
    await running.api.call('PATCH', '/api/instances/acme-jira', { config: { apiToken: known } });
    expect(await parity()).toEqual([]);
  });

  test('a scrub leaves what the old program still needs, and what is sealed nowhere', async () => {
    const { tables, left } = await scrub();
    expect(left.filter(({ reason }) => reason === 'still_legacy').map(({ table }) => table)).toContain(
      'external_system_instances',
    );
    // Of systems that no plugin is for, the quarantine has them.
    expect(tables.find(({ table }) => table === 'external_systems')).toMatchObject({ rows: 2, secrets: 2 });
    expect(countsOf((await importOld(running, {})).report)).toMatchObject({ made: 0, updated: 0 });
  });

  test(
    'once the plugins have moved it takes every secret out of the old tables, and loses none',
    { timeout: 120_000 },
    async () => {
      const kept = (await running.api.call('GET', '/api/legacy/quarantine')).body;
      await running.host.stop();
      await inDatabase(
        place,
        `insert into legacy_mode (plugin, mode) values ('jira', 'dual-legacy'), ('fortigate', 'dual-legacy')`,
      );
      await inDatabase(
        place,
        `update external_systems set auth_config = jsonb_set(auth_config, '{token}', '"never-imported"') where id = 3`,
      );
      await start();
      const { left } = await scrub();
      expect(left).toEqual([
        { table: 'external_systems', id: '3', pointer: '/auth_config/token', reason: 'not_sealed' },
      ]);
      await importOld(running, {});
      expect((await scrub()).left).toEqual([]);
      expect(await parity()).toEqual([]);
      expect(countsOf((await importOld(running, {})).report)).toMatchObject({ made: 0, updated: 0 });
      expect((await running.api.call('GET', '/api/legacy/quarantine')).body).toEqual(kept);
      await running.host.stop();
      expect(await plain()).toEqual([]);
      await start();
    },
  );

  test('the secrets in the quarantine are rotated with the others', async () => {
    const before = (await running.api.call('GET', '/api/legacy/quarantine')).body;
    expect((await running.api.call('POST', '/api/keys/rotate', {})).status).toBe(202);
    const done = await until(async () => {
      const { body } = await running.api.call<{
        rotation: { state: string; failed: number };
        dataKeys: { old: number };
      }>('GET', '/api/keys');
      // Counted before the state was read, it may be of a moment before the end.
      return body.rotation.state === 'done' && body.dataKeys.old === 0 ? body : undefined;
    });
    expect(done).toMatchObject({ rotation: { failed: 0 } });
    expect((await running.api.call('GET', '/api/legacy/quarantine')).body).toEqual(before);
    expect(JSON.stringify(before)).toContain('/auth_config/customHeaders/X-Grafana-Token');
  });
});

async function inDatabase(place: TestDatabase, statement: string): Promise<void> {
  await using store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
  await sql.raw(statement).execute(store.db);
}
