// Two hosts on one database: whoever is connected to one hears what the other has done, and loses nothing between them.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { server, type TestDatabase } from '../support/databases.ts';
import { ADMIN_TOKEN, movableClock, startTestHost, type TestHost } from '../support/host.ts';
import { buildDesk } from '../support/desk-plugin.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { until } from '../support/until.ts';
import { json, startVendor, type Vendor } from '../support/vendor.ts';
import { type EventReader, openEvents } from './event-reader.ts';

const live = { ...defaultLimits.live, heartbeat: 200, remembered: 40 };
const limits = {
  live,
  // Nothing is forgotten here but what is heard to have changed.
  memory: { ...defaultLimits.memory, heldFor: 3_600_000 },
  store: { ...defaultLimits.store, listenRetry: 50 },
  // A stop that waited for readers to leave would never be over here.
  http: { ...defaultLimits.http, drain: 3_600_000 },
};

let place: TestDatabase;
let database: pg.Client;
let [one, other]: TestHost[] = [];
let vendor: Vendor | undefined;
let desk: TestPlugin | undefined;
const clock = movableClock();

beforeAll(async () => {
  place = await server.open();
  database = new pg.Client({ connectionString: place.databaseUrl });
  await database.connect();
  vendor = await startVendor(json([{ z: 1, a: 'one' }]));
  desk = await buildDesk();
  one = await startTestHost(place, { limits, clock, plugins: [desk] });
  other = await startTestHost(place, { limits, plugins: [desk] });
});
afterAll(async () => {
  await one?.[Symbol.asyncDispose]();
  await other?.[Symbol.asyncDispose]();
  await vendor?.close();
  await desk?.[Symbol.asyncDispose]();
  await database.end();
  await place[Symbol.asyncDispose]();
});

const listen = (host: TestHost | undefined, since?: string): Promise<EventReader> =>
  openEvents(host?.url ?? '', {
    authorization: `Bearer ${ADMIN_TOKEN}`,
    ...(since === undefined ? {} : { 'last-event-id': since }),
  });
const board = (host: TestHost | undefined, id: string) => host?.api.call('POST', '/api/dashboards', { id, title: id });

test('what one host has done is heard at the other, in the same order, and a reader may go on there', async () => {
  await using here = await listen(one);
  await using there = await listen(other);
  for (const reader of [here, there]) await reader.next();
  await board(one, 'first');
  await board(other, 'second');
  await board(one, 'third');
  const heard = async (reader: EventReader) => [await reader.next(), await reader.next(), await reader.next()];
  const order = await heard(here);
  expect(order.map((event) => event?.data['dashboard'])).toEqual(['first', 'second', 'third']);
  expect(await heard(there)).toEqual(order);

  await using moved = await listen(other, order[0]?.id);
  expect(await moved.next()).toMatchObject({ data: { resumed: true } });
  expect([await moved.next(), await moved.next()]).toEqual(order.slice(1));
});

test('an instance that one host has changed is another one for the other when that has heard of it', async () => {
  const config = { baseUrl: vendor?.url };
  await one?.api.call('POST', '/api/instances', { id: 'acme', plugin: 'desk', name: 'Acme', config });
  const ask = () => other?.api.call('GET', '/api/instances/acme/queries/items');
  expect(await ask()).toMatchObject({ status: 200 });
  const asked = vendor?.calls.length;
  expect(await ask(), 'out of the cache').toMatchObject({ status: 200 });
  expect(vendor?.calls).toHaveLength(asked ?? 0);
  await using there = await listen(other);
  await there.next();
  await one?.api.call('PATCH', '/api/instances/acme', { enabled: false });
  expect(await there.event()).toMatchObject({ type: 'instance', instance: 'acme' });
  expect(await ask()).toMatchObject({ status: 409 });
  // Here it counts at once: what this host has changed it need not hear of.
  await other?.api.call('PATCH', '/api/instances/acme', { enabled: true });
  expect(await ask()).toMatchObject({ status: 200 });
});

