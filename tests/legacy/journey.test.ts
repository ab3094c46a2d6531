// The whole way of the old world: import, both shapes, cut-over, back, and again. No row is lost on it, and no secret is to be read at its end.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Difference, ScrubReport } from '../../host/src/legacy/index.ts';
import { formsOf, foundIn } from '../support/canary.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import type { TestHost } from '../support/host.ts';
import { storedRows } from '../support/stored-text.ts';
import { countsOf, importOld, startWithPlugins } from './importing.ts';
import { type OldWorld, putOldWorld } from './old-world.ts';

const PLUGINS = ['jira', 'fortigate'];
const OLD_READS = [
  '/api/external-systems',
  '/api/external-system-instances',
  '/api/external-widget-templates',
  '/api/external-mappings',
];

describe.each(oneOf)('the way out of the old world, on $name', (database) => {
  let place: TestDatabase;
  let world: OldWorld;
  let running: TestHost;
  let rows: Record<string, number>;

  const step = async (mode: string, primary?: string): Promise<number[]> => {
    const statuses: number[] = [];
    for (const plugin of PLUGINS) {
      const body = { mode, ...(primary === undefined ? {} : { primary }) };
      const answer = await running.api.call('PUT', `/api/legacy/modes/${plugin}`, body);
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
      statuses.push(answer.status);
    }
    return statuses;
  };
  const parity = async (): Promise<Difference[]> =>
    (
      await running.api.call<{ plugins: { differences: Difference[] }[] }>('GET', '/api/legacy/parity')
    ).body.plugins.flatMap(({ differences }) => differences);
  /** What the old API answers, by table and id. */
  const oldAnswers = async (): Promise<Record<string, object>> => {
    const answers: Record<string, object> = {};
    for (const path of OLD_READS) {
      const { status, body } = await running.api.call<Record<string, unknown>[]>('GET', path);
      expect(status, path).toBe(200);
      for (const row of body) answers[`${path}/${Number(row['id'])}`] = plainAnswer(row);
    }
    // It was switched off by the import: nobody can sign in with what it says. The old world did not know.
    delete answers['/api/external-systems/8'];
    return answers;
  };
  const oldRows = async (): Promise<Record<string, number>> => {
    const counts: Record<string, number> = {};
    for (const { table, read } of (await importOld(running, { dryRun: true })).report.tables) counts[table] = read;
    return counts;
  };

  beforeAll(async () => {
    place = await database.open();
    world = await putOldWorld(place);
    running = await startWithPlugins(place);
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  test('import, twice', async () => {
    rows = await oldRows();
    const first = countsOf((await importOld(running, {})).report);
    expect(first.made + first.quarantined).toBe(first.read);
    expect(countsOf((await importOld(running, {})).report)).toMatchObject({
      made: 0,
      updated: 0,
      unchanged: first.made,
    });
    expect(await parity()).toEqual([]);
  });

  test('both shapes are written, and each answers the old API as the other does', async () => {
    await step('dual', 'legacy');
    const renamed = await running.api.call('PUT', '/api/external-system-instances/1', {
      instance_name: 'Acme, renamed there',
    });
    expect(renamed.status).toBe(200);
    expect((await running.api.call('GET', '/api/instances/acme-jira')).body).toMatchObject({
      name: 'Acme, renamed there',
    });
    await running.api.call('PATCH', '/api/instances/shared', { name: 'Shared, renamed here' });
    expect((await running.api.call('GET', '/api/external-system-instances/2')).body).toMatchObject({
      instance_name: 'Shared, renamed here',
    });
    expect(await parity()).toEqual([]);
    // Out of tables that nobody writes any more: a mapping, a saved query, a template, a data source.
    await running.api.call('PATCH', '/api/clients/acme/parameters', { jiraProjectKey: 'NEW' });
    expect((await running.api.call('GET', '/api/clients/acme/external-mappings')).body).toMatchObject([
      { system_name: 'jira', external_identifier: 'ACME', metadata: { projectKey: 'NEW' } },
    ]);
    for (const widget of ['jira-blocked', 'jira-tunnels-of-globex']) {
      expect((await running.api.call('PATCH', `/api/widgets/${widget}`, { title: `${widget}, renamed` })).status).toBe(
        200,
      );
    }
    const source = { name: 'Lab', clientId: 'acme', config: { apiToken: 'another-token' } };
    expect((await running.api.call('PATCH', '/api/instances/fortinet', source)).status).toBe(200);
    expect((await running.api.call('PATCH', '/api/instances/acme-jira', { clientId: 'globex' })).status).toBe(200);
    expect((await running.api.call('PATCH', '/api/instances/edge', { clientId: null })).status).toBe(200);
    expect(await parity()).toEqual([]);
    const led = await oldAnswers();
    await step('dual', 'plugin');
    expect(await oldAnswers()).toEqual(led);
    expect(await parity()).toEqual([]);
  });

  test('cut-over, back and again', async () => {
    await step('plugin');
    const gone = await running.api.call('GET', '/api/external-system-instances/1');
    expect(gone.status).toBe(410);
    await step('dual', 'plugin');
    await step('dual', 'legacy');
    expect((await running.api.call('GET', '/api/external-system-instances/1')).status).toBe(200);
    await step('legacy');
    await running.api.call('PUT', '/api/external-system-instances/1', { instance_name: 'Acme, once more' });
    expect(await parity()).toMatchObject([{ table: 'external_system_instances', key: '1', field: 'name' }]);
    expect(countsOf((await importOld(running, {})).report)).toMatchObject({ made: 0 });
    expect(await parity()).toEqual([]);
    await step('dual', 'legacy');
    await step('dual', 'plugin');
    await step('plugin');
    expect(await parity()).toEqual([]);
  });

  test('no row was lost, and the secrets are in nothing but what seals them', { timeout: 120_000 }, async () => {
    const { body } = await running.api.call<ScrubReport>('POST', '/api/legacy/scrub', { confirm: 'scrub' });
    expect(body.left).toEqual([]);
    // What came out of other tables has rows of its own since both shapes are written: a data source, the mappings of two clients, and the
    // widgets that stand on no dashboard.
    expect(await oldRows()).toEqual({
      ...rows,
      external_system_instances: (rows['external_system_instances'] ?? 0) + 1,
      external_mappings: 2,
      external_widget_templates: (rows['external_widget_templates'] ?? 0) + 4,
    });
    const second = countsOf((await importOld(running, {})).report);
    expect(second).toMatchObject({ made: 0, updated: 0 });
    expect(second.unchanged + second.quarantined).toBe(second.read);
    expect(await parity()).toEqual([]);
    await running.host.stop();
    const forms = [...world.canaries.values()].flatMap(formsOf);
    const hits = (await storedRows(place))
      .filter(({ text }) => foundIn(text, forms).length > 0)
      .map(({ where }) => where);
    expect(hits).toEqual([]);
    expect(running.logs.filter((line) => foundIn(line, forms).length > 0)).toEqual([]);
    running = await startWithPlugins(place);
  });
});

/** Without when it was changed, and without whose an instance is: that had a column of its own, which the old API did not show. */
function plainAnswer(row: Record<string, unknown>): object {
  const { updated_at: _, updatedAt: __, connectionConfig: ___, connection_config: settings, ...rest } = row;
  const { clientId: ____, ...others } = (settings ?? {}) as Record<string, unknown>;
  return { ...rest, settings: others };
}
