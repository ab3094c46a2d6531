// The walls between clients, each without the other: a host whose every WHERE for them is gone shows no more than before, because its
// database does not.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { openStore } from '../../host/src/store/index.ts';
import { sql } from 'kysely';
import { OWNED } from '../../host/src/access/index.ts';
import { buildShop } from '../queries/shop-plugin.ts';
import { server, type TestDatabase } from '../support/databases.ts';
import { type Heard, openEvents } from '../live/event-reader.ts';
import { ADMIN_TOKEN, type Api, createApi } from '../support/host.ts';
import { type HostProcess, startHostProcess } from '../support/host-process.ts';
import { silentLog } from '../support/log.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { addTokensLike, type Estate, fillEstate, OWNERS } from './estate.ts';
import { ROUTES } from './routes-table.ts';

let place: TestDatabase;
let shop: TestPlugin;
let estate: Estate;
let running: HostProcess;
let limited: Api;
let unlooked: Api;
let token: string;

beforeAll(async () => {
  place = await server.open();
  shop = await buildShop();
  estate = await fillEstate(place);
  const ours = { role: 'admin', clients: ['ours'] } as const;
  const tokens = await addTokensLike(place, { admin: ours, unlooked: ours });
  token = tokens['admin'] ?? '';
  const env = { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'without-scope.ts')}` };
  running = await startHostProcess(place, { plugins: [shop], env });
  limited = createApi(running.url, token);
  unlooked = createApi(running.url, tokens['unlooked'] ?? '');
  await using store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
  for (const owner of OWNERS)
    await sql`insert into shop.orders (instance_id, id, city, placed, row_hash)
      values (${`shop-${owner}`}, ${owner}, ${`city of ${owner}`}, now(), '')`.execute(store.db);
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

interface Row {
  readonly route: string;
  readonly method: string;
  readonly url: string;
  readonly about: string;
}

const ROWS: readonly Row[] = Object.entries(ROUTES)
  .filter(([, access]) => access !== 'everybody')
  .map(([route, access]) => {
    const [method = '', url = ''] = route.split(' ');
    return { route, method, url, about: access.split(' ')[1] ?? '' };
  })
  .filter(({ method, about }) => method !== 'DELETE' && about !== 'all');

async function ask({ method, url, about }: Row, of: 'ours' | 'theirs' | 'nobodys', by = limited): Promise<string> {
  const path = url
    .replace(/:(id|run|repair)\b/, estate.ids[of][about] ?? 'unknown')
    .replace(':contract', estate.ids.ours['contract'] ?? '')
    .replace(':mapping', estate.ids[of]['external-mapping'] ?? '')
    .replace(':plugin', 'shop')
    .replace(':query', 'by_city')
    .replace(':stream', 'orders')
    .replace(':template', 'cities');
  const takesAll = method === 'POST' && (url.includes('/queries/') || url.endsWith('/data'));
  const body = method === 'GET' ? undefined : takesAll ? {} : { 'no-route-takes-this': 1 };
  const response = await by.send(method, path, body);
  return `${response.status} ${await response.text()}`;
}

test('the first wall is down: what nobody but it refuses is let through', async () => {
  const embed = { widgets: ['widget-ours'], origin: 'https://portal.example', clients: ['theirs'] };
  expect(await limited.call('POST', '/api/embeds', embed)).toMatchObject({ status: 201 });
});

test('no route shows anything of another client, nor of none', async () => {
  const seen: Record<string, string> = {};
  let own = 0;
  for (const row of ROWS) {
    const text = await ask(row, 'ours');
    if (/theirs|nobodys/.test(text) || text.startsWith('5')) seen[row.route] = text;
    if (text.startsWith('200') && text.includes('ours')) own += 1;
  }
  expect(seen).toEqual({});
  expect(own).toBeGreaterThan(20);
});

test('what is another client’s is not there, and neither is what is nobody’s', async () => {
  const rows = ROWS.filter(({ about }) => Object.hasOwn(OWNED, about));
  for (const owner of ['theirs', 'nobodys'] as const) {
    const found = await Promise.all(rows.map(async (row) => [row.route, (await ask(row, owner)).slice(0, 3)] as const));
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(rows.map(({ route }) => [route, '404'])));
  }
});

test('what is read by its id is read as whoever asks, also when nobody has looked whose it is', async () => {
  const rows = ROWS.filter(({ method, about }) => method === 'GET' && Object.hasOwn(OWNED, about));
  const found: Record<string, string> = {};
  for (const row of rows) {
    expect([row.route, (await ask(row, 'ours', unlooked)).slice(0, 3)]).toEqual([
      row.route,
      (await ask(row, 'ours')).slice(0, 3),
    ]);
    const text = await ask(row, 'theirs', unlooked);
    if (!text.startsWith('404')) found[row.route] = text;
  }
  // A list that has nothing of theirs.
  expect(found).toEqual({ 'GET /api/clients/:id/external-mappings': '200 []' });
});

test('synced rows of theirs are read by no way of asking', async () => {
  const everybody = OWNERS.map((owner) => `shop-${owner}`);
  for (const [path, body] of [
    ['/api/plugins/shop/queries/by_city', {}],
    ['/api/plugins/shop/queries/by_city', { instances: everybody }],
    ['/api/plugins/shop/queries/everything', { instances: everybody }],
    ['/api/plugins/shop/queries/by_city', { per: 'client' }],
    ['/api/widgets/preview', { plugin: 'shop', query: 'by_city', instances: 'all' }],
    ['/api/widgets/preview', { plugin: 'shop', view: { stream: 'orders' }, kind: 'table', instances: 'all' }],
  ] as const) {
    const { status, body: told } = await limited.call('POST', path, body);
    expect([path, status, JSON.stringify(told)]).toEqual([path, 200, expect.stringContaining('city of ours')]);
    expect(JSON.stringify(told)).not.toMatch(/city of (theirs|nobodys)/);
  }
  const { body: all } = await running.api.call('POST', '/api/plugins/shop/queries/by_city', {});
  expect(JSON.stringify(all)).toContain('city of theirs');
});

/** Changes one of everything that events are about; the end of a run is told last. */
async function change(owner: (typeof OWNERS)[number]): Promise<void> {
  const { instance = '', dashboard = '', widget = '' } = estate.ids[owner];
  const title = `Changed ${owner}`;
  const changes: (readonly [string, string, object?])[] = [
    ['PATCH', `/api/instances/${instance}`, { name: title }],
    ['PATCH', `/api/dashboards/${dashboard}`, { title }],
    ['PATCH', `/api/widgets/${widget}`, { title }],
  ];
  if (owner !== 'nobodys') changes.push(['PATCH', `/api/clients/${owner}`, { name: title }]);
  changes.push(['POST', `/api/instances/${instance}/sync-jobs/orders/run`]);
  for (const [method, path, body] of changes) {
    const { status } = await running.api.call(method, path, body);
    expect([path, status < 300]).toEqual([path, true]);
  }
}

test('no event of theirs is told, neither streamed nor asked for, nor to a page of another site', async () => {
  const origin = 'https://portal.example';
  const { body } = await running.api.call<{ token: string }>('POST', '/api/embeds', {
    ...{ widgets: ['widget-ours'], origin, clients: ['ours'] },
  });
  const { body: start } = await limited.call<{ last: string }>('GET', '/api/events');
  await using everybody = await openEvents(running.url, { authorization: `Bearer ${ADMIN_TOKEN}` });
  await using reader = await openEvents(running.url, { authorization: `Bearer ${token}` });
  await using page = await openEvents(running.url, { authorization: `Bearer ${body.token}`, origin });
  for (const one of [everybody, reader, page]) expect(await one.next()).toMatchObject({ name: 'ready' });
  const all: Heard['data'][] = [];
  for (const owner of ['theirs', 'nobodys', 'ours'] as const) {
    await change(owner);
    do all.push(await everybody.event());
    while (all.at(-1)?.['type'] !== 'sync' || all.at(-1)?.['instance'] !== `shop-${owner}`);
  }
  const types = (of: string | null): unknown[] => all.filter(({ client }) => client === of).map(({ type }) => type);
  for (const owner of ['theirs', 'ours'])
    expect(types(owner)).toEqual(expect.arrayContaining(['instance', 'dashboard', 'widget', 'client', 'sync']));
  expect(types(null)).toEqual(expect.arrayContaining(['instance', 'dashboard', 'widget', 'sync']));
  const own = all.filter(({ client }) => client === 'ours');
  for (const event of own) expect(await reader.event()).toEqual(event);
  const shown = own.filter(({ type }) => ['widget', 'sync', 'rows', 'health'].includes(String(type)));
  for (const event of shown) expect(await page.event()).toEqual(event);
  const { body: asked } = await limited.call<{ events: object[] }>('GET', `/api/events?since=${start.last}`);
  expect(asked.events).toEqual(expect.arrayContaining(own.map((event) => expect.objectContaining(event))));
  expect(JSON.stringify(asked)).not.toMatch(/theirs|nobodys/);
});
