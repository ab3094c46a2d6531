import type { QueryResult } from '@jackfield/schemas';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Role } from '../../host/src/access/index.ts';
import { validatorOf } from '../schemas/schemas.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { expectProblem } from '../support/problem.ts';
import { addTokens } from '../support/tokens.ts';
import { fixtureOn, removeOf, upsertOf } from '../sync/fixture.ts';
import { buildShop } from './shop-plugin.ts';

const HOUR = 3_600_000;
const isResult = validatorOf('query-result.schema.json');
// One moment for all of them: what lies between two is exact then.
const NOW = Date.now();
const ago = (hours: number): string => new Date(NOW - hours * HOUR).toISOString();

/** Two shops of one client, one of nobody, one that was never read, one whose reads fail. */
const SHOPS = { north: 'acme', south: 'acme', east: null, fresh: 'globex', broken: 'globex' } as const;
const ROWS = {
  north: [
    { id: 'n1', city: 'Berlin', price: 10, placed: ago(4), sent: ago(2) },
    { id: 'n2', city: 'Berlin', price: 5.5, placed: ago(10), sent: null },
    { id: 'n3', city: '=Köln, "a"', price: 1, placed: ago(1), sent: ago(0) },
    { id: 'n4', city: 'Berlin', price: 1, placed: ago(24 * 90), sent: null },
    { id: 'gone', city: 'Berlin', price: 1, placed: ago(1), sent: null },
  ],
  south: [{ id: 's1', city: 'Berlin', price: 2, placed: ago(3), sent: ago(1) }],
  east: [{ id: 'e1', city: 'Oslo', price: 3, placed: ago(3), sent: null }],
};

