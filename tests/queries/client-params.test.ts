// What a client's parameters do to queries: each instance of a fan-out is asked with those of its own client.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { json } from '../support/vendor.ts';
import { buildAsk } from './ask-plugin.ts';
import { createFleet, type FanOutResult, type Fleet } from './fleet.ts';

let plugin: TestPlugin;
beforeAll(async () => {
  plugin = await buildAsk();
});
afterAll(() => plugin[Symbol.asyncDispose]());

describe.each(oneOf)('on $name', (database) => {
  let place: TestDatabase;
  let running: TestHost;
  let fleet: Fleet;
  let number = 0;
  beforeAll(async () => {
    place = await database.open();
    running = await startTestHost(place, { plugins: [plugin] });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });
  beforeEach(async ({ onTestFinished }) => {
    fleet = await createFleet(running, 'ask', `fleet${(number += 1)}`, 3);
    onTestFinished(() => fleet.remove());
    for (const id of fleet.ids) fleet.answers(id, json({ columns: [['z', 'integer']], rows: [{ z: 1 }] }));
  });

  /** Gives the instance a client of its own, with these parameters. */
  async function own(id: string, parameters: object): Promise<string> {
    const client = `client-${id}`;
    const made = await running.api.call('POST', '/api/clients', { id: client, name: client });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    await setParameters(client, parameters);
    await running.api.call('PATCH', `/api/instances/${id}`, { clientId: client });
    return client;
  }
  async function setParameters(client: string, parameters: object): Promise<void> {
    const { status, body } = await running.api.call('PUT', `/api/clients/${client}/parameters`, parameters);
    expect(status, JSON.stringify(body)).toBe(200);
  }
  const ask = async (params: object): Promise<FanOutResult> =>
    (await running.api.call<FanOutResult>('POST', '/api/plugins/ask/queries/table', { params })).body;
  /** The params that the plugin was given, by instance. */
  const asked = (): Map<string, unknown> =>
    new Map(
      fleet.vendor.calls.map((call) => {
        const url = new URL(call.split(' ')[1] ?? '', fleet.vendor.url);
        return [url.pathname.split('/')[1] ?? '', JSON.parse(url.searchParams.get('params') ?? '')];
      }),
    );

  test('each instance is asked with the parameters of its own client; one that lacks them fails by itself', async () => {
    const [a = '', b = '', c = ''] = fleet.ids;
    await own(a, { project: 'ACME', days: 7 });
    await own(b, { project: 'BANK', days: 30 });
    const { meta } = await ask({ project: '${client.project}', days: '${client.days}' });
    expect(asked()).toEqual(
      new Map([
        [a, { project: 'ACME', days: 7 }],
        [b, { project: 'BANK', days: 30 }],
      ]),
    );
    expect(meta.instances).toMatchObject([
      { id: a, state: 'ok' },
      { id: b, state: 'ok' },
      { id: c, state: 'failed', error: { code: 'params_invalid', errors: [{ pointer: expect.any(String) }, {}] } },
    ]);
  });

  test('a value that the param does not take fails its instance only, before its vendor is asked', async () => {
    const [a = '', b = '', c = ''] = fleet.ids;
    await own(a, { days: 'many' });
    for (const id of [b, c]) await own(id, { days: 7 });
    const { meta } = await ask({ days: '${client.days}' });
    expect(meta.instances).toMatchObject([
      { id: a, state: 'failed', error: { code: 'params_invalid', errors: [{ pointer: '/params/days' }] } },
      { id: b, state: 'ok' },
      { id: c, state: 'ok' },
    ]);
    expect([...asked().keys()].toSorted((x, y) => (x < y ? -1 : 1))).toEqual([b, c]);
  });

  test('a cached result is not that of other parameters', async () => {
    const [a = ''] = fleet.ids;
    const client = await own(a, { project: 'ACME' });
    const one = async (): Promise<number> => {
      await running.api.call('GET', `/api/instances/${a}/queries/table`);
      return fleet.callsOf(a);
    };
    expect([await one(), await one()]).toEqual([1, 1]);
    await setParameters(client, { project: 'OTHER' });
    expect(await one()).toBe(2);
  });
});
