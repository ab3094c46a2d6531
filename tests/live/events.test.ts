// What pages are told, over the wire of a real host: who hears of what, and what happens to those who come back, stop reading or may
// not listen any more.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { addPeopleLike, addTokensLike, fillEstate } from '../access/estate.ts';
import { buildShop } from '../queries/shop-plugin.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { quietLimits, startTestHost, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { until } from '../support/until.ts';
import { type EventReader, openEvents } from './event-reader.ts';

const PORTAL = 'https://portal.example';
const live = { ...defaultLimits.live, heartbeat: 100, perPrincipal: 4, remembered: 40 };
/** No stream is read by itself: when somebody asks for one, what is due is read with it. */
const sync = { ...quietLimits.sync, jitter: 365 * 86_400_000 };

describe.each(databases)('on $name', (database) => {
  let place: TestDatabase;
  let shop: TestPlugin;
  let running: TestHost;
  let tokens: Readonly<Record<string, string>>;
  let cookies: Readonly<Record<string, string>>;

  beforeAll(async () => {
    place = await database.open();
    shop = await buildShop();
    await fillEstate(place);
    const user = { role: 'user' } as const;
    tokens = await addTokensLike(place, {
      all: { role: 'admin' },
      ours: { ...user, clients: ['ours'] },
      theirs: { ...user, clients: ['theirs'] },
      ...Object.fromEntries(['many', 'gone', 'poll'].map((name) => [name, user])),
    });
    cookies = await addPeopleLike(place, { person: { role: 'user' } });
    running = await startTestHost(place, { plugins: [shop], limits: { live, sync } });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await shop[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  const listen = (name: string, headers: object = {}, options?: { beats: boolean }): Promise<EventReader> =>
    openEvents(running.url, { authorization: `Bearer ${tokens[name]}`, ...headers }, options);
  const rename = (instance: string, name: string) => running.api.call('PATCH', `/api/instances/${instance}`, { name });
  /** A board of nobody's, which only those hear of who are limited to no client. */
  const board = async (title: string): Promise<string> => {
    const made = await running.api.call<{ id: string }>('POST', '/api/dashboards', { title });
    return made.body.id;
  };

  test('everybody hears of what is theirs, and of nothing else', async () => {
    const { body } = await running.api.call<{ token: string }>('POST', '/api/embeds', {
      widgets: ['widget-ours'],
      origin: PORTAL,
    });
    await using all = await listen('all');
    await using ours = await listen('ours');
    await using theirs = await listen('theirs');
    await using page = await openEvents(running.url, { authorization: `Bearer ${body.token}`, origin: PORTAL });
    expect(page.response.headers.get('access-control-allow-origin')).toBe('*');
    for (const reader of [all, ours, theirs, page])
      expect(await reader.next()).toMatchObject({ name: 'ready', data: { resumed: false } });

    await running.api.call('POST', '/api/instances/shop-theirs/sync-jobs/orders/run');
    const sync = { type: 'sync', change: 'succeeded', plugin: 'shop', stream: 'orders', rows: 0 };
    const run = { ...sync, instance: 'shop-theirs', client: 'theirs' };
    expect(await all.event()).toEqual(run);
    expect(await theirs.event()).toEqual(run);

    await running.api.call('POST', '/api/instances/shop-ours/sync-jobs/orders/run');
    const own = { ...sync, instance: 'shop-ours', client: 'ours' };
    for (const reader of [all, ours, page]) expect(await reader.event()).toEqual(own);

    await rename('shop-ours', 'Renamed');
    const instance = { type: 'instance', change: 'changed', plugin: 'shop', instance: 'shop-ours', client: 'ours' };
    for (const reader of [all, ours]) expect(await reader.event()).toEqual(instance);

    await running.api.call('PATCH', '/api/widgets/widget-ours', { title: 'Ours' });
    const widget = { type: 'widget', change: 'changed', widget: 'widget-ours', dashboard: 'board-ours' };
    for (const reader of [all, ours, page]) expect(await reader.event()).toMatchObject(widget);
    // Nobody but those who may has heard of anything in between.
    await running.api.call('PATCH', '/api/instances/shop-theirs', { enabled: false });
    expect(await theirs.event()).toMatchObject({ type: 'instance', instance: 'shop-theirs' });
  });

  test('a widget that shows something else by now says what its page hears of', async () => {
    const { body } = await running.api.call<{ token: string }>('POST', '/api/embeds', {
      widgets: ['widget-ours'],
      origin: PORTAL,
      clients: null,
    });
    await using page = await openEvents(running.url, { authorization: `Bearer ${body.token}`, origin: PORTAL });
    await page.next();
    await running.api.call('PATCH', '/api/widgets/widget-ours', { instances: ['shop-nobodys'] });
    expect(await page.event()).toMatchObject({ type: 'widget' });
    for (const id of ['shop-ours', 'shop-nobodys']) {
      await running.api.call('POST', `/api/instances/${id}/sync-jobs/orders/run`);
      await until(async () => {
        const { body } = await running.api.call<{ runs: { state: string }[] }>('GET', `/api/runs?instance=${id}`);
        return body.runs.every(({ state }) => state === 'succeeded') || undefined;
      });
    }
    expect(await page.event()).toMatchObject({ type: 'sync', instance: 'shop-nobodys' });
  });

  test('whoever comes back hears what they have missed, once; from too long ago, that they have to reload', async () => {
    await using first = await listen('all', {}, { beats: true });
    const ready = await first.next();
    await board('missed');
    let last = ready?.id;
    for (let heard = await first.next(); heard?.data['type'] !== 'dashboard'; heard = await first.next())
      last = heard?.id;
    await using second = await listen('all', { 'last-event-id': last });
    expect(await second.next()).toMatchObject({ name: 'ready', data: { resumed: true } });
    expect(await second.event()).toMatchObject({ type: 'dashboard', change: 'created', dashboard: 'missed' });
    await board('later');
    expect(await second.event()).toMatchObject({ dashboard: 'later' });

    await using lost = await listen('all', { 'last-event-id': '0' });
    expect(await lost.next()).toMatchObject({ name: 'ready', data: { resumed: false } });
    expect(await lost.next()).toMatchObject({ name: 'reset' });
    await board('after');
    expect(await lost.event()).toMatchObject({ dashboard: 'after' });
  });

  test('a heartbeat says up to where there was nothing to hear', async () => {
    await using ours = await listen('ours', {}, { beats: true });
    const ready = await ours.next();
    await board('not-for-ours');
    const beat = await until(async () => {
      const heard = await ours.next();
      return heard?.id === ready?.id ? undefined : heard;
    });
    expect(beat).toMatchObject({ name: 'beat' });
    await using again = await listen('ours', { 'last-event-id': beat.id });
    expect(await again.next()).toMatchObject({ data: { resumed: true } });
  });

  test('who cannot stream asks now and then', async () => {
    interface Page {
      events: { type: string; dashboard?: string }[];
      last: string;
      reset: boolean;
    }
    const ask = async (since?: string): Promise<Page> => {
      const init = { headers: { authorization: `Bearer ${tokens['poll']}` } };
      const query = since === undefined ? '' : `?since=${since}`;
      return (await running.api.call<Page>('GET', `/api/events${query}`, undefined, init)).body;
    };
    const start = await ask();
    expect(start).toMatchObject({ events: [], reset: false });
    await board('polled');
    const page = await until(async () => {
      const page = await ask(start.last);
      return page.events.length > 0 ? page : undefined;
    });
    expect(page).toMatchObject({ events: [{ type: 'dashboard', dashboard: 'polled' }], reset: false });
    expect(await ask(page.last)).toEqual({ events: [], last: page.last, reset: false });
    expect(await ask('0')).toEqual({ events: [], last: page.last, reset: true });
  });

  test('one token has so many streams and no more', async () => {
    const open: EventReader[] = [];
    await using stack = new AsyncDisposableStack();
    for (let n = 0; n < live.perPrincipal; n += 1) open.push(stack.use(await listen('many')));
    expect(open.map(({ response }) => response.status)).toEqual(open.map(() => 200));
    await using more = await listen('many');
    expect(more.response.status).toBe(429);
    expect(more.response.headers.get('retry-after')).not.toBeNull();
    // Another has their own.
    await using other = await listen('all');
    expect(other.response.status).toBe(200);
    await open[0]?.[Symbol.asyncDispose]();
    await until(async () => {
      await using again = await listen('many');
      return again.response.status === 200 || undefined;
    });
  });

  test('a stream ends when whoever listens may not any more', async () => {
    await using program = await listen('gone');
    await using person = await openEvents(running.url, { cookie: `jackfield_session=${cookies['person']}` });
    for (const reader of [program, person]) expect(await reader.next()).toMatchObject({ name: 'ready' });
    const { body } = await running.api.call<{ tokens: { id: string; name: string }[] }>('GET', '/api/tokens');
    const { id } = body.tokens.find(({ name }) => name === 'gone') ?? { id: '' };
    await running.api.call('DELETE', `/api/tokens/${id}`);
    expect(await program.next()).toBeUndefined();
    const { body: people } = await running.api.call<{ users: { id: string }[] }>('GET', '/api/users');
    await running.api.call('DELETE', `/api/users/${people.users[0]?.id}/sessions`);
    expect(await person.next()).toBeUndefined();
  });
});
