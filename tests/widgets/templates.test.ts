import { afterAll, beforeAll, expect, test } from 'vitest';
import { server, type TestDatabase } from '../support/databases.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { expectProblem } from '../support/problem.ts';
import { buildBoard, buildShelf } from './board-plugin.ts';

let place: TestDatabase;
let plugins: TestPlugin[];
let running: TestHost;

beforeAll(async () => {
  place = await server.open();
  plugins = [await buildBoard(), await buildShelf()];
  running = await startTestHost(place, { plugins });
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  for (const plugin of plugins) await plugin[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

test('a template of a query has the units and labels of its columns, in its own order', async () => {
  const { body } = await running.api.call('GET', '/api/widget-templates/board/by_priority');
  expect(body).toEqual({
    plugin: 'board',
    template: 'by_priority',
    title: 'Open tickets',
    kind: 'bar',
    query: 'tickets',
    params: { project: 'OPS' },
    columns: [
      { name: 'count', type: 'integer', unit: 'tickets', label: 'Count' },
      { name: 'priority', type: 'string', label: 'Priority' },
    ],
    x: 'priority',
    y: ['count'],
    refreshMs: 120_000,
  });
});

test('a template of a view has the columns of its groups and measures, with the units of what is measured', async () => {
  const { body } = await running.api.call('GET', '/api/widget-templates/board/hours_by_status');
  expect(body).toMatchObject({
    kind: 'pie',
    view: { stream: 'issues', groupBy: ['status'] },
    columns: [
      { name: 'status', type: 'string', label: 'Status' },
      { name: 'issues', type: 'integer', label: 'Issues' },
      { name: 'spent', type: 'number', unit: 'h' },
      { name: 'mean', type: 'number', unit: 'h', label: 'Mean' },
      { name: 'newest', type: 'datetime' },
    ],
    x: 'status',
    y: ['issues'],
  });
  const rows = await running.api.call('GET', '/api/widget-templates/board/newest');
  expect(rows.body).toMatchObject({
    columns: [
      { name: 'updated', type: 'datetime' },
      { name: 'id', type: 'string' },
    ],
    x: null,
    y: [],
  });
});

test('the list names every template once, and can be asked for one plugin', async () => {
  const ids = async (path: string): Promise<unknown> =>
    (await running.api.call<{ templates: { plugin: string; template: string }[] }>('GET', path)).body.templates.map(
      ({ plugin, template }) => `${plugin}/${template}`,
    );
  const all = ['board/by_priority', 'board/hours_by_status', 'board/newest'];
  expect(await ids('/api/widget-templates')).toEqual(all);
  expect(await ids('/api/widget-templates?plugin=board')).toEqual(all);
  expect(await ids('/api/widget-templates?plugin=shelf')).toEqual([]);
});

test.for(['board/nope', 'nobody/by_priority', 'board/constructor', 'board/__proto__'])(
  'there is no template %s',
  async (path) => {
    await expectProblem(await running.api.send('GET', `/api/widget-templates/${path}`), 404, 'not_found');
  },
);
