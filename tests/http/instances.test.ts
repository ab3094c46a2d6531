import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { silentLog } from '../support/log.ts';
import { openStore } from '../../host/src/store/index.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { buildDesk } from '../support/desk-plugin.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { expectProblem } from '../support/problem.ts';
import { json, startVendor } from '../support/vendor.ts';

const TOKEN = 'canary-token-5f1b';
const SPARE = 'canary-spare-77e0';

interface View {
  readonly id: string;
  readonly revision: number;
  readonly config: Record<string, unknown>;
  readonly secretsSet: readonly string[];
}

let desk: TestPlugin;
beforeAll(async () => {
  desk = await buildDesk();
});
afterAll(() => desk[Symbol.asyncDispose]());

describe.each(oneOf)('instances on $name', (database) => {
  let place: TestDatabase;
  let running: TestHost;
  const send: TestHost['api']['send'] = (...args) => running.api.send(...args);
  const call = <T = View>(...args: Parameters<TestHost['api']['send']>) => running.api.call<T>(...args);
  const create = (id: string, config: object = {}) =>
    call('POST', '/api/instances', {
      id,
      plugin: 'desk',
      name: 'Desk of Acme',
      config: { baseUrl: 'https://desk.example/api', token: TOKEN, spare: SPARE, ...config },
    });
  /** Every row of the tables, as text. */
  const tables = async (): Promise<string> => {
    await running[Symbol.asyncDispose]();
    let rows: unknown;
    {
      await using store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
      const instances = await sql`select t::text as row from instance t order by id`.execute(store.db);
      const secrets = await sql`select t::text as row from instance_secret t order by instance_id, field`.execute(
        store.db,
      );
      rows = [instances.rows, secrets.rows];
    }
    running = await startTestHost(place, { plugins: [desk] });
    return JSON.stringify(rows);
  };

  beforeAll(async () => {
    place = await database.open();
    running = await startTestHost(place, { plugins: [desk] });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  test('a created one is where Location says, with its defaults and without its secrets', async () => {
    const made = await create('made');
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe('/api/instances/made');
    expect(made.headers.get('etag')).toBe('"1"');
    expect(made.body).toEqual({
      id: 'made',
      plugin: 'desk',
      name: 'Desk of Acme',
      clientId: null,
      enabled: true,
      config: { baseUrl: 'https://desk.example/api', pageSize: 50 },
      secretsSet: ['spare', 'token'],
      secretReferences: {},
      configVersion: 1,
      revision: 1,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    const read = await call('GET', '/api/instances/made');
    expect(read).toMatchObject({ status: 200, body: made.body });
    expect(read.headers.get('etag')).toBe('"1"');
    const list = await call<{ instances: View[] }>('GET', '/api/instances?plugin=desk');
    expect(list.body.instances).toContainEqual({ ...made.body, health: 'unknown' });
    expect((await call('GET', '/api/instances?plugin=jira')).body).toEqual({ instances: [] });
  });

  test('a name becomes an id, and a second of that name gets one of its own', async () => {
    const input = { plugin: 'desk', name: 'Çelik & Söhne (Prod)', config: { baseUrl: 'https://desk.example' } };
    const first = await call('POST', '/api/instances', input);
    const second = await call('POST', '/api/instances', input);
    expect(first.body.id).toBe('celik-sohne-prod');
    expect(second.body.id).toMatch(/^celik-sohne-prod-[0-9a-f]{6}$/);
    expect(second.headers.get('location')).toBe(`/api/instances/${second.body.id}`);
  });

  test('a patch merges: what is left out stays, null removes, secrets too', async () => {
    await create('merged', { label: 'old', limits: { a: 1, b: 2 } });
    const patched = await call('PATCH', '/api/instances/merged', {
      name: 'New name',
      config: { label: null, limits: { b: null, c: 3 }, spare: null },
    });
    expect(patched.status).toBe(200);
    expect(patched.headers.get('etag')).toBe('"2"');
    expect(patched.body).toMatchObject({
      name: 'New name',
      revision: 2,
      config: { baseUrl: 'https://desk.example/api', pageSize: 50, limits: { a: 1, c: 3 } },
      secretsSet: ['token'],
    });
    expect(Object.keys(patched.body.config).toSorted()).toEqual(['baseUrl', 'limits', 'pageSize']);
  });

  test('a secret that a patch leaves out still signs calls in', async () => {
    await using vendor = await startVendor(json({ name: 'bot' }));
    await create('signed', { baseUrl: vendor.url });
    await call('PATCH', '/api/instances/signed', { config: { label: 'new' } });
    expect((await call<{ ok: boolean }>('POST', '/api/instances/signed/check')).body.ok).toBe(true);
    await call('PATCH', '/api/instances/signed', { config: { token: 'another-token' } });
    await call('POST', '/api/instances/signed/check');
    expect(vendor.authorizations).toEqual([`Bearer ${TOKEN}`, 'Bearer another-token']);
  });

  test('of two changes made for the same revision the second is refused', async () => {
    await create('raced');
    const headers = { 'if-match': '"1"' };
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) => send('PATCH', '/api/instances/raced', { name }, { headers })),
    );
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([200, 409, 409, 409]);
    for (const answer of answers) if (!answer.ok) await expectProblem(answer, 409, 'conflict');
    expect((await call('GET', '/api/instances/raced')).body.revision).toBe(2);
    expect(
      (await send('PATCH', '/api/instances/raced', { name: 'e' }, { headers: { 'if-match': '"2"' } })).status,
    ).toBe(200);
  });

  test('a deleted one is gone with its secrets', async () => {
    await create('doomed');
    const gone = await send('DELETE', '/api/instances/doomed');
    expect([gone.status, await gone.text()]).toEqual([204, '']);
    await expectProblem(await send('GET', '/api/instances/doomed'), 404, 'not_found');
    await expectProblem(await send('DELETE', '/api/instances/doomed'), 404, 'not_found');
  });

  test('a change that fails leaves the tables as they were', async () => {
    await create('whole');
    const before = await tables();
    expect(before).toContain('whole');
    expect(before, 'the deleted instance, or its secrets').not.toContain('doomed');
    const bad = {
      plugin: 'desk',
      name: 'Half',
      config: { baseUrl: 'https://desk.example', token: 'a-new-secret', pageSize: 0 },
    };
    const refused = [
      await send('POST', '/api/instances', { ...bad, id: 'half' }),
      await send('POST', '/api/instances', { ...bad, id: 'whole', config: { baseUrl: 'https://desk.example' } }),
      await send('PATCH', '/api/instances/whole', { name: 'Half', config: { token: 'a-new-secret', pageSize: 0 } }),
      await send('PATCH', '/api/instances/whole', { name: 'Half', config: { baseUrl: null } }),
      await send('PATCH', '/api/instances/whole', { name: 'Half', config: { baseUrl: 'https://elsewhere.example' } }),
      await send('PATCH', '/api/instances/whole', { name: '' }),
      await send('PATCH', '/api/instances/whole', { name: 'Half' }, { headers: { 'if-match': '"9"' } }),
    ];
    expect(refused.map((answer) => answer.status)).toEqual([400, 409, 400, 400, 400, 400, 409]);
    expect(await tables()).toBe(before);
  });

  test('no answer to any of this holds a secret, and neither does the log', async () => {
    await create('quiet');
    const answers = [
      await send('POST', '/api/instances', {
        id: 'quiet',
        plugin: 'desk',
        name: 'x',
        config: { baseUrl: 'https://x.example', token: TOKEN },
      }),
      await send('POST', '/api/instances', { plugin: 'desk', name: 'x', config: { baseUrl: TOKEN, token: SPARE } }),
      await send('PATCH', '/api/instances/quiet', { config: { token: TOKEN, pageSize: SPARE } }),
      await send('PATCH', '/api/instances/quiet', { config: { token: TOKEN } }),
      await send('GET', '/api/instances/quiet'),
      await send('GET', '/api/instances'),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([409, 400, 400, 200, 200, 200]);
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    for (const text of [...texts, ...running.logs]) {
      expect(text).not.toContain(TOKEN);
      expect(text).not.toContain(SPARE);
    }
  });
});
