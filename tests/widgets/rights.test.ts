// Widgets of queries that need a role: who may say what they ask, and who sees the answer.
import type { QueryResult } from '@jackfield/schemas';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Role } from '../../host/src/access/index.ts';
import { oneOf, server, type TestDatabase } from '../support/databases.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { expectProblem } from '../support/problem.ts';
import { addTokens } from '../support/tokens.ts';
import { json, startVendor } from '../support/vendor.ts';
import { buildBoard, buildStrictBoard } from './board-plugin.ts';

interface Widget {
  readonly id: string;
  readonly revision: number;
  readonly runsAs: Role;
  readonly params: object;
}

let board: TestPlugin;
let strict: TestPlugin;
beforeAll(async () => {
  [board, strict] = await Promise.all([buildBoard(), buildStrictBoard()]);
});
afterAll(async () => {
  await board[Symbol.asyncDispose]();
  await strict[Symbol.asyncDispose]();
});

const SEARCH = { plugin: 'board', query: 'search', params: { text: 'saved' }, instances: ['shared'] };

describe.each(oneOf)('a widget of a query for managers on $name', (database) => {
  let place: TestDatabase;
  let running: TestHost;
  let tokens: Readonly<Record<Role, string>>;
  let count = 0;
  /** One that a manager has made, on a dashboard of its own. */
  let widget: string;
  let dashboard: string;

  const send = (role: Role, method: string, path: string, body?: unknown): Promise<Response> =>
    running.api.send(method, path, body, { headers: { authorization: `Bearer ${tokens[role]}` } });
  const made = async <T = Widget>(role: Role, path: string, body: object): Promise<T> => {
    const response = await send(role, 'POST', path, body);
    expect(response.status).toBe(201);
    return (await response.json()) as T;
  };
  const read = async (id = widget): Promise<Widget> =>
    (await (await send('engineer', 'GET', `/api/widgets/${id}`)).json()) as Widget;
  const denied = async (answer: Promise<Response>): Promise<void> => {
    const problem = await expectProblem(await answer, 403, 'permission_denied');
    expect(problem.detail).toContain('needs the role manager, this token has engineer');
  };
  const rowsOf = async (answer: Promise<Response>): Promise<unknown> => {
    const response = await answer;
    expect(response.status).toBe(200);
    return ((await response.json()) as QueryResult).rows;
  };

  beforeAll(async () => {
    place = await database.open();
    tokens = await addTokens(place);
    running = await startTestHost(place, { plugins: [board] });
    await made('admin', '/api/clients', { id: 'acme', name: 'Acme' });
    const config = { baseUrl: 'http://127.0.0.1:9' };
    for (const [id, clientId] of [
      ['shared', null],
      ['acme', 'acme'],
    ])
      await made('admin', '/api/instances', { id, plugin: 'board', name: id, clientId, config });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    dashboard = `board-${(count += 1)}`;
    await made('engineer', '/api/dashboards', { id: dashboard, title: 'Board', timeRange: { days: 7 } });
    widget = (await made('manager', '/api/widgets', { ...SEARCH, dashboardId: dashboard })).id;
  });

  test('is saved and previewed by managers and up', async () => {
    await denied(send('engineer', 'POST', '/api/widgets', SEARCH));
    await denied(send('engineer', 'POST', '/api/widgets/preview', SEARCH));
    for (const role of ['manager', 'admin'] as const) {
      expect(await made(role, '/api/widgets', SEARCH)).toMatchObject({ runsAs: role });
      expect(await rowsOf(send(role, 'POST', '/api/widgets/preview', SEARCH))).toHaveLength(1);
    }
  });

  test('shows everybody what was saved, and nothing else', async () => {
    const at = `/api/widgets/${widget}/data`;
    const saved = [{ instance: 'shared', text: 'saved', days: 7 }];
    for (const role of ['engineer', 'manager'] as const) {
      expect(await rowsOf(send(role, 'GET', at))).toEqual(saved);
      expect(await rowsOf(send(role, 'POST', at, { params: {} }))).toEqual(saved);
    }
    await denied(send('engineer', 'POST', at, { params: { text: 'mine' } }));
    await denied(send('engineer', 'POST', at, { days: 3000 }));
    await denied(send('engineer', 'GET', `${at}?days=3000`));
    expect(await rowsOf(send('manager', 'POST', at, { params: { text: 'mine' }, days: 2 }))).toEqual([
      { instance: 'shared', text: 'mine', days: 2 },
    ]);
    // The query itself stays closed.
    await denied(send('engineer', 'POST', '/api/instances/shared/queries/search', { params: { text: 'saved' } }));
  });

  test('may look otherwise as everybody likes, but asks what a manager says', async () => {
    const at = `/api/widgets/${widget}`;
    const { params } = await read();
    const looks = { title: 'Ours', kind: 'table', columns: ['text'], refreshMs: 5000, params };
    expect((await send('engineer', 'PATCH', at, looks)).status).toBe(200);
    const before = await read();
    expect(before).toMatchObject({ revision: 2, title: 'Ours', runsAs: 'manager' });
    for (const patch of [
      { params: { text: 'mine' } },
      { params: { days: 3000 } },
      { instances: 'all' },
      { instances: { clientId: 'acme' } },
      { dashboardId: null },
    ])
      await denied(send('engineer', 'PATCH', at, patch));
    expect(await read()).toEqual(before);
    expect((await send('admin', 'PATCH', at, { params: { text: 'theirs' } })).status).toBe(200);
    expect(await read()).toMatchObject({ runsAs: 'admin', params: { text: 'theirs' } });
  });

  test('becomes the engineer’s when an engineer makes it ask something else, and does not become it again', async () => {
    const at = `/api/widgets/${widget}`;
    expect((await send('engineer', 'PATCH', at, { query: 'tickets', params: { text: null } })).status).toBe(200);
    expect(await read()).toMatchObject({ runsAs: 'engineer', query: 'tickets' });
    await denied(send('engineer', 'PATCH', at, { query: 'search', params: { text: 'mine' } }));
  });

  test('stands on a dashboard whose client and time range managers change, and that managers copy', async () => {
    const at = `/api/dashboards/${dashboard}`;
    await denied(send('engineer', 'PATCH', at, { clientId: 'acme' }));
    await denied(send('engineer', 'PATCH', at, { timeRange: { days: 3000 } }));
    await denied(send('engineer', 'PATCH', at, { timeRange: null }));
    const copy = { id: `${dashboard}-copy`, clientId: 'acme' };
    await denied(send('engineer', 'POST', `${at}/copy`, copy));
    expect((await send('engineer', 'GET', `/api/dashboards/${copy.id}`)).status).toBe(404);
    expect((await send('engineer', 'PATCH', at, { title: 'Renamed', timeRange: { days: 7 } })).status).toBe(200);
    expect((await send('manager', 'PATCH', at, { timeRange: { days: 9 } })).status).toBe(200);
    const { widgets } = await made<{ widgets: Widget[] }>('admin', `${at}/copy`, copy);
    expect(widgets).toMatchObject([{ runsAs: 'admin', params: { text: 'saved' } }]);
    expect(await rowsOf(send('engineer', 'GET', `/api/widgets/${widgets[0]?.id}/data`))).toEqual([
      { instance: 'shared', text: 'saved', days: 9 },
    ]);
  });
});