test('who somebody is and what a widget shows is not what it was as soon as another host has changed it', async () => {
  const login = 'ada@example.com';
  const password = 'correct horse battery';
  const config = { baseUrl: vendor?.url };
  const user = await one?.api.call<{ id: string }>('POST', '/api/users', {
    ...{ login, name: 'Ada', role: 'user', clients: null, password },
  });
  await one?.api.call('POST', '/api/instances', { id: 'bolt', plugin: 'desk', name: 'Bolt', config });
  const widget = { id: 'items', plugin: 'desk', query: 'items', kind: 'table', instances: ['bolt'] };
  await one?.api.call('POST', '/api/widgets', widget);
  const signed = await fetch(`${other?.url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ login, password }),
  });
  const cookie = signed.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const ask = async (): Promise<string> => {
    const answer = await fetch(`${other?.url}/api/widgets/items/data`, { headers: { cookie } });
    return `${answer.status} ${await answer.text()}`;
  };
  const changes: readonly (readonly [string, string, object, RegExp])[] = [
    ['PATCH', '/api/instances/bolt', { name: 'Nut' }, /^200 .*"name":"Nut"/s],
    ['PATCH', '/api/widgets/items', { params: { n: 3 } }, /^200 /],
    ['PATCH', `/api/users/${user?.body.id}`, { enabled: false }, /^401 /],
  ];
  for (const [method, path, body, expected] of changes) {
    // What the vendor itself has just answered says how long it took.
    await ask();
    const [first, calls] = [await ask(), vendor?.calls.length];
    expect(await ask(), 'what is remembered').toBe(first);
    expect(vendor?.calls).toHaveLength(calls ?? 0);
    expect(await one?.api.call(method, path, body)).toMatchObject({ status: 200 });
    await until(async () => ((await ask()) !== first && expected.test(await ask())) || undefined);
  }
});

test('when the connection to the database was lost, readers are told to reload, and hear what comes then', async () => {
  await using reader = await listen(one);
  await reader.next();
  const { rowCount } = await database.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'jackfield-live' and datname = current_database()`,
  );
  expect(rowCount).toBe(2);
  expect(await reader.next()).toMatchObject({ name: 'reset' });
  await board(other, 'after-the-loss');
  expect(await reader.event()).toMatchObject({ dashboard: 'after-the-loss' });
});

test('a reader that stops has nothing kept for it: it reloads when it goes on, and is given up when it does not', async () => {
  await using stack = new AsyncDisposableStack();
  const open = async (): Promise<Socket> => {
    const { hostname, port } = new URL(one?.url ?? '');
    const socket = connect(Number(port), hostname);
    stack.defer(() => void socket.destroy());
    const headers = ['host: here', 'accept: text/event-stream', `authorization: Bearer ${ADMIN_TOKEN}`];
    socket.write(`GET /api/events HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
    await once(socket, 'readable');
    return socket;
  };
  const [slow, dead] = [await open(), await open()];
  await using witness = await listen(one);
  await witness.next();
  // Many times what sockets hold and what the host remembers.
  await database.query(`
    select live_tell(jsonb_build_object('type', 'client', 'change', 'changed', 'client', repeat('x', 7000)))
    from generate_series(1, 3000)`);
  await board(one, 'after-the-flood');
  for (let heard = await witness.next(); heard?.name === 'message'; heard = await witness.next())
    if (heard.data['dashboard'] === 'after-the-flood') break;

  let text = '';
  slow.on('data', (chunk) => {
    text = (text + String(chunk)).slice(-100_000);
  });
  await until(async () => text.includes('event: reset') || undefined);
  await board(one, 'seen-by-the-slow');
  await until(async () => text.includes('seen-by-the-slow') || undefined);
  expect(text.match(/event: reset/g), 'once').toHaveLength(1);

  const ended = new Promise((resolve) => void dead.on('close', resolve));
  dead.on('error', () => {});
  clock.advance(live.stall);
  // Whoever does not read learns by writing that it is over.
  await until(async () => {
    if (dead.destroyed) return true;
    dead.write('\r\n');
    return undefined;
  });
  await ended;
});

test('a host that stops ends its streams, and does not wait for readers', async () => {
  await using last = await startTestHost(place, { limits });
  await using reader = await listen(last);
  await reader.next();
  await last.host.stop();
  expect(await reader.next()).toBeUndefined();
});
