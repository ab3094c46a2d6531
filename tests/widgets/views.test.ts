import type { QueryResult } from '@jackfield/schemas';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { expectProblem } from '../support/problem.ts';
import { fixtureOn, upsertOf } from '../sync/fixture.ts';
import { buildBoard } from './board-plugin.ts';

const at = '2026-01-05T10:00:00.000Z';
const ISSUES = {
  acme: [
    { id: 'A1', status: 'open', hours: 1.5, updated: at },
    { id: 'A2', status: 'open', hours: 2, updated: null },
    { id: 'A3', status: '=done,"x"', hours: null, updated: at },
  ],
  globex: [{ id: 'G1', status: 'open', hours: 4, updated: at }],
};

let board: TestPlugin;
beforeAll(async () => {
  board = await buildBoard();
});
afterAll(() => board[Symbol.asyncDispose]());

describe.each(oneOf)('the synced rows of widgets on $name', (database) => {
  let place: TestDatabase;
  let running: TestHost;
  const call = <T = QueryResult>(...args: Parameters<TestHost['api']['send']>) => running.api.call<T>(...args);
  const add = async (input: object): Promise<string> => {
    const { body } = await call<{ id: string }>('POST', '/api/widgets', {
      plugin: 'board',
      instances: 'all',
      ...input,
    });
    return `/api/widgets/${body.id}/data`;
  };

  beforeAll(async () => {
    place = await database.open();
    running = await startTestHost(place, { plugins: [board] });
    for (const id of ['acme', 'globex', 'empty'])
      await call('POST', '/api/instances', {
        id,
        plugin: 'board',
        name: `The ${id}`,
        config: { baseUrl: 'https://board.example' },
      });
    // The embedded database is open once: the rows are written while the host is down.
    await running[Symbol.asyncDispose]();
    {
      await using sync = await fixtureOn(place);
      await sync.activate(board.version);
      const columns = board.version.manifest.streams?.['issues']?.columns ?? [];
      for (const [instanceId, rows] of Object.entries(ISSUES))
        await sync.tables.apply(sync.store.db, { plugin: 'board', instanceId }, [upsertOf(rows, 'issues', columns)]);
      for (const instanceId of ['acme', 'empty', 'globex']) await sync.noteRun(instanceId, 'issues', 'succeeded');
    }
    running = await startTestHost(place, { plugins: [board] });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  test('are counted for each instance, with units, and say what each instance gave', async () => {
    const { body } = await call('GET', await add({ template: 'hours_by_status' }));
    expect(body.columns).toEqual([
      { name: 'instance', type: 'string', label: 'Instance' },
      { name: 'status', type: 'string', label: 'Status' },
      { name: 'issues', type: 'integer', label: 'Issues' },
      { name: 'spent', type: 'number', unit: 'h' },
      { name: 'mean', type: 'number', unit: 'h', label: 'Mean' },
      { name: 'newest', type: 'datetime' },
    ]);
    expect(body.rows).toEqual([
      { instance: 'acme', status: 'open', issues: 2, spent: 3.5, mean: 1.75, newest: at },
      { instance: 'acme', status: '=done,"x"', issues: 1, spent: null, mean: null, newest: at },
      { instance: 'globex', status: 'open', issues: 1, spent: 4, mean: 4, newest: at },
    ]);
    expect(body.meta).toMatchObject({
      rowCount: 3,
      asOf: expect.any(String),
      elapsedMs: expect.any(Number),
      vendorCalls: 0,
      instances: [
        { id: 'acme', name: 'The acme', state: 'ok', rowCount: 2 },
        { id: 'empty', name: 'The empty', state: 'ok', rowCount: 0 },
        { id: 'globex', name: 'The globex', state: 'ok', rowCount: 1 },
      ],
    });
    const template = await call<{ columns: unknown[] }>('GET', '/api/widget-templates/board/hours_by_status');
    expect(body.columns.slice(1), 'what the template promises').toEqual(template.body.columns);
  });

  test('come as CSV and NDJSON like those of a vendor, a formula made harmless', async () => {
    const view = { stream: 'issues', where: [{ column: 'status', op: 'ne', value: 'open' }] };
    const path = await add({ view, instances: ['acme'] });
    const as = async (accept: string) =>
      (await running.api.send('GET', path, undefined, { headers: { accept } })).text();
    expect(await as('text/csv')).toBe(`instance,id,status,hours,updated\r\nacme,A3,"'=done,""x""",,${at}\r\n`);
    const row = { instance: 'acme', id: 'A3', status: '=done,"x"', hours: null, updated: at };
    expect(await as('application/x-ndjson')).toBe(`${JSON.stringify(row)}\n`);
  });

  test('beyond the limit of the view are left out, and that is said', async () => {
    const { body } = await call('GET', await add({ view: { stream: 'issues', limit: 2 } }));
    expect(body).toMatchObject({ rows: [{ id: 'A1' }, { id: 'A2' }], meta: { rowCount: 2, truncated: true } });
  });

  test('take no params', async () => {
    const path = await add({ template: 'newest' });
    await expectProblem(await running.api.send('POST', path, { params: { days: 1 } }), 400, 'params_invalid');
    expect((await call('GET', `${path}?days=7`)).body.rows).toHaveLength(4);
  });

  test('of an instance that is gone are missing, and it is named', async () => {
    const path = await add({ template: 'newest', instances: ['acme', 'globex'] });
    await running.api.send('DELETE', '/api/instances/globex');
    const { body } = await call('GET', path);
    expect(body.rows).toHaveLength(3);
    expect(body.meta?.instances).toMatchObject([
      { id: 'acme', state: 'ok', rowCount: 3 },
      { id: 'globex', state: 'failed', rowCount: 0, error: { code: 'not_found' } },
    ]);
  });
});