test('a widget whose query needs a role since an upgrade shows its data to managers, until one of them saves it again', async () => {
  await using place = await server.open();
  await using vendor = await startVendor(json([{ priority: 'High', count: 3 }]));
  const tokens = await addTokens(place);
  const as = (role: Role): RequestInit => ({ headers: { authorization: `Bearer ${tokens[role]}` } });
  const widget = { id: 'tickets', plugin: 'board', template: 'by_priority', instances: 'all' };
  {
    await using before = await startTestHost(place, { plugins: [board] });
    const config = { baseUrl: vendor.url };
    await before.api.call('POST', '/api/instances', { id: 'one', plugin: 'board', name: 'One', config });
    expect((await before.api.send('POST', '/api/widgets', widget, as('engineer'))).status).toBe(201);
    expect((await before.api.send('GET', '/api/widgets/tickets/data', undefined, as('engineer'))).status).toBe(200);
  }
  await using after = await startTestHost(place, { plugins: [strict] });
  const look = (role: Role): Promise<Response> =>
    after.api.send('GET', '/api/widgets/tickets/data', undefined, as(role));
  await expectProblem(await look('engineer'), 403, 'permission_denied');
  expect((await look('manager')).status).toBe(200);
  const again = { template: 'by_priority' };
  expect((await after.api.send('PATCH', '/api/widgets/tickets', again, as('engineer'))).status).toBe(200);
  await expectProblem(await look('engineer'), 403, 'permission_denied');
  expect((await after.api.send('PATCH', '/api/widgets/tickets', again, as('manager'))).status).toBe(200);
  expect((await look('engineer')).status).toBe(200);
});
