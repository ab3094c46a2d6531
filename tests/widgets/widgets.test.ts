import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { expectProblem } from '../support/problem.ts';
import { buildBoard, buildShelf } from './board-plugin.ts';

interface View {
  readonly id: string;
  readonly revision: number;
  readonly shows?: Record<string, unknown>;
}

let board: TestPlugin;
let shelf: TestPlugin;
beforeAll(async () => {
  [board, shelf] = await Promise.all([buildBoard(), buildShelf()]);
});
afterAll(async () => {
  await board[Symbol.asyncDispose]();
  await shelf[Symbol.asyncDispose]();
});

const BY_PRIORITY = { plugin: 'board', template: 'by_priority', instances: 'all' };

describe.each(oneOf)('widgets on $name', (database) => {
  let place: TestDatabase;
  let running: TestHost;
  const send: TestHost['api']['send'] = (...args) => running.api.send(...args);
  const call = <T = View>(...args: Parameters<TestHost['api']['send']>) => running.api.call<T>(...args);
  /** Pointers of the faults in a widget that is refused. */
  const faults = async (input: object, path = '/api/widgets', method = 'POST'): Promise<unknown> => {
    const problem = await expectProblem(await send(method, path, input), 400, 'config_invalid');
    return problem.errors?.map(({ pointer }) => pointer);
  };

  beforeAll(async () => {
    place = await database.open();
    running = await startTestHost(place, { plugins: [board, shelf] });
    await call('POST', '/api/clients', { id: 'acme', name: 'Acme' });
    const config = { baseUrl: 'https://board.example' };
    for (const [id, plugin] of [
      ['acme-board', 'board'],
      ['acme-shelf', 'shelf'],
    ])
      await call('POST', '/api/instances', { id, plugin, name: id, clientId: null, config });
    await call('POST', '/api/dashboards', { id: 'soc', title: 'SOC', refreshMs: 30_000 });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  test('one made from a template keeps what it sets and shows the rest of the template', async () => {
    const made = await call('POST', '/api/widgets', { ...BY_PRIORITY, id: 'made', title: 'Ours', params: { days: 7 } });
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe('/api/widgets/made');
    expect(made.headers.get('etag')).toBe('"1"');
    expect(made.body).toEqual({
      id: 'made',
      dashboardId: null,
      plugin: 'board',
      template: 'by_priority',
      query: null,
      view: null,
      title: 'Ours',
      kind: null,
      params: { days: 7 },
      instances: 'all',
      columns: null,
      x: null,
      y: null,
      refreshMs: null,
      position: { x: 0, y: 0, w: 6, h: 4 },
      runsAs: 'admin',
      revision: 1,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
      shows: {
        title: 'Ours',
        kind: 'bar',
        query: 'tickets',
        params: { project: 'OPS', days: 7 },
        columns: [
          { name: 'count', type: 'integer', unit: 'tickets', label: 'Count' },
          { name: 'priority', type: 'string', label: 'Priority' },
        ],
        x: 'priority',
        y: ['count'],
        refreshMs: 120_000,
      },
    });
    const read = await call('GET', '/api/widgets/made');
    expect(read).toMatchObject({ status: 200, body: made.body });
    expect(read.headers.get('etag')).toBe('"1"');
  });

  test('one made from a query or a view needs no template', async () => {
    const query = { plugin: 'board', query: 'tickets', instances: ['acme-board'], params: { project: 'NET' } };
    expect((await call('POST', '/api/widgets', query)).body).toMatchObject({
      id: expect.stringMatching(/^w-[0-9a-f]{16}$/),
      query: 'tickets',
      shows: { title: 'Tickets by priority', kind: 'table', params: { project: 'NET' }, refreshMs: 60_000 },
    });
    const view = {
      stream: 'issues',
      where: [{ column: 'updated', op: 'gt', agoMs: 86_400_000 }],
      measures: [{ name: 'today', fn: 'count' }],
    };
    const stat = { plugin: 'board', view, kind: 'stat', y: ['today'], instances: { clientId: 'acme' } };
    expect((await call('POST', '/api/widgets', stat)).body).toMatchObject({
      view,
      instances: { clientId: 'acme' },
      shows: { title: 'Issues', kind: 'stat', view, columns: [{ name: 'today', type: 'integer' }] },
    });
  });

  test('one placed on a dashboard without a position stands below the others and follows its refresh', async () => {
    const first = await call('POST', '/api/widgets', { ...BY_PRIORITY, dashboardId: 'soc' });
    const second = await call('POST', '/api/widgets', { ...BY_PRIORITY, dashboardId: 'soc', refreshMs: 5000 });
    expect(first.body).toMatchObject({ position: { x: 0, y: 0, w: 6, h: 4 }, shows: { refreshMs: 30_000 } });
    expect(second.body).toMatchObject({ position: { x: 0, y: 4, w: 6, h: 4 }, shows: { refreshMs: 5000 } });
    const list = await call<{ widgets: View[] }>('GET', '/api/widgets?dashboard=soc');
    expect(list.body.widgets.map(({ id }) => id)).toEqual([first.body.id, second.body.id]);
  });

  test.for([
    ['a plugin that is not there', { ...BY_PRIORITY, plugin: 'nobody' }, ['/plugin']],
    ['an unknown template', { ...BY_PRIORITY, template: 'nope' }, ['/template']],
    ['an unknown query', { plugin: 'board', query: 'nope', instances: 'all' }, ['/query']],
    ['a query that is in every object', { plugin: 'board', query: 'constructor', instances: 'all' }, ['/query']],
    ['an unknown stream', { plugin: 'board', view: { stream: 'nope' }, instances: 'all' }, ['/view/stream']],
    ['no source', { plugin: 'board', instances: 'all' }, ['']],
    ['two sources', { ...BY_PRIORITY, query: 'tickets' }, ['']],
    ['no instances', { plugin: 'board', template: 'by_priority' }, ['/instances']],
    ['instances in no known form', { ...BY_PRIORITY, instances: 'some' }, ['/instances']],
    ['an instance that is not there', { ...BY_PRIORITY, instances: ['acme-board', 'nope'] }, ['/instances/1']],
    ['an instance of another plugin', { ...BY_PRIORITY, instances: ['acme-shelf'] }, ['/instances/0']],
    [
      'instances of a client that is not there',
      { ...BY_PRIORITY, instances: { clientId: 'nope' } },
      ['/instances/clientId'],
    ],
    ['an unknown param', { ...BY_PRIORITY, params: { nope: 1 } }, ['/params/nope']],
    [
      'params that do not fit',
      { ...BY_PRIORITY, params: { days: 91, project: 'ops' } },
      ['/params/days', '/params/project'],
    ],
    ['params of a view', { plugin: 'board', template: 'newest', params: { days: 1 }, instances: 'all' }, ['/params']],
    [
      'columns that the query does not have',
      { ...BY_PRIORITY, columns: ['count', 'nope'], y: ['no'] },
      ['/columns/1', '/y/0'],
    ],
    [
      'an x that the view does not have',
      { plugin: 'board', template: 'hours_by_status', x: 'id', instances: 'all' },
      ['/x'],
    ],
    ['a kind that nobody draws', { ...BY_PRIORITY, kind: 'globe' }, ['/kind']],
    ['a place beyond the grid', { ...BY_PRIORITY, position: { x: 8, y: 0, w: 5, h: 1 } }, ['/position/w']],
    ['a dashboard that is not there', { ...BY_PRIORITY, dashboardId: 'nope' }, ['/dashboardId']],
    ['an unknown member', { ...BY_PRIORITY, script: 'alert(1)' }, ['/script']],
    [
      'a sum of text',
      {
        plugin: 'board',
        view: { stream: 'issues', measures: [{ name: 'a', fn: 'sum', column: 'id' }] },
        instances: 'all',
      },
      ['/view/measures/0/column'],
    ],
    [
      'a condition of another type',
      {
        plugin: 'board',
        view: { stream: 'issues', where: [{ column: 'hours', op: 'gt', value: 'x' }] },
        instances: 'all',
      },
      ['/view/where/0/value'],
    ],
    [
      'a measure of no column',
      { plugin: 'board', view: { stream: 'issues', measures: [{ name: 'a', fn: 'sum' }] }, instances: 'all' },
      ['/view/measures/0/column'],
    ],
  ] as const)('%s is refused with its place', async ([, input, pointers]) => {
    expect(await faults(input)).toEqual(pointers);
  });

  test('a placeholder stands where the value is not known yet, and only there', async () => {
    const params = { project: '${client.project}', note: 'of ${client.name}' };
    const made = await call('POST', '/api/widgets', { ...BY_PRIORITY, id: 'open', params });
    expect(made).toMatchObject({ status: 201, body: { params, shows: { params } } });
    expect(await faults({ ...BY_PRIORITY, params: { ...params, days: 0 } })).toEqual(['/params/days']);
    for (const note of ['${host.env}', '${client.', '${client.__proto__}'])
      expect(await faults({ ...BY_PRIORITY, params: { note } }), note).toEqual(['/params/note']);
  });

  test('columns of a query whose columns come with the answer are taken as they are', async () => {
    const input = { plugin: 'board', query: 'anything', columns: ['whatever'], instances: 'all' };
    expect((await call('POST', '/api/widgets', input)).body).toMatchObject({
      columns: ['whatever'],
      shows: { columns: [] },
    });
  });

  test('a patch merges, null gives back what the template says', async () => {
    await call('POST', '/api/widgets', {
      ...BY_PRIORITY,
      id: 'merged',
      title: 'Ours',
      params: { days: 7, note: 'x' },
      position: { x: 0, y: 0, w: 3, h: 2 },
    });
    const patch = { title: null, params: { note: null, project: 'NET' }, position: { x: 9 } };
    const patched = await call('PATCH', '/api/widgets/merged', patch);
    expect(patched.headers.get('etag')).toBe('"2"');
    expect(patched.body).toMatchObject({
      revision: 2,
      title: null,
      params: { days: 7, project: 'NET' },
      position: { x: 9, y: 0, w: 3, h: 2 },
      shows: { title: 'Open tickets', params: { days: 7, project: 'NET' } },
    });
    const other = await call('PATCH', '/api/widgets/merged', {
      template: null,
      query: 'anything',
      params: { days: null, project: null },
    });
    expect(other.body).toMatchObject({ template: null, query: 'anything', params: {}, shows: { kind: 'table' } });
    expect(await faults({ position: { w: 4 } }, '/api/widgets/merged', 'PATCH')).toEqual(['/position/w']);
    expect(await faults({ plugin: 'shelf' }, '/api/widgets/merged', 'PATCH')).toEqual(['/plugin']);
    expect(await faults({ template: 'newest' }, '/api/widgets/merged', 'PATCH')).toEqual(['']);
  });

  test('of changes made for the same revision one is made; without a revision all are', async () => {
    await call('POST', '/api/widgets', { ...BY_PRIORITY, id: 'raced' });
    const headers = { 'if-match': '"1"' };
    const titles = ['a', 'b', 'c', 'd'];
    const answers = await Promise.all(
      titles.map((title) => send('PATCH', '/api/widgets/raced', { title }, { headers })),
    );
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([200, 409, 409, 409]);
    await Promise.all(
      [{ title: 'e' }, { kind: 'pie' }, { refreshMs: 1000 }].map((patch) => send('PATCH', '/api/widgets/raced', patch)),
    );
    expect((await call('GET', '/api/widgets/raced')).body).toMatchObject({
      revision: 5,
      title: 'e',
      kind: 'pie',
      refreshMs: 1000,
    });
  });

  test('an id that is taken is refused, and a deleted widget is gone', async () => {
    await call('POST', '/api/widgets', { ...BY_PRIORITY, id: 'doomed' });
    await expectProblem(await send('POST', '/api/widgets', { ...BY_PRIORITY, id: 'doomed' }), 409, 'conflict');
    expect((await send('DELETE', '/api/widgets/doomed')).status).toBe(204);
    await expectProblem(await send('GET', '/api/widgets/doomed'), 404, 'not_found');
    await expectProblem(await send('PATCH', '/api/widgets/doomed', {}), 404, 'not_found');
    await expectProblem(await send('DELETE', '/api/widgets/doomed'), 404, 'not_found');
  });

  test('hostile text is text: it comes back as it was sent, as JSON', async () => {
    const title = '</script><img src=x onerror=alert(1)>\u2028"\'; drop table widget; --';
    const params = { note: '<svg onload=alert(2)>{{7*7}}' };
    const made = await call('POST', '/api/widgets', { ...BY_PRIORITY, title, params });
    expect(made.body).toMatchObject({ title, params, shows: { title } });
    const answer = await send('GET', `/api/widgets/${made.body.id}`);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await answer.json()).toEqual(made.body);
  });

  test.for([
    ['10 MB of params', { note: 'x'.repeat(10_000_000) }, undefined],
    ['params larger than a widget may have', { note: 'x'.repeat(70_000) }, ['/params']],
    [
      'params nested without end',
      { note: JSON.parse('['.repeat(50) + ']'.repeat(50)) },
      [`/params/note${'/0'.repeat(18)}`],
    ],
    ['a NUL', { note: 'a\0b' }, ['/params/note']],
  ] as const)('%s are refused', async ([, params, pointers]) => {
    expect(await faults({ ...BY_PRIORITY, params })).toEqual(pointers);
  });

  test('a name that reaches a prototype is refused', async () => {
    const text =
      '{"plugin":"board","template":"by_priority","instances":"all","params":{"__proto__":{"polluted":true}}}';
    await expectProblem(await send('POST', '/api/widgets', text), 400, 'config_invalid');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
