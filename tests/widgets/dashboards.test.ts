import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { expectProblem } from '../support/problem.ts';
import { buildBoard, buildShelf } from './board-plugin.ts';

interface Widget {
  readonly id: string;
  readonly instances: unknown;
  readonly title: string | null;
  readonly revision: number;
  readonly position: object;
  readonly shows?: object;
  readonly problem?: { readonly code: string };
}

interface Dashboard {
  readonly id: string;
  readonly revision: number;
  readonly clientId: string | null;
  readonly widgets: readonly Widget[];
}

const PER_DASHBOARD = 4;

let board: TestPlugin;
let shelf: TestPlugin;
/** The board's next version, without the templates. */
let bare: TestPlugin;
beforeAll(async () => {
  [board, shelf, bare] = await Promise.all([buildBoard(), buildShelf(), buildBoard('')]);
});
afterAll(async () => {
  for (const plugin of [board, shelf, bare]) await plugin[Symbol.asyncDispose]();
});

describe.each(oneOf)('dashboards on $name', (database) => {
  let place: TestDatabase;
  let running: TestHost;
  const limits = { widgets: { ...defaultLimits.widgets, perDashboard: PER_DASHBOARD } };
  const send: TestHost['api']['send'] = (...args) => running.api.send(...args);
  const call = <T = Dashboard>(...args: Parameters<TestHost['api']['send']>) => running.api.call<T>(...args);
  const add = (dashboardId: string, input: object = {}) =>
    call<Widget>('POST', '/api/widgets', {
      plugin: 'board',
      template: 'by_priority',
      instances: 'all',
      dashboardId,
      ...input,
    });
  const restart = async (plugins: readonly TestPlugin[]): Promise<void> => {
    await running[Symbol.asyncDispose]();
    running = await startTestHost(place, { plugins, limits });
  };

  beforeAll(async () => {
    place = await database.open();
    running = await startTestHost(place, { plugins: [board, shelf], limits });
    for (const id of ['acme', 'globex']) await call('POST', '/api/clients', { id, name: id });
    for (const [id, clientId] of [
      ['acme-1', 'acme'],
      ['acme-2', 'acme'],
      ['globex-1', 'globex'],
      ['globex-2', 'globex'],
      ['shared', null],
    ]) {
      const config = { baseUrl: 'https://board.example' };
      await call('POST', '/api/instances', { id, plugin: 'board', name: id, clientId, config });
    }
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  test('a created one is where Location says; a patch merges; null removes', async () => {
    const made = await call('POST', '/api/dashboards', {
      title: 'Überblick (SOC)',
      description: 'All of it',
      clientId: 'acme',
      timeRange: { days: 30 },
      refreshMs: 60_000,
    });
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe('/api/dashboards/uberblick-soc');
    expect(made.body).toEqual({
      id: 'uberblick-soc',
      title: 'Überblick (SOC)',
      description: 'All of it',
      clientId: 'acme',
      timeRange: { days: 30 },
      refreshMs: 60_000,
      revision: 1,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
      widgets: [],
    });
    const patched = await call('PATCH', '/api/dashboards/uberblick-soc', { description: null, timeRange: { days: 7 } });
    expect(patched.headers.get('etag')).toBe('"2"');
    expect(patched.body).toMatchObject({ description: null, timeRange: { days: 7 }, refreshMs: 60_000, revision: 2 });
    expect((await call('PATCH', '/api/dashboards/uberblick-soc', { timeRange: null })).body).toMatchObject({
      timeRange: null,
    });
    const { widgets: _, ...listed } = (await call('GET', '/api/dashboards/uberblick-soc')).body;
    const lists = await Promise.all(
      ['', '?client=acme', '?client=globex'].map((query) => call('GET', `/api/dashboards${query}`)),
    );
    expect(lists.map(({ body }) => body)).toEqual([
      { dashboards: [listed] },
      { dashboards: [listed] },
      { dashboards: [] },
    ]);
  });

  test('a second of the same title gets an id of its own; an id that is taken is refused', async () => {
    await call('POST', '/api/dashboards', { title: 'Twin' });
    expect((await call('POST', '/api/dashboards', { title: 'Twin' })).body.id).toMatch(/^twin-[0-9a-f]{6}$/);
    await expectProblem(await send('POST', '/api/dashboards', { id: 'twin', title: 'Twin' }), 409, 'conflict');
  });

  test.for([
    [{}, '/title'],
    [{ title: '' }, '/title'],
    [{ title: 'x', timeRange: { days: 0 } }, '/timeRange/days'],
    [{ title: 'x', timeRange: {} }, '/timeRange/days'],
    [{ title: 'x', refreshMs: 10 }, '/refreshMs'],
    [{ title: 'x', id: '../x' }, '/id'],
    [{ title: 'x', html: '<b>' }, '/html'],
    [{ title: 'x', clientId: 'nope' }, '/clientId'],
  ] as const)('%j is refused', async ([input, pointer]) => {
    const problem = await expectProblem(await send('POST', '/api/dashboards', input), 400, 'config_invalid');
    expect(problem.errors?.map((error) => error.pointer)).toEqual([pointer]);
  });

  test('its widgets come line by line, and go with it', async () => {
    await call('POST', '/api/dashboards', { id: 'lines', title: 'Lines' });
    const size = { w: 3, h: 2 };
    await add('lines', { id: 'lines-c', position: { x: 0, y: 2, ...size } });
    await add('lines', { id: 'lines-b', position: { x: 6, y: 0, ...size } });
    await add('lines', { id: 'lines-a', position: { x: 0, y: 0, ...size } });
    const { body } = await call('GET', '/api/dashboards/lines');
    expect(body.widgets.map(({ id }) => id)).toEqual(['lines-a', 'lines-b', 'lines-c']);
    expect((await send('DELETE', '/api/dashboards/lines')).status).toBe(204);
    await expectProblem(await send('GET', '/api/dashboards/lines'), 404, 'not_found');
    await expectProblem(await send('GET', '/api/widgets/lines-a'), 404, 'not_found');
    await expectProblem(await send('DELETE', '/api/dashboards/lines'), 404, 'not_found');
  });

  test('a layout moves all of its widgets or none', async () => {
    await call('POST', '/api/dashboards', { id: 'moved', title: 'Moved' });
    for (const id of ['moved-a', 'moved-b']) await add('moved', { id });
    await call('POST', '/api/dashboards', { id: 'elsewhere', title: 'Elsewhere' });
    await add('elsewhere', { id: 'foreign' });
    const before = (await call('GET', '/api/dashboards/moved')).body;
    const to = (y: number, w = 3) => ({ x: 3, y, w, h: 1 });
    const lay = (widgets: unknown, headers = {}) =>
      send('PUT', '/api/dashboards/moved/layout', { widgets }, { headers });
    const refused = await lay([
      { id: 'moved-a', position: to(8) },
      { id: 'foreign', position: to(9) },
    ]);
    const problem = await expectProblem(refused, 400, 'config_invalid');
    expect(problem.errors).toEqual([{ pointer: '/widgets/1/id', message: 'names no widget of the dashboard "moved"' }]);
    await expectProblem(await lay([{ id: 'moved-a', position: to(8, 10) }]), 400, 'config_invalid');
    await expectProblem(
      await lay([to(1), to(2)].map((position) => ({ id: 'moved-a', position }))),
      400,
      'config_invalid',
    );
    await expectProblem(await lay([{ id: 'moved-a', position: to(8) }], { 'if-match': '"9"' }), 409, 'conflict');
    expect((await call('GET', '/api/dashboards/moved')).body).toEqual(before);

    const moved = await lay(
      [
        { id: 'moved-a', position: to(8) },
        { id: 'moved-b', position: to(0) },
      ],
      { 'if-match': '"1"' },
    );
    expect(moved.headers.get('etag')).toBe('"2"');
    expect(await moved.json()).toMatchObject({
      revision: 2,
      widgets: [
        { id: 'moved-b', position: to(0), revision: 2 },
        { id: 'moved-a', position: to(8), revision: 2 },
      ],
    });
  });

  test('of changes made for the same revision one is made', async () => {
    await call('POST', '/api/dashboards', { id: 'raced', title: 'Raced' });
    const headers = { 'if-match': '"1"' };
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((title) => send('PATCH', '/api/dashboards/raced', { title }, { headers })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409, 409]);
  });

  test('a dashboard takes so many widgets and no more, however many are added at once', async () => {
    await call('POST', '/api/dashboards', { id: 'full', title: 'Full' });
    const added = await Promise.all(Array.from({ length: PER_DASHBOARD + 3 }, () => add('full')));
    expect(added.filter(({ status }) => status === 201)).toHaveLength(PER_DASHBOARD);
    expect(added.filter(({ status }) => status === 409)).toHaveLength(3);
    const places = (await call('GET', '/api/dashboards/full')).body.widgets.map(({ position }) =>
      JSON.stringify(position),
    );
    expect(new Set(places).size, 'no two widgets in the same place').toBe(PER_DASHBOARD);
  });

  test('a copy has its own widgets', async () => {
    await call('POST', '/api/dashboards', {
      id: 'original',
      title: 'Original',
      clientId: 'acme',
      timeRange: { days: 9 },
    });
    await add('original', { id: 'original-a', title: 'Ours', params: { days: 7 }, instances: ['acme-1'] });
    const copy = await call('POST', '/api/dashboards/original/copy', {});
    expect(copy.status).toBe(201);
    expect(copy.headers.get('location')).toBe(`/api/dashboards/${copy.body.id}`);
    expect(copy.body).toMatchObject({ title: 'Original', clientId: 'acme', timeRange: { days: 9 }, revision: 1 });
    expect(copy.body.widgets).toMatchObject([
      { title: 'Ours', params: { days: 7 }, instances: ['acme-1'], dashboardId: copy.body.id },
    ]);
    expect(copy.body.widgets[0]?.id).not.toBe('original-a');
    await send('DELETE', '/api/dashboards/original');
    expect((await call('GET', `/api/dashboards/${copy.body.id}`)).body).toEqual(copy.body);
    await expectProblem(await send('POST', '/api/dashboards/original/copy', {}), 404, 'not_found');
  });

  test('a copy for another client shows that client’s instances and nobody else’s', async () => {
    await call('POST', '/api/dashboards', { id: 'acme-soc', title: 'SOC', clientId: 'acme' });
    const selections = ['all', ['acme-1', 'acme-2'], { clientId: 'acme' }, ['shared', 'acme-1']];
    for (const [y, instances] of selections.entries())
      await add('acme-soc', { instances, position: { x: 0, y, w: 1, h: 1 } });
    const { body } = await call('POST', '/api/dashboards/acme-soc/copy', {
      id: 'globex-soc',
      title: 'Globex SOC',
      clientId: 'globex',
    });
    expect(body).toMatchObject({ id: 'globex-soc', title: 'Globex SOC', clientId: 'globex' });
    expect(body.widgets.map(({ instances }) => instances)).toEqual([
      { clientId: 'globex' },
      { clientId: 'globex' },
      { clientId: 'globex' },
      ['shared', 'globex-1', 'globex-2'],
    ]);
    expect(JSON.stringify(body)).not.toContain('acme');
  });

  test('a dashboard outlives its client; for a client that is not there no copy is made', async () => {
    await call('POST', '/api/clients', { id: 'leaving', name: 'Leaving' });
    await call('POST', '/api/dashboards', { id: 'left', title: 'Left', clientId: 'leaving' });
    await send('DELETE', '/api/clients/leaving');
    expect((await call('GET', '/api/dashboards/left')).body).toMatchObject({ id: 'left', clientId: null });
    for (const [method, path] of [
      ['POST', '/api/dashboards/left/copy'],
      ['PATCH', '/api/dashboards/left'],
    ] as const) {
      const problem = await expectProblem(await send(method, path, { clientId: 'leaving' }), 400, 'config_invalid');
      expect(problem.errors).toMatchObject([{ pointer: '/clientId' }]);
    }
  });

  test('a widget whose plugin, template or stream is gone stands on its dashboard with its problem, and can be changed', async () => {
    await call('POST', '/api/dashboards', { id: 'worn', title: 'Worn' });
    await add('worn', { id: 'worn-template' });
    await add('worn', { id: 'worn-query', template: null, query: 'tickets' });
    await restart([bare, shelf]);
    const [template, query] = (await call('GET', '/api/dashboards/worn')).body.widgets;
    expect(template).toMatchObject({ id: 'worn-template', problem: { code: 'gone', plugin: 'board' } });
    expect(template?.shows).toBeUndefined();
    expect(query).toMatchObject({ id: 'worn-query', shows: { title: 'Tickets by priority' } });

    await restart([shelf]);
    const { widgets } = (await call('GET', '/api/dashboards/worn')).body;
    expect(widgets.map(({ problem }) => problem?.code)).toEqual(['gone', 'gone']);
    const renamed = await call<Widget>('PATCH', '/api/widgets/worn-query', { title: 'Kept' });
    expect(renamed).toMatchObject({ status: 200, body: { title: 'Kept', problem: { code: 'gone' } } });
    await expectProblem(await send('PATCH', '/api/widgets/worn-query', { params: { days: 3 } }), 400, 'config_invalid');

    await restart([board, shelf]);
    const back = (await call('GET', '/api/dashboards/worn')).body.widgets;
    expect(back).toMatchObject([{ shows: { title: 'Open tickets' } }, { shows: { title: 'Kept' } }]);
  });
});
