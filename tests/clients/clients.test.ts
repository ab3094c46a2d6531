import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databases, type TestDatabase } from '../support/databases.ts';
import { buildDesk } from '../support/desk-plugin.ts';
import { startTestHost, type Api, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { expectProblem } from '../support/problem.ts';

let desk: TestPlugin;
beforeAll(async () => {
  desk = await buildDesk();
});
afterAll(() => desk[Symbol.asyncDispose]());

describe.each(databases)('clients on $name', (database) => {
  let place: TestDatabase;
  let running: TestHost;
  let call: Api['call'];
  let send: Api['send'];
  beforeAll(async () => {
    place = await database.open();
    running = await startTestHost(place, { plugins: [desk] });
    ({ call, send } = running.api);
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  const create = (id: string, more: object = {}) => call('POST', '/api/clients', { id, name: id, ...more });
  const pointersOf = async (answer: Response): Promise<string[]> => {
    const problem = await expectProblem(answer, 400, 'config_invalid');
    return [...new Set(problem.errors?.map(({ pointer }) => pointer))].toSorted();
  };

  test('a client is created, read, changed and deleted', async () => {
    const made = await call('POST', '/api/clients', { name: 'Çelik & Söhne', timeZone: 'Europe/Berlin' });
    expect(made).toMatchObject({ status: 201, body: { id: 'celik-sohne', timeZone: 'Europe/Berlin', revision: 1 } });
    expect(made.headers.get('location')).toBe('/api/clients/celik-sohne');
    expect((await call('GET', '/api/clients/celik-sohne')).body).toEqual(made.body);
    expect((await call<{ clients: object[] }>('GET', '/api/clients')).body.clients).toContainEqual(made.body);
    const second = await call<{ id: string; timeZone: string }>('POST', '/api/clients', { name: 'Celik Sohne' });
    expect(second.body.id).toMatch(/^celik-sohne-[0-9a-f]{6}$/);
    expect(second.body.timeZone).toBe('UTC');

    const headers = { 'if-match': made.headers.get('etag') ?? '' };
    const changed = await call('PATCH', '/api/clients/celik-sohne', { name: 'Çelik' }, { headers });
    expect(changed.body).toMatchObject({ name: 'Çelik', timeZone: 'Europe/Berlin', revision: 2 });
    const late = await send('PATCH', '/api/clients/celik-sohne', { name: 'Late' }, { headers });
    await expectProblem(late, 409, 'conflict');

    expect((await send('DELETE', '/api/clients/celik-sohne')).status).toBe(204);
    await expectProblem(await send('GET', '/api/clients/celik-sohne'), 404, 'not_found');
    await expectProblem(await send('DELETE', '/api/clients/celik-sohne'), 404, 'not_found');
  });

  test('input that cannot be is refused where it is wrong', async () => {
    await create('strict');
    const refused = async (...ask: Parameters<Api['send']>) => pointersOf(await send(...ask));
    expect(await refused('POST', '/api/clients', {})).toEqual(['/name']);
    expect(await refused('POST', '/api/clients', { id: 'Not An Id', name: '' })).toEqual(['/id', '/name']);
    expect(await refused('POST', '/api/clients', { name: 'nul \0' })).toEqual(['/name']);
    for (const timeZone of ['Mars/Olympus', '+02:00', 'UTC+2', "UTC'; drop table client; --", '']) {
      expect(await refused('POST', '/api/clients', { name: 'x', timeZone }), timeZone).toEqual(['/timeZone']);
      expect(await refused('PATCH', '/api/clients/strict', { timeZone }), timeZone).toEqual(['/timeZone']);
    }
    const taken = await expectProblem(await send('POST', '/api/clients', { id: 'strict', name: 'x' }), 409, 'conflict');
    expect(taken.errors).toEqual([{ pointer: '/id', message: 'is taken' }]);
    const path = '/api/clients/strict/parameters';
    expect(await refused('PUT', path, { list: [1], none: null, 'a b': 'x' })).toEqual(['/a b', '/list', '/none']);
    expect(await refused('PATCH', path, { deep: { a: 1 } })).toEqual(['/deep']);
    expect(await refused('PATCH', path, { half: '\ud800' })).toEqual(['/half']);
    expect((await call('GET', path)).body).toEqual({});
  });

  test('parameters keep their types; PUT replaces, PATCH merges, null removes', async () => {
    await create('acme');
    const path = '/api/clients/acme/parameters';
    const all = { jiraProject: 'OPS', vdom: 'root "x"', limit: 1.5, strict: false, empty: '' };
    const put = await call('PUT', path, all, { headers: { 'if-match': '"1"' } });
    expect([put.status, put.body, put.headers.get('etag')]).toEqual([200, all, '"2"']);
    const patched = await call('PATCH', path, { limit: 2, strict: null, more: 'y', never: null });
    const { strict: _, ...kept } = { ...all, limit: 2, more: 'y' };
    expect(patched.body).toEqual(kept);
    const read = await call('GET', path);
    expect([read.body, read.headers.get('etag')]).toEqual([kept, '"3"']);
    const late = await send('PUT', path, {}, { headers: { 'if-match': '"2"' } });
    await expectProblem(late, 409, 'conflict');
    expect((await call('PUT', path, {})).body).toEqual({});
    await expectProblem(await send('PUT', '/api/clients/nobody/parameters', {}), 404, 'not_found');
  });

  test('of changes at the same time none is lost', async () => {
    await create('busy');
    const names = Array.from({ length: 8 }, (_, n) => `p${n}`);
    await Promise.all(names.map((name) => call('PATCH', '/api/clients/busy/parameters', { [name]: name })));
    const { body } = await call('GET', '/api/clients/busy/parameters');
    expect(Object.keys(body)).toEqual(names);
    expect((await call('GET', '/api/clients/busy')).body).toMatchObject({ revision: 9 });
  });

  test('a client with instances is not deleted, and its instances are named', async () => {
    await create('owner');
    const instance = { plugin: 'desk', name: 'x', clientId: 'owner', config: { baseUrl: 'https://desk.example' } };
    await call('POST', '/api/instances', { ...instance, id: 'second' });
    await call('POST', '/api/instances', { ...instance, id: 'first' });
    const problem = await expectProblem(await send('DELETE', '/api/clients/owner'), 409, 'conflict');
    expect(problem.detail).toContain('"first", "second"');
    await call('DELETE', '/api/instances/first');
    await call('PATCH', '/api/instances/second', { clientId: null });
    expect((await send('DELETE', '/api/clients/owner')).status).toBe(204);
  });

  test('an instance belongs to a client that exists, or to none', async () => {
    const instance = { id: 'lost', plugin: 'desk', name: 'x', config: { baseUrl: 'https://desk.example' } };
    expect(await pointersOf(await send('POST', '/api/instances', { ...instance, clientId: 'nobody' }))).toEqual([
      '/clientId',
    ]);
    await expectProblem(await send('GET', '/api/instances/lost'), 404, 'not_found');
    await call('POST', '/api/instances', instance);
    expect(await pointersOf(await send('PATCH', '/api/instances/lost', { clientId: 'nobody' }))).toEqual(['/clientId']);
    expect((await call('GET', '/api/instances/lost')).body).toMatchObject({ clientId: null, revision: 1 });
  });

  test('contracts are created, read, changed and deleted; their days stay the days that were sent', async () => {
    await create('kiribati', { timeZone: 'Pacific/Kiritimati' });
    const path = '/api/clients/kiribati/contracts';
    const input = { name: 'SOC 24/7', startsOn: '2024-02-29', endsOn: '2028-02-29', reference: 'C-1' };
    const made = await call<{ id: string }>('POST', path, input);
    expect(made).toMatchObject({ status: 201, body: { ...input, clientId: 'kiribati', revision: 1 } });
    const one = made.headers.get('location') ?? '';
    expect(one).toBe(`${path}/${made.body.id}`);
    expect((await call('GET', one)).body).toEqual(made.body);
    expect((await call('GET', path)).body).toEqual({ contracts: [made.body] });

    const same = await expectProblem(await send('POST', path, input), 409, 'conflict');
    expect(same.errors).toEqual([{ pointer: '/name', message: 'is taken' }]);
    await call('POST', path, { name: 'Other', endsOn: '2030-01-01' });
    await expectProblem(await send('PATCH', one, { name: 'Other' }), 409, 'conflict');

    const headers = { 'if-match': made.headers.get('etag') ?? '' };
    const changed = await call('PATCH', one, { startsOn: null, endsOn: '2029-12-31' }, { headers });
    expect(changed.body).toMatchObject({ ...input, startsOn: null, endsOn: '2029-12-31', revision: 2 });
    await expectProblem(await send('PATCH', one, { name: 'Late' }, { headers }), 409, 'conflict');

    await create('elsewhere');
    const foreign = one.replace('kiribati', 'elsewhere');
    for (const method of ['GET', 'DELETE']) await expectProblem(await send(method, foreign), 404, 'not_found');
    await expectProblem(await send('PATCH', foreign, {}), 404, 'not_found');
    expect((await send('DELETE', one)).status).toBe(204);
    await expectProblem(await send('GET', one), 404, 'not_found');
    await expectProblem(await send('POST', '/api/clients/nobody/contracts', input), 404, 'not_found');
  });

  test('a day that there is not, or an end before the start, is refused', async () => {
    await create('calendar');
    const path = '/api/clients/calendar/contracts';
    const days = ['2027-02-29', '2026-04-31', '2026-1-1', '01.02.2026', '2026-01-01T00:00:00Z', '0000-01-01', '', null];
    for (const endsOn of days) {
      expect(await pointersOf(await send('POST', path, { name: 'x', endsOn })), String(endsOn)).toEqual(['/endsOn']);
    }
    const turned = { name: 'x', startsOn: '2026-02-01', endsOn: '2026-01-31' };
    expect(await pointersOf(await send('POST', path, turned))).toEqual(['/endsOn']);
    const { headers } = await call('POST', path, { ...turned, endsOn: '2026-02-01' });
    const one = headers.get('location') ?? '';
    expect(await pointersOf(await send('PATCH', one, { startsOn: '2026-02-02' }))).toEqual(['/endsOn']);
    await expectProblem(await send('GET', '/api/contracts?endsBefore=2026-02-30'), 400, 'params_invalid');
    for (const odd of ['/api/clients/%00', `${path}/%00`, '/api/reminders?client=%00']) {
      await expectProblem(await send('GET', odd), 400, 'params_invalid');
    }
  });

  test('the contracts of all clients come by their end, and only those that end before a day', async () => {
    await create('list-a');
    await create('list-b');
    const add = (client: string, name: string, endsOn: string) =>
      call('POST', `/api/clients/${client}/contracts`, { name, endsOn });
    await add('list-a', 'late', '2031-06-02');
    await add('list-b', 'early', '1999-06-01');
    await add('list-a', 'middle', '2001-06-01');
    const names = async (query: string): Promise<string[]> => {
      const { body } = await call<{ contracts: { name: string }[] }>('GET', `/api/contracts${query}`);
      return body.contracts.map(({ name }) => name);
    };
    expect(await names('?endsBefore=2001-06-01')).toEqual(['early']);
    expect(await names('?endsBefore=2001-06-02')).toEqual(['early', 'middle']);
    expect((await names('')).at(-1)).toBe('late');
  });
});