let shop: TestPlugin;
beforeAll(async () => {
  shop = await buildShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

describe.each(databases)('synced queries on $name', (database) => {
  let place: TestDatabase;
  let running: TestHost;
  let tokens: Readonly<Record<Role, string>>;
  /** When north, south and east were last read. */
  let read: number;

  beforeAll(async () => {
    place = await database.open();
    tokens = await addTokens(place);
    {
      await using sync = await fixtureOn(place);
      const { db } = sync.store;
      for (const id of ['acme', 'globex']) {
        const at = new Date();
        const row = { id, name: `The ${id}`, time_zone: 'Asia/Kolkata', revision: 1, created_at: at, updated_at: at };
        await db.insertInto('client').values(row).execute();
      }
      for (const [id, client_id] of Object.entries(SHOPS)) {
        await sync.addInstance(id, 'shop');
        await db.updateTable('instance').set({ client_id }).where('id', '=', id).execute();
      }
      await sync.activate(shop.version);
      const columns = shop.version.manifest.streams?.['orders']?.columns ?? [];
      for (const [instanceId, rows] of Object.entries(ROWS)) {
        const changes = [upsertOf(rows, 'orders', columns), removeOf([{ id: 'gone' }], 'cancelled', 'orders')];
        await sync.tables.apply(db, { plugin: 'shop', instanceId }, changes);
        await sync.noteRun(instanceId, 'orders', 'succeeded', HOUR);
        await sync.noteRun(instanceId, 'orders', 'skipped');
      }
      read = Date.now() - HOUR;
      const error = { code: 'vendor_unavailable', detail: 'the shop is closed', next: '' };
      await sync.noteRun('broken', 'orders', 'failed', 0, error);
      await sync.noteRun('east', 'orders', 'failed', 0, error);
      await sql`
        insert into sync_schedule (instance_id, stream, kind, plugin, every_ms, next_due_at, failures)
        select id, 'orders', 'read', 'shop', 60000, now() + interval '1 day', case when id in ('broken', 'east') then 1 else 0 end
        from instance`.execute(db);
    }
    running = await startTestHost(place, { plugins: [shop] });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  const get = (path: string, accept = 'application/json', role: Role = 'user'): Promise<Response> =>
    running.api.send('GET', path, undefined, { headers: { accept, authorization: `Bearer ${tokens[role]}` } });
  const one = async (instance: string, query: string): Promise<QueryResult> => {
    const response = await get(`/api/instances/${instance}/queries/${query}`);
    const body = (await response.json()) as QueryResult;
    expect(isResult(body), JSON.stringify([body, isResult.errors])).toBe(true);
    return body;
  };
  const many = async (query: string, body: object = {}): Promise<QueryResult> => {
    const answer = await running.api.call<QueryResult>('POST', `/api/plugins/shop/queries/${query}`, body);
    expect(isResult(answer.body), JSON.stringify([answer.body, isResult.errors])).toBe(true);
    return answer.body;
  };
  const READ = ['north', 'south'];
  const near = (text: string | undefined, at: number): void =>
    expect(Math.abs(Date.parse(text ?? '') - at)).toBeLessThan(60_000);

  test('are listed beside those that ask the vendor, each with its source', async () => {
    const { queries } = (await (await get('/api/instances/north/queries')).json()) as {
      queries: Record<string, unknown>[];
    };
    expect(queries.map(({ id, source }) => `${String(id)} ${String(source)}`)).toEqual([
      'live live',
      'by_city synced',
      'per_day synced',
      'everything synced',
    ]);
    expect(queries[1]).toMatchObject({ view: { stream: 'orders', groupBy: ['city'] }, role: 'user', cacheMs: 0 });
    const plugin = (await (await get('/api/plugins/shop')).json()) as { queries: Record<string, { source: string }> };
    expect(plugin.queries).toMatchObject({ live: { source: 'live' }, per_day: { source: 'synced' } });
  });

  test('answer for one instance with the columns they declare, as of its last read', async () => {
    const { columns, rows, meta } = await one('north', 'by_city');
    expect(columns).toEqual([
      { name: 'city', type: 'string', label: 'City' },
      { name: 'orders', type: 'integer', label: 'Orders' },
      { name: 'worth', type: 'number', unit: 'EUR' },
      { name: 'sent', type: 'number', unit: '%' },
      { name: 'wait', type: 'number', unit: 'h' },
    ]);
    expect(rows).toEqual([
      { city: 'Berlin', orders: 2, worth: 15.5, sent: 50, wait: expect.closeTo(2, 3) },
      { city: '=Köln, "a"', orders: 1, worth: 1, sent: 100, wait: expect.closeTo(1, 3) },
    ]);
    expect(meta).toMatchObject({ rowCount: 2, vendorCalls: 0 });
    near(meta?.asOf, read);
    expect(meta?.stale).toBeUndefined();
  });

  test('come as CSV and NDJSON, with params of the URL', async () => {
    const path = '/api/instances/north/queries/by_city?days=366&most=9.5';
    const csv = await get(path, 'text/csv');
    expect(await csv.text()).toBe('city,orders,worth,sent,wait\r\nBerlin,2,6.5,0,\r\n"\'=Köln, ""a""",1,1,100,1\r\n');
    near(csv.headers.get('jackfield-as-of') ?? '', read);
    const lines = (await (await get(path, 'application/x-ndjson')).text()).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      { city: 'Berlin', orders: 2, worth: 6.5, sent: 0, wait: null },
      { city: '=Köln, "a"', orders: 1, worth: 1, sent: 100, wait: expect.closeTo(1, 3) },
    ]);
  });

  test('over many instances are of each, of each client, or of all together', async () => {
    const cut = ({ rows }: QueryResult): object[] => rows.map(({ worth: _, sent: __, wait: ___, ...row }) => row);
    const body = { instances: [...READ, 'east'], params: { cities: ['Berlin', 'Oslo'] } };
    const each = await many('by_city', body);
    expect(each.columns[0]).toEqual({ name: 'instance', type: 'string', label: 'Instance' });
    expect(cut(each)).toEqual([
      { instance: 'north', city: 'Berlin', orders: 2 },
      { instance: 'east', city: 'Oslo', orders: 1 },
      { instance: 'south', city: 'Berlin', orders: 1 },
    ]);
    const clients = await many('by_city', { ...body, per: 'client' });
    expect(clients.columns[0]).toEqual({ name: 'client', type: 'string', label: 'Client' });
    expect(cut(clients)).toEqual([
      { client: 'acme', city: 'Berlin', orders: 3 },
      { client: null, city: 'Oslo', orders: 1 },
    ]);
    const all = await many('by_city', { ...body, per: 'all' });
    expect(cut(all)).toEqual([
      { city: 'Berlin', orders: 3 },
      { city: 'Oslo', orders: 1 },
    ]);
    expect(all.meta).toMatchObject({ rowCount: 2, instances: [{ id: 'north', rowCount: 0 }, {}, {}] });
  });

  test('say of every instance how old its rows are, and why there are no newer ones', async () => {
    const { rows, meta } = await many('by_city', { instances: [...Object.keys(SHOPS), 'nobody'] });
    expect(rows).toHaveLength(4);
    expect(meta?.instances).toMatchObject([
      { id: 'north', state: 'ok', rowCount: 2 },
      { id: 'south', state: 'ok', rowCount: 1 },
      { id: 'east', state: 'stale', rowCount: 1, stale: { code: 'vendor_unavailable', reason: 'the shop is closed' } },
      {
        id: 'fresh',
        state: 'stale',
        rowCount: 0,
        stale: { code: 'not_found', reason: expect.stringContaining('not been read') },
      },
      { id: 'broken', state: 'failed', rowCount: 0, error: { code: 'vendor_unavailable', instanceId: 'broken' } },
      { id: 'nobody', state: 'failed', error: { code: 'not_found' } },
    ]);
    near(meta?.instances?.[2]?.asOf, read);
    expect(meta?.instances?.[2]?.stale?.ageMs).toBeGreaterThanOrEqual(HOUR - 60_000);
  });

  test('of one instance are stale when its last read failed, or there was none', async () => {
    const east = await one('east', 'by_city');
    expect(east.rows).toHaveLength(1);
    expect(east.meta?.stale).toMatchObject({ code: 'vendor_unavailable', reason: 'the shop is closed' });
    near(east.meta?.asOf, read);
    expect((await one('fresh', 'by_city')).meta?.stale).toMatchObject({ code: 'not_found' });
    const broken = await get('/api/instances/broken/queries/by_city');
    expect(broken.headers.get('jackfield-stale')).toBe('vendor_unavailable');
  });

  test('of an instance that is disabled are still there', async () => {
    await running.api.send('PATCH', '/api/instances/south', { enabled: false });
    const south = await one('south', 'by_city');
    expect(south.rows).toHaveLength(1);
    expect(south.meta?.stale).toMatchObject({ code: 'conflict' });
    await running.api.send('PATCH', '/api/instances/south', { enabled: true });
  });

  test('count days in the time zone of the client', async () => {
    const { rows } = await many('per_day', { instances: READ });
    const days = new Map<string, { placed: number; sent: number }>();
    const add = (at: string | null, what: 'placed' | 'sent'): void => {
      if (at === null) return;
      const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Kolkata' }).format(new Date(at));
      const counts = days.get(day) ?? { placed: 0, sent: 0 };
      days.set(day, { ...counts, [what]: counts[what] + 1 });
    };
    for (const row of [...ROWS.north, ...ROWS.south].filter(({ id }) => id !== 'gone')) {
      add(row.placed, 'placed');
      add(row.sent, 'sent');
    }
    expect(rows).toEqual(
      [...days].map(([day, counts]) => ({ day, ...counts })).toSorted((a, b) => (a.day < b.day ? -1 : 1)),
    );
  });

  test('take the values of each client’s parameters; an instance whose client has none fails by itself', async () => {
    await running.api.send('PUT', '/api/clients/acme/parameters', { city: 'Berlin' });
    const body = { instances: ['north', 'south', 'fresh', 'east'], params: { city: '${client.city}' } };
    const { rows, meta } = await many('by_city', body);
    expect(rows.map(({ instance, city }) => [instance, city])).toEqual([
      ['north', 'Berlin'],
      ['south', 'Berlin'],
    ]);
    expect(meta?.instances).toMatchObject([
      { state: 'ok' },
      { state: 'ok' },
      { id: 'fresh', state: 'failed', error: { code: 'params_invalid', errors: [{ pointer: '/params/city' }] } },
      { id: 'east', state: 'failed', error: { code: 'params_invalid' } },
    ]);
    await running.api.send('PUT', '/api/clients/globex/parameters', { city: 'Oslo' });
    const both = await many('by_city', { instances: ['north', 'fresh'], params: { city: '${client.city}' } });
    expect(both.meta?.instances).toMatchObject([
      { state: 'ok', rowCount: 1 },
      { state: 'stale', rowCount: 0 },
    ]);
  });

  test('bind what they are given: no value says anything to the database', async () => {
    const hostile = ["Berlin' or '1'='1", "'; drop table run; --", 'Berlin\\', '$1', '{Berlin}', "Berlin'::text"];
    for (const city of hostile) {
      expect((await many('by_city', { instances: READ, params: { cities: [city], city } })).rows, city).toEqual([]);
    }
    const bad = async (body: object, ...pointers: string[]): Promise<void> => {
      const response = await running.api.send('POST', '/api/plugins/shop/queries/by_city', body);
      const problem = await expectProblem(response, 400, 'per' in body ? 'config_invalid' : 'params_invalid');
      expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(pointers);
    };
    await bad({ params: { city: 'a\0' } }, '/params/city');
    await bad({ params: { city: 5, days: 0, nope: 1 } }, '/params/nope', '/params/days', '/params/city');
    await bad({ params: { days: '30; drop table run' } }, '/params/days');
    await bad({ per: 'client; drop table run' }, '/per');
    expect((await many('by_city', { instances: READ })).rows).toHaveLength(3);
  });

  test('need the role that they say, and rows that are not grouped are of an instance each', async () => {
    await expectProblem(await get('/api/instances/north/queries/everything'), 403, 'permission_denied');
    const response = await get('/api/instances/north/queries/everything', 'application/json', 'engineer');
    const { rows, meta } = (await response.json()) as QueryResult;
    expect([rows.map(({ id }) => id), meta?.truncated]).toEqual([['n1', 'n2', 'n3'], true]);
    for (const path of ['everything', 'live']) {
      const refused = await running.api.send('POST', `/api/plugins/shop/queries/${path}`, { per: 'all' });
      expect((await expectProblem(refused, 400, 'params_invalid')).errors).toMatchObject([{ pointer: '/per' }]);
    }
  });

  test('are shown by widgets over three instances, with what each row is of', async () => {
    const instances = [...READ, 'east'];
    type Made = { id: string; shows: { columns: { name: string }[] } };
    const add = async (template: string): Promise<QueryResult & { shown: string[] }> => {
      const widget = { plugin: 'shop', template, instances };
      const { body } = await running.api.call<Made>('POST', '/api/widgets', widget);
      const shown = body.shows.columns.map(({ name }) => name);
      return { shown, ...(await running.api.call<QueryResult>('GET', `/api/widgets/${body.id}/data`)).body };
    };
    const cities = await add('cities');
    expect(cities.shown).toEqual(['instance', 'city', 'orders']);
    expect(new Set(cities.rows.map(({ instance }) => instance))).toEqual(new Set(instances));
    expect(cities.meta?.instances?.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'north ok',
      'south ok',
      'east stale',
    ]);
    const days = await add('days');
    const placed = days.rows.map((row) => Number(row['placed'])).reduce((sum, count) => sum + count, 0);
    expect(placed).toBe(6);
  });
});
