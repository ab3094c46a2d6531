// What somebody who is limited to a client may name in a body, and what they see of questions over many instances.
import type { Problem } from '@jackfield/schemas';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildShop } from '../queries/shop-plugin.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { addTokensLike, fillEstate } from './estate.ts';

interface Seen {
  readonly status: number;
  readonly body: unknown;
}

describe.each(oneOf)('on $name somebody who is limited to a client', (database) => {
  let place: TestDatabase;
  let shop: TestPlugin;
  let running: TestHost;
  let token: string;

  const send = async (method: string, url: string, payload?: object): Promise<Seen> => {
    const headers = { authorization: `Bearer ${token}` };
    const request = { method: method as 'GET', url, headers, ...(payload === undefined ? {} : { payload }) };
    const answer = await running.host.app.inject(request);
    return { status: answer.statusCode, body: answer.body === '' ? undefined : JSON.parse(answer.body) };
  };
  const refused = async (method: string, url: string, payload: object): Promise<object> => {
    const { status, body } = await send(method, url, payload);
    const { requestId: _, detail, errors, ...rest } = body as Problem;
    const hide = (text: string): string => text.replaceAll(/"[^"]*"/g, '…');
    return { ...rest, status, detail: hide(detail), errors: errors?.map((e) => ({ ...e, message: hide(e.message) })) };
  };

  beforeAll(async () => {
    place = await database.open();
    shop = await buildShop();
    await fillEstate(place);
    const tokens = await addTokensLike(place, { manager: { role: 'manager', clients: ['ours'] } });
    token = tokens['manager'] ?? '';
    running = await startTestHost(place, { plugins: [shop] });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await shop[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  const WIDGET = { plugin: 'shop', query: 'by_city', dashboardId: 'board-ours', instances: ['shop-ours'] };
  test.each([
    ['POST', '/api/instances', (id: string) => ({ id: 'new', plugin: 'shop', name: 'New', clientId: id, config: {} })],
    ['PATCH', '/api/instances/shop-ours', (id: string) => ({ clientId: id })],
    ['POST', '/api/instances/check', (id: string) => ({ instanceId: `shop-${id}`, config: {} })],
    ['POST', '/api/dashboards', (id: string) => ({ title: 'New', clientId: id })],
    ['PATCH', '/api/dashboards/board-ours', (id: string) => ({ clientId: id })],
    ['POST', '/api/dashboards/board-ours/copy', (id: string) => ({ clientId: id })],
    ['POST', '/api/widgets', (id: string) => ({ ...WIDGET, dashboardId: `board-${id}` })],
    ['POST', '/api/widgets', (id: string) => ({ ...WIDGET, instances: [`shop-${id}`] })],
    ['POST', '/api/widgets', (id: string) => ({ ...WIDGET, instances: { clientId: id } })],
    ['PATCH', '/api/widgets/widget-ours', (id: string) => ({ instances: ['shop-ours', `shop-${id}`] })],
    ['PATCH', '/api/widgets/widget-ours', (id: string) => ({ dashboardId: `board-${id}` })],
    ['POST', '/api/widgets/preview', (id: string) => ({ plugin: 'shop', query: 'by_city', instances: [`shop-${id}`] })],
  ])('%s %s cannot name what is another client’s, which is as what is not there', async (method, url, body) => {
    const foreign = await refused(method, url, body('theirs'));
    expect(foreign).toEqual(await refused(method, url, body('nowhere')));
    expect(foreign).toMatchObject({ status: expect.toBeOneOf([400, 404]) });
  });

  test.each([
    ['POST', '/api/instances', { plugin: 'shop', name: 'New', config: {} }],
    ['POST', '/api/instances', { plugin: 'shop', name: 'New', config: {}, clientId: null }],
    ['PATCH', '/api/instances/shop-ours', { clientId: null }],
    ['POST', '/api/dashboards', { title: 'New' }],
    ['PATCH', '/api/dashboards/board-ours', { clientId: null }],
    ['PATCH', '/api/widgets/widget-ours', { dashboardId: null }],
    ['POST', '/api/widgets', { plugin: 'shop', query: 'by_city', instances: ['shop-ours'] }],
    ['POST', '/api/clients', { name: 'New' }],
  ])('%s %s cannot make what is nobody’s: %j', async (method, url, body) => {
    expect(await refused(method, url, body)).toMatchObject({ status: 403, code: 'permission_denied' });
  });

  test('asks their own instances when they ask all', async () => {
    for (const query of ['by_city', 'live']) {
      const { status, body } = await send('POST', `/api/plugins/shop/queries/${query}`, {});
      expect(status).toBe(200);
      expect(body).toMatchObject({ meta: { instances: [{ id: 'shop-ours' }] } });
    }
    const shown = await send('POST', '/api/widgets/preview', { plugin: 'shop', query: 'by_city', instances: 'all' });
    expect(shown).toMatchObject({ status: 200, body: { meta: { instances: [{ id: 'shop-ours' }] } } });
  });

  test('is told of another’s instance that they name what they are told of none', async () => {
    for (const query of ['by_city', 'live']) {
      const instances = ['shop-ours', 'shop-theirs', 'shop-nobodys', 'shop-nowhere'];
      const { body } = await send('POST', `/api/plugins/shop/queries/${query}`, { instances });
      const states = (body as { meta: { instances: { id: string; name: string; state: string; error?: Problem }[] } })
        .meta.instances;
      const told = states.map(({ id, name, state, error }) =>
        JSON.stringify([name, state, error?.code, error?.detail]).replaceAll(id, '…'),
      );
      expect(told).toHaveLength(4);
      expect(new Set(told.slice(1)).size).toBe(1);
      expect(states[3]).toMatchObject({ state: 'failed', error: { code: 'not_found' } });
    }
  });

  test('sees of a widget over everybody’s instances their own, and who is limited to none sees all', async () => {
    const { body } = await send('GET', '/api/widgets/widget-ours');
    expect(body).toMatchObject({ instances: ['shop-ours'] });
    const all = await running.api.call('GET', '/api/widgets/widget-ours');
    expect(all.body).toMatchObject({ instances: ['shop-ours', 'shop-theirs', 'shop-nobodys'] });
    const data = await running.api.call('GET', '/api/widgets/widget-ours/data');
    expect(JSON.stringify(data.body)).toContain('shop-theirs');
  });

  test('may do their work: an instance, a dashboard and a widget of their own', async () => {
    const idOf = async (url: string, payload: object): Promise<string> => {
      const { status, body } = await send('POST', url, payload);
      expect([url, status]).toEqual([url, 201]);
      return (body as { id: string }).id;
    };
    const made = { id: 'second-ours', plugin: 'shop', name: 'Second', clientId: 'ours', config: {} };
    const instance = await idOf('/api/instances', made);
    const board = await idOf('/api/dashboards', { id: 'd'.repeat(63), title: 'Second', clientId: 'ours' });
    await idOf('/api/widgets', { ...WIDGET, dashboardId: board, instances: [instance] });
    expect(await send('POST', `/api/dashboards/${board}/copy`, {})).toMatchObject({
      status: 201,
      body: { clientId: 'ours', widgets: [{ instances: [instance] }] },
    });
  });

  test.each([
    ['/api/instances', (id: string) => ({ id, plugin: 'shop', name: 'New', clientId: 'ours', config: {} }), 'shop'],
    ['/api/instances', (name: string) => ({ plugin: 'shop', name, clientId: 'ours', config: {} }), 'shop'],
    ['/api/dashboards', (id: string) => ({ id, title: 'New', clientId: 'ours' }), 'board'],
    ['/api/dashboards', (title: string) => ({ title, clientId: 'ours' }), 'board'],
    ['/api/dashboards/board-ours/copy', (id: string) => ({ id }), 'board'],
    ['/api/widgets', (id: string) => ({ ...WIDGET, id }), 'widget'],
  ])('POST %s does not tell whether somebody has the id', async (url, body, kind) => {
    for (const id of [`${kind}-theirs`, `${kind}-nobodys`, `${kind}-ours`, `${kind}-free`]) {
      const { status, body: told } = await send('POST', url, body(id));
      expect({ status, id: (told as { id: string }).id }).toEqual({
        status: 201,
        id: expect.stringMatching(new RegExp(`^${id}-[0-9a-f]{6}$`)),
      });
    }
  });

  test.each([
    ['/api/instances', { id: 'shop-theirs', plugin: 'shop', name: 'New', clientId: 'ours', config: {} }],
    ['/api/dashboards', { id: 'board-theirs', title: 'New', clientId: 'ours' }],
    ['/api/widgets', { ...WIDGET, id: 'widget-theirs' }],
  ])('POST %s tells those who are limited to none, who choose another', async (url, body) => {
    expect(await running.api.call('POST', url, body)).toMatchObject({ status: 409 });
  });
});
