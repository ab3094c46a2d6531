// The end of the old API: what it says about it, who still calls it, and what is left of it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from 'kysely';
import { REPLACEMENTS } from '../../host/src/legacy/api/replacements.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { openStore, type LegacyModeTable } from '../../host/src/store/index.ts';
import { runCli } from '../support/host-process.ts';
import { ADMIN_TOKEN } from '../support/host.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { silentLog } from '../support/log.ts';
import { type Relay, type Row, startRelay, STEPS } from './support/relay.ts';

interface MoveView {
  readonly plugin: string;
  readonly mode: string;
  readonly primary: string;
  readonly dualSince: string | null;
}

describe.each(oneOf)('leaving the old API on $name', (database) => {
  let place: TestDatabase;
  let relay: Relay;
  let system: Row;
  let instance: Row;
  beforeAll(async () => {
    place = await database.open();
    relay = await startRelay(place);
  });
  afterAll(async () => {
    await relay[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });
  const step = (body: object) => relay.call<MoveView>('PUT', '/api/legacy/modes/relay', body);

  test('while the old tables rule nothing is said of an end', async () => {
    system = await relay.done('POST', '/api/external-systems', { system_name: 'relay' });
    const { headers, status } = await relay.call('GET', '/api/external-systems');
    expect([status, headers.get('deprecation'), headers.get('sunset'), headers.get('link')]).toEqual([
      200,
      null,
      null,
      null,
    ]);
  });

  test('a move goes step by step, and not before its rows are imported', async () => {
    const early = await step(STEPS.dual);
    expect([early.status, early.body]).toMatchObject([
      409,
      { code: 'conflict', next: expect.stringContaining('jackfield legacy import') },
    ]);
    await relay.done('DELETE', `/api/external-systems/${system.id}`);
    for (const far of [STEPS.ahead, STEPS.plugin]) expect((await step(far)).status).toBe(409);
    const made = await relay.done('POST', '/api/instances', {
      ...{ plugin: 'relay', name: 'Before', config: { baseUrl: relay.vendor.url, token: 'a-secret' } },
    });
    expect((await step({ ...STEPS.dual, sunsetAt: '2031-01-02T03:04:05Z' })).body).toMatchObject({
      ...{ mode: 'dual', primary: 'legacy', systems: 1, instances: 1, unmoved: 0, quarantined: 0 },
      sunsetAt: '2031-01-02T03:04:05.000Z',
    });
    // The old tables know from then on what was there before.
    const rows = await relay.done<Row[]>('GET', '/api/external-system-instances');
    expect(rows).toMatchObject([{ instance_name: 'Before', auth_config: { token: '********' } }]);
    instance = rows[0] as Row;
    system = (await relay.done<Row[]>('GET', '/api/external-systems'))[0] as Row;
    expect(made['id']).toBe('before');
  });

  test('every answer says since when the old API is deprecated, until when it is there, and what follows it', async () => {
    const { body } = await relay.call<{ plugins: MoveView[] }>('GET', '/api/legacy/modes');
    const since = body.plugins.find(({ plugin }) => plugin === 'relay')?.dualSince ?? '';
    const paths = [
      ['GET', '/api/external-systems', 'api/plugins'],
      ['GET', `/api/external-system-instances/${instance.id}`, 'api/instances/before'],
      ['PUT', `/api/external-system-instances/${instance.id}`, 'api/instances/before'],
      ['PUT', `/api/external-systems/${system.id}`, 'api/instances'],
      ['GET', '/api/external-mappings', 'api/clients'],
      ['POST', '/api/external-systems', 'api/instances'],
      ['POST', `/api/external-system-instances/${instance.id}/query/none`, 'api/instances/before/queries/none'],
    ] as const;
    for (const [method, path, successor] of paths) {
      const { headers } = await relay.call(method, path, method === 'GET' ? undefined : {});
      expect(headers.get('deprecation'), path).toBe(`@${Math.floor(Date.parse(since) / 1000)}`);
      expect(headers.get('sunset')).toBe('Thu, 02 Jan 2031 03:04:05 GMT');
      expect(headers.get('link')).toMatch(
        new RegExp(`^</${successor}>; rel="successor-version", <https://.*>; rel="deprecation"`),
      );
    }
  });

  test('callers are counted by route and token', async () => {
    const before = new Map<string, number>();
    const read = async () => {
      const { callers } = await relay.done<{ callers: { route: string; calls: number; caller: object }[] }>(
        'GET',
        '/api/legacy/callers',
      );
      return callers;
    };
    for (const { route, calls } of await read()) before.set(route, calls);
    for (let n = 0; n < 3; n += 1) await relay.done('GET', `/api/external-system-instances/${instance.id}`);
    const route = 'GET /api/external-system-instances/:id';
    const caller = (await read()).find((one) => one.route === route);
    expect(caller).toMatchObject({
      calls: (before.get(route) ?? 0) + 3,
      caller: { kind: 'token', name: 'JACKFIELD_ADMIN_TOKEN' },
    });
    // Those of a host that stops are written.
    await relay.done('GET', `/api/external-system-instances/${instance.id}`);
    await relay.restart();
    expect((await read()).find((one) => one.route === route)?.calls).toBe((caller?.calls ?? 0) + 1);
  });

  test(
    'the command line shows how far each plugin is and who calls, and takes a step',
    { timeout: 120_000 },
    async () => {
      const env = { JACKFIELD_URL: relay.running.url, JACKFIELD_TOKEN: ADMIN_TOKEN };
      const run = async (...args: string[]): Promise<string> => {
        await using cli = runCli(['legacy', ...args], env);
        await cli.exited;
        return cli.output.join('\n');
      };
      expect(await run('mode', 'relay', 'dual', '--primary', 'plugin', '--sunset', '2032-01-01')).toMatch(
        /^relay +dual +instances +1 +1 +0 +0 +2032-01-01$/m,
      );
      const [status, callers, refused] = await Promise.all([
        run('status'),
        run('callers'),
        run('mode', 'relay', 'legacy'),
      ]);
      expect(status).toMatch(/^relay +dual +instances /m);
      expect(callers).toMatch(/^GET \/api\/external-system-instances\/:id +JACKFIELD_ADMIN_TOKEN +\d+ /m);
      expect(refused).toContain('more than one step');
      await step({ ...STEPS.dual, sunsetAt: '2031-01-02T03:04:05Z' });
    },
  );

  /** As a step that needs no parity. */
  const setMode = async (mode: LegacyModeTable['mode']): Promise<void> => {
    await using store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
    await store.db.updateTable('legacy_mode').set({ mode }).where('plugin', '=', 'relay').execute();
  };

  test('after the last step every path and method of it says what to call in its place', async () => {
    await setMode('plugin');
    for (const [route, replacement] of Object.entries(REPLACEMENTS)) {
      const [method = '', url = ''] = route.split(' ');
      const path = url
        .replace(
          ':id',
          url.includes('instances') ? String(instance.id) : url.includes('clients') ? 'acme' : String(system.id),
        )
        .replace(':mapping', '1')
        .replace(':queryId', 'whoami');
      const { status, headers, body } = await relay.call(method, path, method === 'GET' ? undefined : {});
      expect([route, status, body]).toMatchObject([route, 410, { code: 'gone', status: 410 }]);
      expect(headers.get('content-type')).toContain('application/problem+json');
      const [wanted = '', at = ''] = replacement.split(' ');
      const named = url.includes('system-instances/:id') ? at.replace(':id', 'before') : at;
      const next = named.replace(':query', 'whoami').replace(':id', url.includes('/api/clients/') ? 'acme' : ':id');
      expect(body['next'], route).toBe(`Call ${wanted} ${next}.`);
      expect(headers.get('deprecation')).toMatch(/^@\d+$/);
    }
  });

  test('every replacement is a route', () => {
    const routes = relay.running.host.app.declaredRoutes;
    const known = new Set(routes.map(({ method, url }) => `${method} ${url}`));
    const missing = Object.values(REPLACEMENTS).filter((route) => !known.has(route));
    expect(missing).toEqual([]);
    // And every route of the old API has one.
    const old = [...known].filter((route) => route.includes('/external-'));
    expect(old.toSorted()).toEqual(Object.keys(REPLACEMENTS).toSorted());
  });

  test('a step back loses nothing: the old tables have followed', async () => {
    await relay.done('PATCH', '/api/instances/before', { name: 'Since then' });
    expect((await step(STEPS.ahead)).status).toBe(200);
    expect(await relay.done('GET', `/api/external-system-instances/${instance.id}`)).toMatchObject({
      instance_name: 'Since then',
    });
    for (const back of [STEPS.dual, STEPS.legacy]) expect((await step(back)).status).toBe(200);
    const { headers, body } = await relay.call('GET', `/api/external-system-instances/${instance.id}`);
    expect([body['instance_name'], headers.get('deprecation')]).toEqual(['Since then', null]);
    expect(await relay.askedAs(instance.id)).toBe('Bearer a-secret');
    expect(
      (await relay.call('PUT', `/api/external-system-instances/${instance.id}`, { instance_name: 'Old' })).status,
    ).toBe(200);
    expect(await relay.done('GET', '/api/instances/before')).toMatchObject({ name: 'Since then' });
  });

  test('a part of both shapes alone is never written: the database refuses one, the other is as it was', async () => {
    for (const go of [STEPS.dual]) await step(go);
    await using store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
    await sql`alter table external_system_instances add constraint no_bad_name check (instance_name <> 'bad')`.execute(
      store.db,
    );
    const { status } = await relay.call('PATCH', '/api/instances/before', { name: 'bad' });
    expect(status).toBe(500);
    expect(await relay.done('GET', '/api/instances/before')).toMatchObject({
      name: expect.not.stringContaining('bad'),
    });
    await sql`alter table external_system_instances drop constraint no_bad_name`.execute(store.db);
    await sql`alter table instance add constraint no_bad_name check (name <> 'bad')`.execute(store.db);
    const old = await relay.call('PUT', `/api/external-system-instances/${instance.id}`, { instance_name: 'bad' });
    expect(old.status).toBe(500);
    const row = await relay.done('GET', `/api/external-system-instances/${instance.id}`);
    expect(row['instance_name']).not.toBe('bad');
    await sql`alter table instance drop constraint no_bad_name`.execute(store.db);
  });
});
