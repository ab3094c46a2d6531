// What stands beside the connections: what clients are called in a system, and the templates of widgets. Both shapes at once.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { type Relay, type Row, startRelay, STEPS } from './support/relay.ts';

describe.each(oneOf)('beside the connections on $name', (database) => {
  let place: TestDatabase;
  let relay: Relay;
  let system: Row;
  beforeAll(async () => {
    place = await database.open();
    relay = await startRelay(place);
    await relay.done('POST', '/api/clients', { id: 'acme', name: 'Acme' });
    await relay.done('POST', '/api/clients', { id: 'globex', name: 'Globex' });
    await relay.done('PUT', '/api/legacy/modes/relay', STEPS.dual);
    system = await relay.done('POST', '/api/external-systems', {
      ...{ system_name: 'relay', base_url: relay.vendor.url, auth_config: { token: 'a-secret' } },
    });
  });
  afterAll(async () => {
    await relay[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });
  const parameters = (client: string) =>
    relay.done<Record<string, unknown>>('GET', `/api/clients/${client}/parameters`);
  const mapping = (id: number) => relay.done('GET', `/api/external-mappings/${id}`);

  test('a mapping is parameters of its client, and a change of either is one of both', async () => {
    const made = await relay.done('POST', '/api/clients/acme/external-mappings', {
      ...{ systemName: 'relay', externalIdentifier: 'ACME' },
      metadata: { board: { id: 7 }, labels: ['a', 'b'], isVip: true },
    });
    expect(made).toMatchObject({ client_id: 'acme', clientId: 'acme', external_identifier: 'ACME' });
    const all = { relayIdentifier: 'ACME', relayBoardId: 7, relayLabels: 'a,b', relayIsVip: true };
    expect(await parameters('acme')).toEqual(all);
    await relay.done('PUT', `/api/external-mappings/${made.id}`, {
      metadata: { board: { id: 8 }, labels: ['a', 'b'] },
    });
    expect(await parameters('acme')).toEqual({ relayIdentifier: 'ACME', relayBoardId: 8, relayLabels: 'a,b' });
    await relay.done('PATCH', '/api/clients/acme/parameters', {
      ...{ relayIdentifier: 'ACME2', relayBoardId: null, relayProjectKey: 'AC', mood: 'good' },
    });
    expect(await mapping(made.id)).toMatchObject({
      ...{ external_identifier: 'ACME2', metadata: { board: {}, labels: ['a', 'b'], projectKey: 'AC' } },
    });
    await relay.done('PATCH', '/api/clients/acme/parameters', { relayIdentifier: 12, relayProjectKey: ' x ' });
    expect(await mapping(made.id)).toMatchObject({
      ...{ external_identifier: null, metadata: { externalIdentifier: 12, projectKey: ' x ' } },
    });
    await relay.done('DELETE', `/api/clients/acme/external-mappings/${made.id}`);
    expect(await parameters('acme')).toEqual({ mood: 'good' });
  });

  test('a client that is told a parameter of a system has a mapping there', async () => {
    await relay.done('PUT', '/api/clients/globex/parameters', { relayIdentifier: 'GLO', other: 1 });
    const mappings = await relay.done<Row[]>('GET', '/api/clients/globex/external-mappings');
    expect(mappings).toMatchObject([{ system_name: 'relay', external_identifier: 'GLO', metadata: null }]);
    await relay.done('PUT', '/api/clients/globex/parameters', {});
    expect(await mapping(mappings[0]?.id ?? 0)).toMatchObject({ is_active: false });
  });

  test('a mapping of somebody else is not one of a client, and one of nobody is refused', async () => {
    const made = await relay.done('POST', '/api/external-mappings', { client_id: 'acme', system_name: 'relay' });
    expect((await relay.call('GET', `/api/clients/globex/external-mappings/${made.id}`)).status).toBe(404);
    expect((await relay.call('DELETE', `/api/clients/globex/external-mappings/${made.id}`)).status).toBe(404);
    const stray = await relay.call('POST', '/api/external-mappings', { client_id: 'nobody', system_name: 'relay' });
    expect([stray.status, stray.body]).toMatchObject([400, { errors: [{ pointer: '/client_id' }] }]);
    const told = await relay.call('PUT', `/api/external-mappings/${made.id}`, { metadata: { apiToken: 'a-secret' } });
    expect([told.status, told.body]).toMatchObject([400, { errors: [{ pointer: '/metadata/apiToken' }] }]);
  });

  test('two mappings that say the same of a client say it alike', async () => {
    await relay.done('POST', '/api/clients', { id: 'twice', name: 'Twice' });
    const post = (body: object) =>
      relay.done('POST', '/api/clients/twice/external-mappings', { system_name: 'relay', ...body });
    const first = await post({ external_identifier: 'A', metadata: { x: 1 } });
    const second = await post({ external_identifier: 'B', metadata: { y: 2 } });
    expect(await mapping(first.id)).toMatchObject({ external_identifier: 'B', metadata: { x: 1 } });
    await relay.done('PATCH', '/api/clients/twice/parameters', { relayX: 3, relayZ: 4, relayIdentifier: 'C' });
    expect(await mapping(first.id)).toMatchObject({ external_identifier: 'C', metadata: { x: 3, z: 4 } });
    expect(await mapping(second.id)).toMatchObject({ external_identifier: 'C', metadata: { y: 2 } });
    await relay.done('DELETE', `/api/external-mappings/${first.id}`);
    expect(await parameters('twice')).toEqual({ relayIdentifier: 'C', relayY: 2 });
  });

  test('what a system says of all clients they have as long as they do not say it themselves, and either way it is told both', async () => {
    const defaults = async () =>
      (await relay.done<{ templates: Row[] }>('GET', '/api/parameter-templates')).templates.find(
        (one) => one['plugin'] === 'relay',
      )?.['parameters'];
    const path = `/api/external-systems/${system.id}`;
    await relay.done('PUT', path, { default_mapping: { project: { key: 'DEF' }, externalIdentifier: 'x' } });
    expect(await defaults()).toEqual({ relayProjectKey: 'DEF', relayIdentifier: 'x' });
    await relay.done('PUT', '/api/parameter-templates/relay', { relayProjectKey: 'NEW', relayColour: 'red' });
    expect(await relay.done('GET', path)).toMatchObject({
      default_mapping: { project: { key: 'NEW' }, colour: 'red' },
    });
    await relay.done('PUT', path, { default_mapping: { colour: 'red' } });
    expect(await defaults()).toEqual({ relayColour: 'red' });
  });

  const widgets = async () => (await relay.done<{ widgets: Row[] }>('GET', '/api/widgets?plugin=relay')).widgets;
  const template = (id: number) => relay.done('GET', `/api/external-widget-templates/${id}`);

  test('a template is a widget, and a change of either is one of both', async () => {
    const made = await relay.done('POST', '/api/external-widget-templates', {
      ...{ systemId: system.id, name: 'Who', widgetType: 'table', refreshInterval: 60 },
      ...{ displayConfig: { query_id: 'whoami', colour: 'red' }, parameters: { n: 2 } },
    });
    const [widget] = await widgets();
    expect(widget).toMatchObject({
      ...{ plugin: 'relay', title: 'Who', query: 'whoami', kind: 'table', params: { n: 2 } },
      ...{ instances: ['relay-default'], refreshMs: 60_000, dashboardId: null },
    });
    const id = String(widget?.id);
    await relay.done('PUT', `/api/external-widget-templates/${made.id}`, { parameters: { n: 3 }, name: 'Who?' });
    expect((await widgets())[0]).toMatchObject({ title: 'Who?', params: { n: 3 } });
    await relay.done('PATCH', `/api/widgets/${id}`, {
      title: 'Who!',
      params: { n: 4, who: 'me' },
      refreshMs: 30_000,
      kind: 'bar',
    });
    expect(await template(made.id)).toMatchObject({
      ...{ name: 'Who!', parameters: { n: 4, who: 'me' }, refresh_interval: 30, widget_type: 'bar' },
      display_config: { query_id: 'whoami', colour: 'red' },
    });
    await relay.done('DELETE', `/api/widgets/${id}`);
    expect(await template(made.id)).toMatchObject({ is_active: false });
  });

  test('a widget that is made on no dashboard is a template, and one on a dashboard is none', async () => {
    await relay.done('POST', '/api/dashboards', { id: 'shift', title: 'Shift' });
    const post = (body: object) =>
      relay.done('POST', '/api/widgets', {
        ...{ plugin: 'relay', query: 'whoami', instances: ['relay-default'] },
        ...body,
      });
    const loose = await post({ title: 'Loose', kind: 'stat', params: { n: 5 }, refreshMs: 1500 });
    const placed = await post({ title: 'Placed', dashboardId: 'shift' });
    const named = async (name: string) =>
      (await relay.done<Row[]>('GET', '/api/external-widget-templates')).filter((row) => row['name'] === name);
    expect(await named('Loose')).toMatchObject([
      {
        ...{ system_id: system.id, widget_type: 'stat', parameters: { n: 5 }, is_active: true },
        display_config: { query_id: 'whoami', refresh_interval: 1.5 },
      },
    ]);
    expect(await named('Placed')).toEqual([]);
    await relay.done('PATCH', `/api/widgets/${String(placed.id)}`, { dashboardId: null });
    expect(await named('Placed')).toHaveLength(1);
    expect(await relay.done('GET', '/api/legacy/parity?plugin=relay')).toMatchObject({
      plugins: [{ differences: [] }],
    });
    for (const { id } of [loose, placed]) await relay.done('DELETE', `/api/widgets/${String(id)}`);
    expect((await named('Loose')).concat(await named('Placed'))).toMatchObject([
      { is_active: false },
      { is_active: false },
    ]);
  });

  test('a template whose system is gone stays what it is, until it is told of another one', async () => {
    const gone = await relay.done('POST', '/api/external-systems', { system_name: 'relay' });
    const body = { system_id: gone.id, name: 'Orphan', query: '/me?x=3' };
    const { id } = await relay.done('POST', '/api/external-widget-templates', body);
    await relay.done('DELETE', `/api/external-systems/${gone.id}`);
    expect(await relay.done('GET', '/api/legacy/parity?plugin=relay')).toMatchObject({
      plugins: [{ differences: [] }],
    });
    const path = `/api/external-widget-templates/${id}`;
    expect((await relay.call('PUT', path, { name: 'Renamed' })).status).toBe(409);
    await relay.done('PUT', path, { name: 'Renamed', system_id: system.id });
    expect((await widgets()).map(({ title }) => title)).toContain('Renamed');
    await relay.done('DELETE', path);
    expect(await relay.done('GET', '/api/legacy/parity?plugin=relay')).toMatchObject({
      plugins: [{ differences: [] }],
    });
  });

  test('what the plugin cannot ask is refused, and a template that goes takes its widget along unless somebody has placed it', async () => {
    const post = (body: object) =>
      relay.call('POST', '/api/external-widget-templates', { system_id: system.id, ...body });
    const bad = await post({ name: 'Writes', query: '/things', method: 'DELETE' });
    expect([bad.status, bad.body]).toMatchObject([400, { errors: [{ pointer: '/query' }] }]);
    const loose = await post({ name: 'Loose', query: '/me?x=1' });
    const placed = await post({ name: 'Placed', query: '/me?x=2' });
    expect((await widgets()).map(({ query, params }) => [query, params])).toEqual([
      ['path', { path: '/me?x=1' }],
      ['path', { path: '/me?x=2' }],
    ]);
    await relay.done('POST', '/api/dashboards', { id: 'board', title: 'Board' });
    const second = (await widgets()).find(({ title }) => title === 'Placed');
    await relay.done('PATCH', `/api/widgets/${second?.id}`, { dashboardId: 'board' });
    for (const { body } of [loose, placed]) await relay.done('DELETE', `/api/external-widget-templates/${body.id}`);
    expect((await widgets()).map(({ title }) => title)).toEqual(['Placed']);
  });
});
