import type { QueryResult } from '@jackfield/schemas';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { movableClock, startTestHost, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { expectProblem } from '../support/problem.ts';
import { json, startVendor, type Vendor } from '../support/vendor.ts';
import { buildBoard, buildShelf } from './board-plugin.ts';

const ROWS = [
  { priority: 'High', count: 3 },
  { priority: 'Low', count: 1 },
];

let board: TestPlugin;
let shelf: TestPlugin;
beforeAll(async () => {
  [board, shelf] = await Promise.all([buildBoard(), buildShelf()]);
});
afterAll(async () => {
  await board[Symbol.asyncDispose]();
  await shelf[Symbol.asyncDispose]();
});

describe.each(oneOf)('the data of widgets on $name', (database) => {
  let place: TestDatabase;
  let running: TestHost;
  /** The vendors of the instances `acme` and `globex`, and of those that tests add. */
  let acme: Vendor;
  let globex: Vendor;
  const clock = movableClock();
  const send: TestHost['api']['send'] = (...args) => running.api.send(...args);
  const call = <T = QueryResult>(...args: Parameters<TestHost['api']['send']>) => running.api.call<T>(...args);
  const restart = async (plugins: readonly TestPlugin[]): Promise<void> => {
    await running[Symbol.asyncDispose]();
    running = await startTestHost(place, { plugins, clock });
  };
  const connect = (id: string, vendor: Vendor, clientId: string | null = null) =>
    call('POST', '/api/instances', {
      id,
      plugin: 'board',
      name: `The ${id}`,
      clientId,
      config: { baseUrl: vendor.url },
    });
  const add = async (input: object): Promise<string> => {
    const widget = { plugin: 'board', template: 'by_priority', instances: ['acme', 'globex'], ...input };
    const { status, body } = await call<{ id: string }>('POST', '/api/widgets', widget);
    expect(status, JSON.stringify(body)).toBe(201);
    return body.id;
  };
  const data = (id: string, ...rest: unknown[]) =>
    call('GET', `/api/widgets/${id}/data${rest.length === 0 ? '' : String(rest[0])}`);
  const statesOf = ({ meta }: QueryResult) => meta?.instances?.map(({ id, state }) => `${id} ${state}`);

  beforeAll(async () => {
    place = await database.open();
    running = await startTestHost(place, { plugins: [board, shelf], clock });
    await call('POST', '/api/clients', { id: 'globex', name: 'Globex' });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    [acme, globex] = await Promise.all([startVendor(json(ROWS)), startVendor(json(ROWS.slice(0, 1)))]);
    await connect('acme', acme);
    await connect('globex', globex, 'globex');
  });
  afterEach(async () => {
    for (const id of ['acme', 'globex', 'added']) await send('DELETE', `/api/instances/${id}`);
    await acme[Symbol.asyncDispose]();
    await globex[Symbol.asyncDispose]();
  });

  test('are the rows of every instance, with units and labels, and say what became of each', async () => {
    const id = await add({});
    const answer = await send('GET', `/api/widgets/${id}/data`);
    expect(answer.headers.get('content-type')).toBe('application/json');
    const { columns, rows, meta } = (await answer.json()) as QueryResult;
    expect(columns.map(({ name }) => name)).toEqual(['instance', 'priority', 'count']);
    expect(columns[2]).toEqual({ name: 'count', type: 'integer', unit: 'tickets', label: 'Count' });
    expect(rows).toHaveLength(3);
    expect(rows).toContainEqual({ instance: 'acme', priority: 'Low', count: 1 });
    expect(rows).toContainEqual({ instance: 'globex', priority: 'High', count: 3 });
    expect(meta).toMatchObject({ rowCount: 3, vendorCalls: 2 });
    expect(meta?.instances).toMatchObject([
      { id: 'acme', name: 'The acme', state: 'ok', rowCount: 2 },
      { id: 'globex', name: 'The globex', state: 'ok', rowCount: 1 },
    ]);
  });

  test('come as NDJSON and CSV where they are asked for so', async () => {
    const id = await add({ instances: ['globex'] });
    const as = async (accept: string) =>
      (await send('GET', `/api/widgets/${id}/data`, undefined, { headers: { accept } })).text();
    expect(await as('application/x-ndjson')).toBe('{"instance":"globex","priority":"High","count":3}\n');
    expect(await as('text/csv')).toBe('instance,priority,count\r\nglobex,High,3\r\n');
    await expectProblem(
      await send('GET', `/api/widgets/${id}/data`, undefined, { headers: { accept: 'image/png' } }),
      400,
      'params_invalid',
    );
  });

  test('of an instance that fails are missing, and it is named; the others are there', async () => {
    const id = await add({});
    globex.answer = json({ error: 'down' }, 500);
    const { body } = await data(id);
    expect(body.rows).toEqual(ROWS.map((row) => ({ instance: 'acme', ...row })));
    expect(statesOf(body)).toEqual(['acme ok', 'globex failed']);
    expect(body.meta?.instances?.[1]?.error).toMatchObject({ code: 'vendor_error', instanceId: 'globex' });
  });

  test('of an instance that failed after it answered are the last ones, marked stale with their age', async () => {
    const id = await add({});
    await data(id);
    clock.advance(90_000);
    acme.answer = json({ error: 'down' }, 503);
    const { body } = await data(id);
    expect(body.rows).toHaveLength(3);
    expect(statesOf(body)).toEqual(['acme stale', 'globex ok']);
    expect(body.meta?.instances?.[0]?.stale).toMatchObject({ ageMs: expect.any(Number), reason: expect.any(String) });
    expect(body.meta?.instances?.[0]?.stale?.ageMs).toBeGreaterThanOrEqual(90_000);
  });

  test('of two dashboards that share a query are one call to each vendor', async () => {
    const ids: string[] = [];
    for (const dashboardId of ['one', 'two']) {
      await call('POST', '/api/dashboards', { id: dashboardId, title: dashboardId });
      ids.push(await add({ dashboardId }));
    }
    const answers = await Promise.all([...ids, ...ids, ...ids].map((id) => data(id)));
    for (const { body } of answers) expect(body.rows).toHaveLength(3);
    await data(ids[0] ?? '');
    expect([acme.calls, globex.calls]).toEqual([
      ['GET /tickets?days=30&project=OPS'],
      ['GET /tickets?days=30&project=OPS'],
    ]);
  });

  test('over all instances, or those of a client, include an instance that was added later, and none that is disabled', async () => {
    const all = await add({ instances: 'all' });
    const client = await add({ instances: { clientId: 'globex' } });
    expect(statesOf((await data(all)).body)).toEqual(['acme ok', 'globex ok']);
    expect(statesOf((await data(client)).body)).toEqual(['globex ok']);
    await connect('added', acme, 'globex');
    expect(statesOf((await data(all)).body)).toEqual(['acme ok', 'added ok', 'globex ok']);
    expect(statesOf((await data(client)).body)).toEqual(['added ok', 'globex ok']);
    await send('PATCH', '/api/instances/globex', { enabled: false });
    expect(statesOf((await data(all)).body)).toEqual(['acme ok', 'added ok']);
    await send('DELETE', '/api/instances/added');
    const problem = await expectProblem(await send('GET', `/api/widgets/${client}/data`), 404, 'not_found');
    expect(problem.detail).toContain('of the client "globex"');
  });

  test('are given again as they are while nothing has changed, to each what they may see, and anew at once when something has', async () => {
    await call('POST', '/api/dashboards', { id: 'watched', title: 'Watched', clientId: 'globex' });
    const id = await add({ dashboardId: 'watched' });
    const { body: made } = await call<{ token: string }>('POST', '/api/tokens', {
      ...{ name: 'theirs', role: 'user', clients: ['globex'] },
    });
    const ofClient = async (): Promise<QueryResult & { readonly status: number }> => {
      const headers = { authorization: `Bearer ${made.token}` };
      const answer = await send('GET', `/api/widgets/${id}/data`, undefined, { headers });
      return { status: answer.status, ...((await answer.json()) as QueryResult) };
    };
    // What the vendors themselves have just answered says how long they took.
    await data(id);
    const whole = (await data(id)).body;
    expect(await ofClient()).toMatchObject({ status: 200, rows: [{ instance: 'globex' }] });
    expect([(await data(id)).body, (await data(id)).body]).toEqual([whole, whole]);
    expect(await ofClient()).toEqual(await ofClient());
    expect([acme.calls.length, globex.calls.length]).toEqual([1, 1]);

    await call('PATCH', '/api/instances/globex', { clientId: null });
    expect(await ofClient()).toMatchObject({ status: 410 });
    expect(statesOf((await data(id)).body)).toEqual(['acme ok', 'globex ok']);
    await call('PATCH', '/api/instances/globex', { clientId: 'globex' });
    expect(await ofClient()).toMatchObject({ status: 200 });
    await call('PATCH', '/api/dashboards/watched', { clientId: null });
    expect(await ofClient()).toMatchObject({ status: 404 });
    await call('PATCH', `/api/widgets/${id}`, { instances: ['acme'] });
    expect(statesOf((await data(id)).body)).toEqual(['acme ok']);
    await call('DELETE', `/api/widgets/${id}`);
    expect(await data(id)).toMatchObject({ status: 404 });
  });

  test('follow the dashboard’s time range as far as the query allows, unless the widget or the reader says otherwise', async () => {
    await call('POST', '/api/dashboards', { id: 'ranged', title: 'Ranged', timeRange: { days: 7 } });
    const on = { dashboardId: 'ranged', instances: ['acme'] };
    const [follows, own] = [await add(on), await add({ ...on, params: { days: 2 } })];
    await data(follows);
    await data(own);
    await data(own, '?days=4');
    await call('PATCH', '/api/dashboards/ranged', { timeRange: { days: 365 } });
    await data(follows);
    await call('POST', `/api/widgets/${follows}/data`, { params: { project: 'NET' }, days: 3 });
    await call('POST', `/api/widgets/${follows}/data`, { params: { days: 5 } });
    expect(acme.calls).toEqual([
      'GET /tickets?days=7&project=OPS',
      'GET /tickets?days=2&project=OPS',
      'GET /tickets?days=4&project=OPS',
      'GET /tickets?days=90&project=OPS',
      'GET /tickets?days=3&project=NET',
      'GET /tickets?days=5&project=OPS',
    ]);
    const refused = await send('POST', `/api/widgets/${follows}/data`, { params: { project: 'x' } });
    await expectProblem(refused, 400, 'params_invalid');
    await expectProblem(await send('GET', `/api/widgets/${follows}/data?days=0`), 400, 'params_invalid');
  });

  test('have the parameters of the instance’s client in them, or of the dashboard’s where the instance is everybody’s', async () => {
    await call('POST', '/api/clients', { id: 'umbrella', name: 'Umbrella' });
    for (const [client, project] of [
      ['globex', 'GLX'],
      ['umbrella', 'UMB'],
    ])
      await call('PATCH', `/api/clients/${client}/parameters`, { project });
    await call('POST', '/api/dashboards', { id: 'umbrella', title: 'Umbrella', clientId: 'umbrella' });
    const params = { project: '${client.project}' };
    const { body } = await data(await add({ dashboardId: 'umbrella', params }));
    expect(statesOf(body)).toEqual(['acme ok', 'globex ok']);
    expect([acme.calls, globex.calls]).toEqual([
      ['GET /tickets?days=30&project=UMB'],
      ['GET /tickets?days=30&project=GLX'],
    ]);

    const loose = await data(await add({ params }));
    expect(statesOf(loose.body)).toEqual(['acme failed', 'globex ok']);
    expect(loose.body.meta?.instances?.[0]?.error).toMatchObject({ code: 'params_invalid' });
    await call('PATCH', '/api/clients/umbrella/parameters', { project: 'not one of theirs' });
    const unfit = await data(await add({ dashboardId: 'umbrella', params, instances: ['acme'] }));
    expect(unfit.body.meta?.instances?.[0]?.error?.errors).toMatchObject([{ pointer: '/params/project' }]);
  });

  test('of an instance that is gone are missing, and it is named; when none is left the widget is gone', async () => {
    const id = await add({});
    await send('DELETE', '/api/instances/globex');
    const { body } = await data(id);
    expect(statesOf(body)).toEqual(['acme ok', 'globex failed']);
    expect(body.meta?.instances?.[1]?.error).toMatchObject({ code: 'not_found' });
    await send('DELETE', '/api/instances/acme');
    const problem = await expectProblem(await send('GET', `/api/widgets/${id}/data`), 410, 'gone');
    expect(problem).toMatchObject({ detail: expect.stringContaining('"acme", "globex"'), plugin: 'board' });
    await expectProblem(await send('GET', '/api/widgets/nope/data'), 404, 'not_found');
  });

  test('of a widget whose plugin is gone are its own problem, and the others answer', async () => {
    await call('POST', '/api/instances', {
      id: 'shelf',
      plugin: 'shelf',
      name: 'Shelf',
      config: { baseUrl: acme.url },
    });
    const [gone, other] = [
      await add({}),
      await add({ plugin: 'shelf', template: null, query: 'tickets', instances: 'all' }),
    ];
    await restart([shelf]);
    await expectProblem(await send('GET', `/api/widgets/${gone}/data`), 410, 'gone');
    expect((await data(other)).body.rows).toHaveLength(2);
    await restart([board, shelf]);
    expect((await data(gone)).body.rows).toHaveLength(3);
  });

  test('of a preview are those of the widget that it would be, and nothing is saved', async () => {
    const before = (await call('GET', '/api/widgets')).body;
    const widget = { plugin: 'board', query: 'tickets', params: { project: 'NET', days: 1 }, instances: ['acme'] };
    const { status, body } = await call('POST', '/api/widgets/preview', widget);
    expect(status).toBe(200);
    expect(body.rows).toEqual(ROWS.map((row) => ({ instance: 'acme', ...row })));
    expect(acme.calls).toEqual(['GET /tickets?days=1&project=NET']);
    expect((await call('GET', '/api/widgets')).body).toEqual(before);
    const bad = { ...widget, params: { days: 0 }, instances: ['nope'], columns: ['nope'] };
    const problem = await expectProblem(await send('POST', '/api/widgets/preview', bad), 400, 'config_invalid');
    expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(['/columns/0', '/params/days', '/instances/0']);
  });
});
