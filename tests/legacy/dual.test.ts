// Both shapes at once: whichever API is written through, the other one has it too, in the same transaction.
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { foundIn, formsOf } from '../support/canary.ts';
import { databases, server, type TestDatabase } from '../support/databases.ts';
import { startTestHost } from '../support/host.ts';
import { storedRows } from '../support/stored-text.ts';
import { until } from '../support/until.ts';
import { type Relay, type Row, startRelay, STEPS } from './support/relay.ts';

const MASK = '********';
const SECRETS = [
  'sent-to-the-old-1',
  'sent-to-the-new-2',
  'sent-to-the-old-3',
  'sent-with-a-hook-4',
  'sent-to-the-new-5',
] as const;

interface Instance {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly config: Record<string, unknown>;
  readonly secretsSet: readonly string[];
}

describe.each(databases)('both shapes on $name', (database) => {
  let place: TestDatabase;
  let relay: Relay;
  let system: Row;
  beforeAll(async () => {
    place = await database.open();
    relay = await startRelay(place);
    await relay.done('PUT', '/api/legacy/modes/relay', STEPS.dual);
    system = await relay.done('POST', '/api/external-systems', { system_name: 'relay', display_name: 'The relay' });
  });
  afterAll(async () => {
    await relay[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });
  const old = (id: number) => relay.done('GET', `/api/external-system-instances/${id}`);
  const put = (id: number, body: unknown) => relay.call('PUT', `/api/external-system-instances/${id}`, body);
  const now = (id: string) => relay.done<Instance>('GET', `/api/instances/${id}`);
  const all = async () => (await relay.done<{ instances: Instance[] }>('GET', '/api/instances')).instances;
  const add = async (name: string, body: object = {}) => {
    const row = await relay.done('POST', '/api/external-system-instances', {
      ...{ system_id: system.id, instance_name: name, base_url: relay.vendor.url },
      ...{ auth_type: 'basic', auth_config: { username: 'ada', password: SECRETS[0] }, ...body },
    });
    const instance = (await all()).find((one) => one.name === name);
    if (instance === undefined) throw new Error(`no instance is called ${name}`);
    return { row, instance };
  };

  test('a row that is made through the old API is an instance, whose secret only the instance has', async () => {
    const { row, instance } = await add('Berlin');
    expect(instance).toMatchObject({ plugin: 'relay', enabled: true, secretsSet: ['password'] });
    expect(instance.config).toMatchObject({ baseUrl: relay.vendor.url, login: 'ada' });
    expect(row).toMatchObject({ auth_config: { username: 'ada', password: MASK } });
    expect(await relay.askedAs(row.id)).toBe(`ada:${SECRETS[0]}`);
  });

  test('a change through either API is there in the other, and a mask sent back changes no secret', async () => {
    const { row, instance } = await add('Bonn');
    await put(row.id, { ...(await old(row.id)), instanceName: 'Bonn am Rhein' });
    expect(await now(instance.id)).toMatchObject({ name: 'Bonn am Rhein' });
    await put(row.id, { auth_config: { username: 'bob', password: MASK } });
    expect(await relay.askedAs(row.id)).toBe(`bob:${SECRETS[0]}`);
    await relay.done('PATCH', `/api/instances/${instance.id}`, {
      name: 'Bonn',
      config: { password: SECRETS[1], pageSize: 9, projects: ['A', 'B'] },
    });
    expect(await old(row.id)).toMatchObject({
      ...{ instance_name: 'Bonn', auth_config: { username: 'bob', password: MASK } },
      connection_config: { pageSize: 9, projects: ['A', 'B'] },
    });
    expect(await relay.askedAs(row.id)).toBe(`bob:${SECRETS[1]}`);
    await put(row.id, { connection_config: { projects: ['C'] } });
    expect((await now(instance.id)).config).toMatchObject({ projects: ['C'], pageSize: 50 });
  });

  test('another way to sign in is another one on both sides', async () => {
    const { row, instance } = await add('Bern');
    await put(row.id, { auth_type: 'bearer', auth_config: { token: SECRETS[2] } });
    expect(await now(instance.id)).toMatchObject({ secretsSet: ['token'], config: { baseUrl: relay.vendor.url } });
    expect((await now(instance.id)).config).not.toHaveProperty('login');
    expect(await relay.askedAs(row.id)).toBe(`Bearer ${SECRETS[2]}`);
    const { status, body } = await put(row.id, { auth_config: { username: 'ada', password: MASK } });
    expect([status, body]).toMatchObject([400, { code: 'config_invalid', errors: [{ pointer: '/auth_config' }] }]);
    await relay.done('PATCH', `/api/instances/${instance.id}`, {
      config: { token: null, login: 'eve', password: SECRETS[1], hookSecret: SECRETS[3] },
    });
    expect(await old(row.id)).toMatchObject({
      ...{ auth_type: 'basic', auth_config: { username: 'eve', password: MASK } },
      connection_config: { hookSecret: MASK },
    });
    await put(row.id, { connection_config: { hookSecret: MASK, pageSize: 3 } });
    expect(await now(instance.id)).toMatchObject({ config: { pageSize: 3 }, secretsSet: ['hookSecret', 'password'] });
  });

  test('an instance that is made through the new API is a row of the old', async () => {
    const made = await relay.done<Instance>('POST', '/api/instances', {
      ...{ plugin: 'relay', name: 'Basel' },
      config: { baseUrl: `${relay.vendor.url}/basel/`, token: SECRETS[4], login: 'unused', tls: { verify: false } },
    });
    const rows = await relay.done<Row[]>('GET', '/api/external-system-instances');
    const row = rows.find((one) => one['instance_name'] === 'Basel');
    expect(row).toMatchObject({
      ...{ system_id: system.id, base_url: `${relay.vendor.url}/basel/`, is_active: true },
      ...{ auth_type: 'bearer', auth_config: { token: MASK } },
      connection_config: { login: 'unused', tls: { verify: false } },
    });
    expect(await relay.askedAs(row?.id ?? 0)).toBe(`Bearer ${SECRETS[4]}`);
    await put(row?.id ?? 0, { is_active: false });
    expect(await now(made.id)).toMatchObject({ enabled: false });
    await relay.done('PATCH', `/api/instances/${made.id}`, { enabled: true });
    expect(await old(row?.id ?? 0)).toMatchObject({ is_active: true });
  });

  test('what is deleted on one side is switched off on the other', async () => {
    const first = await add('Gone there');
    await relay.done('DELETE', `/api/external-system-instances/${first.row.id}`);
    expect(await now(first.instance.id)).toMatchObject({ enabled: false });
    const second = await add('Gone here');
    await relay.done('DELETE', `/api/instances/${second.instance.id}`);
    expect(await old(second.row.id)).toMatchObject({ is_active: false });
    // Switched on again it is there again.
    await relay.done('PATCH', `/api/instances/${first.instance.id}`, { enabled: true });
    const rows = await relay.done<Row[]>('GET', '/api/external-system-instances');
    expect(rows.filter((row) => row['instance_name'] === 'Gone there')).toHaveLength(1);
    const again = await put(second.row.id, { is_active: true, auth_config: { token: SECRETS[2] } });
    expect(again.status).toBe(200);
    expect((await all()).filter(({ name }) => name === 'Gone here')).toHaveLength(1);
  });

  test('a system with an address of its own is the default instance, and its instances follow it', async () => {
    const address = { base_url: relay.vendor.url, auth_config: { username: 'sys', password: SECRETS[0] } };
    const own = await relay.done('POST', '/api/external-systems', {
      systemName: 'relay',
      displayName: 'Own',
      ...address,
    });
    expect(await now('relay-default')).toMatchObject({ name: 'Own', config: { login: 'sys' } });
    const heir = await relay.done('POST', '/api/external-system-instances', {
      ...{ system_id: own.id, instance_name: 'Heir' },
      ...{ auth_config: { username: 'heir', password: SECRETS[2] } },
    });
    await relay.done('PUT', `/api/external-systems/${own.id}`, { base_url: `${relay.vendor.url}/moved` });
    const instances = (await all()).filter(({ name }) => name === 'Own' || name === 'Heir');
    expect(instances.map(({ config }) => config['baseUrl'])).toEqual([
      `${relay.vendor.url}/moved`,
      `${relay.vendor.url}/moved`,
    ]);
    expect(await relay.askedAs(heir.id)).toBe(`heir:${SECRETS[2]}`);
  });

  test('a system that was one of its instances stays a name over them when that one moves or goes', async () => {
    const parity = async () =>
      (await relay.done<{ plugins: { differences: object[] }[] }>('GET', '/api/legacy/parity?plugin=relay')).plugins;
    const count = async () => (await all()).length;
    const address = { base_url: `${relay.vendor.url}/same` };
    const name = await relay.done('POST', '/api/external-systems', { systemName: 'relay', displayName: 'A name' });
    const member = await relay.done('POST', '/api/external-system-instances', {
      ...{ system_id: name.id, instance_name: 'Same', ...address },
    });
    const before = await count();
    await relay.done('PUT', `/api/external-systems/${name.id}`, address);
    await put(member.id, { base_url: `${relay.vendor.url}/elsewhere` });
    await relay.done('PUT', `/api/external-systems/${name.id}`, { display_name: 'Still a name' });
    expect([await count(), await parity()]).toMatchObject([before, [{ differences: [] }]]);
    await relay.done('DELETE', `/api/external-system-instances/${member.id}`);
    expect(await parity()).toMatchObject([{ differences: [] }]);
    // Another address is its own.
    await relay.done('PUT', `/api/external-systems/${name.id}`, { base_url: `${relay.vendor.url}/own` });
    expect([await count(), await parity()]).toMatchObject([before + 1, [{ differences: [] }]]);
  });

  test.skipIf(database !== server)(
    'a change of a system waits for its instance that is being made, and takes it along',
    { timeout: 60_000 },
    async () => {
      const settings = (pageSize: number) => ({ connection_config: { pageSize } });
      const busy = { system_name: 'relay', display_name: 'Busy', ...settings(7) };
      const { id } = await relay.done('POST', '/api/external-systems', busy);
      await using hold = await holdAudit(place);
      // It has read what it takes from its system, and is not there yet.
      const making = add('Made meanwhile', { system_id: id });
      await hold.waiting(1);
      const changing = relay.done('PUT', `/api/external-systems/${id}`, settings(8));
      await hold.waiting(2);
      await hold.release();
      const [{ instance }] = await Promise.all([making, changing]);
      expect((await now(instance.id)).config).toMatchObject({ pageSize: 8 });
    },
  );

  test.skipIf(database !== server)(
    'a write that loses against others is written at another try, through either API, and one that always loses says when to come again',
    async () => {
      const { row, instance } = await add('Busy');
      await using losing = await loseAgainst(place, 'external_system_instances');
      const writes = [
        (name: string) => put(row.id, { instance_name: name }),
        (name: string) => relay.call('PATCH', `/api/instances/${instance.id}`, { name }),
      ];
      for (const [index, write] of writes.entries()) {
        await losing.times(defaultLimits.store.commits - 1);
        expect((await write(`Busy ${index}`)).status).toBe(200);
        const after = [await old(row.id), await now(instance.id)];
        expect(after).toMatchObject([{ instance_name: `Busy ${index}` }, { name: `Busy ${index}` }]);
        await losing.times(defaultLimits.store.commits);
        const { status, body, headers } = await write('Never');
        expect([status, body, headers.get('retry-after')]).toMatchObject([
          409,
          { code: 'conflict', retryAfterMs: defaultLimits.store.contendedRetry },
          String(defaultLimits.store.contendedRetry / 1000),
        ]);
        expect([await old(row.id), await now(instance.id)]).toEqual(after);
      }
    },
  );

  test('what the other shape refuses is refused, and neither has any of it', async () => {
    const { row, instance } = await add('Sound');
    const before = [await old(row.id), await now(instance.id)];
    for (const body of [
      { instance_name: 'Unsound', connection_config: { pageSize: 0 } },
      { instance_name: 'Unsound', base_url: 'ftp://nowhere' },
      { instance_name: 'Unsound', auth_config: { certificate: 'x', apiKey: 'y', header: 'x-key' } },
      { instance_name: 'Unsound', base_url: 'https://elsewhere.example' },
    ]) {
      const { status, body: problem } = await put(row.id, body);
      expect([status, problem['code']], JSON.stringify(body)).toEqual([400, 'config_invalid']);
    }
    expect([await old(row.id), await now(instance.id)]).toEqual(before);
    const bad = { system_id: system.id, instance_name: 'Never', base_url: 'ftp://nowhere' };
    expect((await relay.call('POST', '/api/external-system-instances', bad)).status).toBe(400);
    expect(JSON.stringify(await relay.done('GET', '/api/external-system-instances'))).not.toMatch(/Unsound|Never/);
  });

  test('a secret that no instance would keep is refused: masked in the old table it would be gone', async () => {
    const auth = { auth_type: 'bearer', auth_config: { token: SECRETS[4] } };
    const asleep = { system_id: system.id, instance_name: 'Asleep', base_url: relay.vendor.url, is_active: false };
    for (const [path, body] of [
      ['external-systems', { system_name: 'relay', display_name: 'No address' }],
      ['external-system-instances', asleep],
    ] as const) {
      const { status, body: problem } = await relay.call('POST', `/api/${path}`, { ...body, ...auth });
      expect([status, problem['code']]).toEqual([400, 'config_invalid']);
      expect(JSON.stringify(problem)).toContain('no instance would have a place for it');
      expect(JSON.stringify(problem)).not.toContain(SECRETS[4]);
    }
  });

  test('the same is answered when the instances lead', async () => {
    const ask = async () => [
      await relay.done('GET', '/api/external-systems'),
      await relay.done('GET', '/api/external-system-instances'),
    ];
    const before = await ask();
    await relay.done('PUT', '/api/legacy/modes/relay', STEPS.ahead);
    expect(await ask()).toEqual(before);
    await relay.done('PUT', '/api/legacy/modes/relay', STEPS.dual);
  });

  test('while the plugin is missing nothing is written in one shape alone, and nothing is said to be the same', async () => {
    await relay.running[Symbol.asyncDispose]();
    await using without = await startTestHost(place);
    for (const [method, path, body] of [
      ['POST', '/api/external-systems', { system_name: 'Relay', base_url: relay.vendor.url }],
      ['POST', '/api/external-system-instances', { system_id: system.id, instance_name: 'Without' }],
      ['PUT', '/api/legacy/modes/relay', STEPS.ahead],
      ['PUT', '/api/legacy/modes/relay', STEPS.plugin],
    ] as const) {
      const { status } = await without.api.call(method, path, body);
      expect(status, `${method} ${path}`).toBe(path.includes('modes') && body === STEPS.ahead ? 200 : 409);
    }
    expect((await without.api.call('GET', '/api/legacy/parity?plugin=relay')).body).toMatchObject({
      plugins: [{ differences: [{ key: '*', plugin: 'the plugin is missing' }] }],
    });
  });

  test('no secret is in plain text in any table, the old ones included', async () => {
    const rows = await storedRows(place);
    expect(rows.find(({ where }) => where === 'public.external_system_instances')?.text).toContain(MASK);
    for (const secret of SECRETS) {
      for (const { where, text } of rows) expect(foundIn(text, formsOf(secret)), where).toEqual([]);
    }
  });
});

/** No change gets past its audit entry. */
async function holdAudit({ databaseUrl }: TestDatabase) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('begin');
  await client.query('select 1 from audit_head for update');
  return {
    /** So many changes are under way, and wait for something. */
    waiting: (count: number) =>
      until(async () => {
        const { rows } = await client.query(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return rows.length >= count ? true : undefined;
      }),
    release: () => client.query('commit'),
    [Symbol.asyncDispose]: () => client.end(),
  };
}

/** So many of the next changes of a table are told that they have lost. */
async function loseAgainst({ databaseUrl }: TestDatabase, table: string) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`
    create sequence losses;
    create table losing (times integer not null);
    insert into losing values (0);
    create function lose() returns trigger language plpgsql as $$
    begin
      if nextval('losses') <= (select times from losing) then raise exception 'lost' using errcode = '40P01'; end if;
      return new;
    end $$;
    create trigger lose before update on ${table} for each row execute function lose()`);
  return {
    times: (times: number) => client.query(`alter sequence losses restart; update losing set times = ${times}`),
    async [Symbol.asyncDispose]() {
      await client.query('drop function lose cascade; drop table losing; drop sequence losses');
      await client.end();
    },
  };
}
