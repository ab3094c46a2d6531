// The old API as it was, while the old tables rule: nothing of the plugin's own shape is there, and everything works.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databases, type TestDatabase } from '../support/databases.ts';
import { type Relay, type Row, startRelay } from './support/relay.ts';

const MASK = '********';

describe.each(databases)('the old API on $name', (database) => {
  let place: TestDatabase;
  let relay: Relay;
  let system: Row;
  let instance: Row;
  beforeAll(async () => {
    place = await database.open();
    relay = await startRelay(place);
    system = await relay.done('POST', '/api/external-systems', {
      system_name: 'relay',
      displayName: 'The relay',
      base_url: relay.vendor.url,
      auth_type: 'basic',
      auth_config: { username: 'ada', password: 'first-secret' },
      api_endpoints: { me: '/me' },
    });
    instance = await relay.done('POST', '/api/external-system-instances', {
      systemId: system.id,
      instanceName: 'Berlin',
      base_url: `${relay.vendor.url}/berlin`,
      authConfig: { token: 'berlin-secret' },
      connection_config: { pageSize: 7, clientSecret: 'other-secret' },
    });
  });
  afterAll(async () => {
    await relay[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });
  const get = (row: Row, table = 'external-system-instances') => relay.done('GET', `/api/${table}/${row.id}`);
  const put = (body: unknown) => relay.call('PUT', `/api/external-system-instances/${instance.id}`, body);

  test('takes both spellings and answers both, with integer ids, and with masks in the places of secrets', async () => {
    expect(system).toMatchObject({
      id: expect.any(Number),
      system_name: 'relay',
      systemName: 'relay',
      is_active: true,
    });
    expect(system).toMatchObject({ display_name: 'The relay', auth_config: { username: 'ada', password: MASK } });
    expect(system['authConfig']).toEqual(system['auth_config']);
    expect(await get(instance)).toMatchObject({
      ...{ system_id: system.id, systemId: system.id, instance_name: 'Berlin', system_name: 'relay' },
      ...{ auth_config: { token: MASK }, connectionConfig: { pageSize: 7, clientSecret: MASK } },
    });
    const lists = [
      await relay.done('GET', '/api/external-systems'),
      await relay.done('GET', '/api/external-system-instances'),
    ];
    expect(lists).toMatchObject([[{ id: system.id }], [{ id: instance.id }]]);
    expect(JSON.stringify([system, instance, lists])).not.toMatch(/(first|berlin|other)-secret/);
  });

  test('what is sent back as it was answered changes nothing, and a mask keeps its secret', async () => {
    const before = await get(instance);
    const { updated_at: _, updatedAt: __, ...same } = before;
    expect((await put(before)).body).toMatchObject(same);
    expect(await relay.askedAs(instance.id)).toBe('Bearer berlin-secret');
    await relay.done('PUT', `/api/external-system-instances/${instance.id}`, {
      auth_config: { token: MASK, expires: '2031' },
    });
    expect(await relay.askedAs(instance.id)).toBe('Bearer berlin-secret');
    await relay.done('PUT', `/api/external-system-instances/${instance.id}`, { ...before, instanceName: 'Bonn' });
    expect(await get(instance)).toMatchObject({ instance_name: 'Bonn', instanceName: 'Bonn' });
  });

  test('a secret that is sent is the one from then on', async () => {
    await put({ authConfig: { token: 'second-secret' } });
    expect(await relay.askedAs(instance.id)).toBe('Bearer second-secret');
    await put({ auth_config: { username: 'bob', password: 'third-secret' } });
    expect(await relay.askedAs(instance.id)).toBe('bob:third-secret');
  });

  test('an instance takes what it does not say from its system', async () => {
    const heir = await relay.done('POST', '/api/external-system-instances', {
      system_id: String(system.id),
      instance_name: 'Heir',
    });
    expect(await relay.askedAs(heir.id)).toBe('ada:first-secret');
    await relay.done('DELETE', `/api/external-system-instances/${heir.id}`);
    expect((await relay.call('GET', `/api/external-system-instances/${heir.id}`)).status).toBe(404);
  });

  test('a secret does not go to another origin unless it is sent again', async () => {
    const { status, body } = await put({ base_url: 'https://elsewhere.example' });
    expect([status, body]).toMatchObject([400, { code: 'config_invalid', errors: [{ pointer: '/base_url' }] }]);
    expect((await put({ base_url: `${relay.vendor.url}/moved` })).status).toBe(200);
    const whole = { base_url: 'http://127.0.0.1:9', auth_config: { token: 'sent-again' } };
    expect((await put({ ...whole, connection_config: {} })).status).toBe(200);
    await put({ base_url: relay.vendor.url, auth_config: { token: 'and-again' } });
    expect(await relay.askedAs(instance.id)).toBe('Bearer and-again');
    const moved = await relay.call('PUT', `/api/external-systems/${system.id}`, {
      base_url: 'https://elsewhere.example',
    });
    expect([moved.status, moved.body]).toMatchObject([400, { code: 'config_invalid' }]);
  });

  test('tests a connection, and lists and runs the queries that everybody may run', async () => {
    const tested = await relay.done('POST', `/api/external-systems/${system.id}/test-connection`);
    expect(tested).toMatchObject({
      success: true,
      message: 'signed in as ada:first-secret'.replace('first-secret', '[secret]'),
    });
    const queries = await relay.done<{ id: string }[]>('GET', `/api/external-system-instances/${instance.id}/queries`);
    expect(queries.map(({ id }) => id)).toEqual(['whoami']);
    const path = `/api/external-system-instances/${instance.id}/query/whoami`;
    const answer = await relay.done<{ rows: object[]; meta: object }>('POST', path, { parameters: { n: 3 } });
    expect(answer).toMatchObject({ columns: expect.any(Array), meta: { rowCount: 3 } });
    expect((await relay.call('POST', path, { params: { n: 'many' } })).body).toMatchObject({ code: 'params_invalid' });
    const none = await relay.call('POST', `/api/external-system-instances/${instance.id}/query/none`);
    expect([none.status, none.body]).toMatchObject([404, { code: 'not_found' }]);
  });

  test('says where an input is wrong, and keeps nothing of it', async () => {
    const post = (body: unknown) => relay.call('POST', '/api/external-systems', body);
    const pointers = async (body: unknown) => {
      const { status, body: problem } = await post(body);
      expect([status, problem['code']]).toEqual([400, 'config_invalid']);
      return (problem['errors'] as { pointer: string }[]).map(({ pointer }) => pointer);
    };
    expect(await pointers({})).toEqual(['/system_name']);
    expect(await pointers({ system_name: 'a', systemName: 'b' })).toEqual(['/systemName']);
    expect(await pointers({ system_name: 'a', is_active: 'yes' })).toEqual(['/is_active']);
    expect(await pointers({ system_name: 'a', authConfig: 'text', base_url: 'x'.repeat(9000) })).toEqual([
      '/base_url',
      '/authConfig',
    ]);
    expect(await pointers({ system_name: 'a\0' })).toEqual(['/system_name']);
    const orphan = await relay.call('POST', '/api/external-system-instances', { system_id: 9999, instance_name: 'x' });
    expect([orphan.status, orphan.body]).toMatchObject([400, { errors: [{ pointer: '/system_id' }] }]);
    expect(await relay.done('GET', '/api/external-systems')).toHaveLength(1);
  });

  test('a system of no plugin is kept all the same, and says so when it is asked', async () => {
    const other = await relay.done('POST', '/api/external-systems', {
      system_name: 'teletype',
      base_url: 'http://x.example',
    });
    const one = await relay.done('POST', '/api/external-system-instances', {
      system_id: other.id,
      instance_name: 'One',
    });
    const { status, body } = await relay.call('POST', `/api/external-system-instances/${one.id}/query/whoami`);
    expect([status, body]).toMatchObject([404, { code: 'not_found', next: expect.stringContaining('/api/plugins') }]);
    const busy = await relay.call('DELETE', `/api/external-systems/${other.id}`);
    expect([busy.status, busy.body]).toMatchObject([409, { code: 'conflict' }]);
    await relay.done('DELETE', `/api/external-system-instances/${one.id}`);
    await relay.done('DELETE', `/api/external-systems/${other.id}`);
  });

  test('every change is in the audit, the old API included', async () => {
    const { entries } = await relay.done<{ entries: { action: string; entity: object; after: unknown }[] }>(
      'GET',
      '/api/audit?limit=500',
    );
    const actions = new Set(entries.map(({ action }) => action));
    for (const kind of ['external-system', 'external-instance']) {
      expect([...actions]).toEqual(expect.arrayContaining([`${kind}.create`, `${kind}.delete`]));
    }
    expect([...actions]).toContain('external-instance.change');
    expect(JSON.stringify(entries)).not.toMatch(/(first|berlin|second|third|other)-secret|again/);
  });

  test('nothing of it has become an instance: the old tables rule', async () => {
    expect(await relay.done('GET', '/api/instances')).toEqual({ instances: [] });
  });
});
