import { createHmac } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oneOf, server } from '../support/databases.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { expectProblem } from '../support/problem.ts';
import { json, startVendor } from '../support/vendor.ts';
import { type RoutesHost, SECRET, startRoutes } from './fixture.ts';
import { buildHooks } from './hooks-plugin.ts';

let plugin: TestPlugin;
beforeAll(async () => {
  plugin = await buildHooks();
});
afterAll(() => plugin[Symbol.asyncDispose]());

const issue = (id: string, title: string, updated = '2026-02-03T04:05:06Z') => ({ id, title, updated });
const created = (id: string, title = 'new') => ({ event: 'created', issue: issue(id, title) });

describe.each(oneOf)('deliveries on $name', (database) => {
  async function open(changes = {}): Promise<RoutesHost> {
    const place = await database.open();
    const host = await startRoutes(place, plugin, changes);
    await host.add('acme');
    return {
      ...host,
      async [Symbol.asyncDispose]() {
        await host[Symbol.asyncDispose]();
        await place[Symbol.asyncDispose]();
      },
    };
  }

  test('a verified delivery changes rows before it is answered; a deleted issue stays as a deleted row', async () => {
    await using host = await open();
    const answer = await host.deliver(created('A-1'));
    expect([answer.status, await answer.text(), answer.headers.get('cache-control')]).toEqual([200, '', 'no-store']);
    expect(await host.rows()).toEqual(['A-1 new']);
    await host.deliver({ event: 'updated', issue: issue('A-1', 'newer', '2026-02-04T00:00:00Z') });
    await host.deliver(created('A-2'));
    await host.deliver({ event: 'deleted', issue: { id: 'A-2' } });
    expect(await host.rows()).toEqual(['A-1 newer', 'A-2 deleted in the vendor']);
  });

  test('an older version that arrives late does not overwrite', async () => {
    await using host = await open();
    await host.deliver({ event: 'updated', issue: issue('A-1', 'second', '2026-02-03T00:00:02Z') });
    expect(
      (await host.deliver({ event: 'updated', issue: issue('A-1', 'first', '2026-02-03T00:00:01Z') })).status,
    ).toBe(200);
    expect(await host.rows()).toEqual(['A-1 second']);
  });

  test('the plugin chooses the status and the answer, and may change several streams at once', async () => {
    await using host = await open();
    const answer = await host.deliver({ event: 'both', issue: issue('A-1', 'x') });
    expect([answer.status, await answer.json()]).toEqual([202, { done: true }]);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect([await host.rows(), await host.rows('notes')]).toEqual([['A-1 x'], ['A-1 x']]);
  });

  test('what the plugin refuses changes nothing and may come again', async () => {
    await using host = await open();
    for (let time = 1; time <= 2; time += 1) {
      const answer = await host.deliver({ event: 'refuse', issue: issue('A-1', 'x') });
      expect([answer.status, await answer.json()]).toEqual([422, { why: 'no' }]);
    }
    await expectProblem(await host.deliver('not json'), 400, 'params_invalid');
    expect(await host.rows()).toEqual([]);
  });

  test('a route may change only the streams that it declares', async () => {
    await using host = await open();
    await expectProblem(await host.deliver({ event: 'undeclared', issue: issue('A-1', 'x') }), 502, 'plugin_failed');
    expect([await host.rows(), await host.rows('secretive')]).toEqual([[], []]);
  });

  test('the same delivery is refused the second time, whatever is changed about what is not signed', async () => {
    await using host = await open();
    const body = created('A-1');
    expect((await host.deliver(body)).status).toBe(200);
    await sql`delete from hooks.issues`.execute(host.store.db);
    const [, hex = ''] =
      /=(.*)/.exec(`=${createHmac('sha256', SECRET).update(JSON.stringify(body)).digest('hex')}`) ?? [];
    const again = [
      host.deliver(body),
      host.deliver(body, { path: '/webhook?x=1' }),
      host.deliver(body, { headers: { 'x-other': '1', 'content-type': 'application/json' } }),
      host.deliver(body, { signature: `sha256=${hex.toUpperCase()}` }),
    ];
    for (const answer of again) {
      const problem = await expectProblem(await answer, 409, 'conflict');
      expect(problem.detail).toBe('this delivery was accepted before');
    }
    expect(await host.rows()).toEqual([]);
    // Another instance has its own.
    await host.add('umbrella');
    expect((await host.deliver(body, { instance: 'umbrella' })).status).toBe(200);
  });

  test('it is refused for as long as the route says, and forgotten then', async () => {
    await using host = await open();
    const put = (id: string) => host.deliver(created(id), { method: 'PUT', path: '/short/lived' });
    const stored = async (): Promise<unknown> =>
      (
        await sql`select route, expires_at - received_at = '1 second' as fits from route_delivery order by 1`.execute(
          host.store.db,
        )
      ).rows;
    expect((await put('A-1')).status).toBe(200);
    expect((await put('A-1')).status).toBe(409);
    expect(await stored()).toEqual([{ route: 'short', fits: true }]);
    const age = sql`update route_delivery set received_at = received_at - interval '2 s', expires_at = expires_at - interval '2 s'`;
    await age.execute(host.store.db);
    expect((await put('A-1')).status).toBe(200);
    await age.execute(host.store.db);
    // Any delivery clears away those that are over.
    await host.deliver(created('A-2'));
    expect(await stored()).toEqual([{ route: 'webhook', fits: false }]);
  });

  test('of the same delivery twice at once one wins, and only its changes are there', async () => {
    await using vendor = await startVendor();
    await using host = await open();
    await host.add('both', { webhookSecret: SECRET, baseUrl: vendor.url });
    // Both are inside the plugin before either of them goes on.
    const waiting: (() => void)[] = [];
    vendor.answer = (request, response) => {
      const row = json(issue(`A-${waiting.length}`, 'x'));
      waiting.push(() => row(request, response));
      if (waiting.length === 2) for (const go of waiting) go();
    };
    const deliver = () => host.deliver({ event: 'vendor' }, { instance: 'both' });
    const answers = await Promise.all([deliver(), deliver()]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    expect(vendor.calls).toHaveLength(2);
    expect(await host.rows()).toHaveLength(1);
  });

  test('a delivery that failed is recorded nowhere: the vendor sends it again, and it succeeds', async () => {
    await using vendor = await startVendor(json({ error: 'busy' }, 503));
    await using host = await open();
    await host.add('flaky', { webhookSecret: SECRET, baseUrl: vendor.url });
    const deliver = () => host.deliver({ event: 'vendor' }, { instance: 'flaky' });
    expect((await deliver()).status).toBeGreaterThanOrEqual(500);
    // Whoever has to send it again must not be told that it was wrong.
    vendor.answer = json({}, 404);
    await expectProblem(await deliver(), 502, 'plugin_failed');
    vendor.answer = json(issue('A-1', 'after all'));
    expect((await deliver()).status).toBe(200);
    expect(await host.rows()).toEqual(['A-1 after all']);
  });

  test('a plugin that throws or dies is a coded error with 5xx', async () => {
    await using host = await open({ deadline: 2000 });
    const thrown = await expectProblem(await host.deliver({ event: 'throw' }), 502, 'plugin_failed');
    expect(thrown).toMatchObject({ plugin: 'hooks', instanceId: 'acme', runId: expect.stringMatching(/^run_/) });
    const dead = await host.deliver({ event: 'exit' });
    expect(dead.status).toBeGreaterThanOrEqual(502);
    expect((await host.deliver(created('A-1'))).status).toBe(200);
  });

  test('a row that the table cannot hold is left out and logged; the others are there', async () => {
    await using host = await open();
    const rows = [issue('A-1', 'x'), { ...issue('A-2', 'y'), due: '2026-02-31' }, issue('A-3', 'a\0b')];
    expect((await host.deliver({ event: 'created', issue: rows })).status).toBe(200);
    expect(await host.rows()).toEqual(['A-1 x', 'A-3 a\ufffdb']);
    const line = host.logs.find((text) => text.includes('cannot hold'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({ instanceId: 'acme', route: 'webhook', inserted: 2, rejected: 1 });
  });

  test('an instance that is deleted while the plugin works gets nothing', async () => {
    await using vendor = await startVendor();
    await using host = await open();
    await host.add('brief', { webhookSecret: SECRET, baseUrl: vendor.url });
    vendor.answer = (request, response) =>
      void host.instances.remove('brief').then(() => json(issue('A-1', 'x'))(request, response));
    await expectProblem(await host.deliver({ event: 'vendor' }, { instance: 'brief' }), 403, 'permission_denied');
    expect(await host.rows()).toEqual([]);
  });

  test('the list says where to send and whether a secret is set, with a token only', async () => {
    await using host = await open();
    await host.add('open', { spare: 'unrelated' });
    const { body } = await host.api.call<{ routes: object[] }>('GET', '/api/instances/acme/routes');
    expect(body.routes).toHaveLength(3);
    expect(body.routes[0]).toEqual({
      id: 'webhook',
      title: 'Webhook',
      description: 'What changed',
      method: 'POST',
      url: `${host.url}/api/instances/acme/routes/webhook`,
      verify: [
        { type: 'hmac-sha256', header: 'x-hub-signature', prefix: 'sha256=', secret: 'webhookSecret', isSet: true },
        { type: 'secret', in: 'header', name: 'X-Hook-Token', secret: 'headerSecret', isSet: false },
        { type: 'secret', in: 'query', name: 'secret', secret: 'querySecret', isSet: false },
      ],
      secretSet: true,
      replayMs: 604_800_000,
      streams: ['issues', 'notes'],
    });
    const other = await host.api.call<{ routes: object[] }>('GET', '/api/instances/open/routes');
    expect(other.body.routes[0]).toMatchObject({ secretSet: false });
    expect(JSON.stringify(body)).not.toContain(JSON.stringify(SECRET).slice(1, -1));
    expect((await fetch(`${host.url}/api/instances/acme/routes`)).status).toBe(401);
    expect((await host.api.call('GET', '/api/instances/nobody/routes')).status).toBe(404);
  });
});

test('a delivery that loses against another writer is committed the next time', async () => {
  await using place = await server.open();
  await using host = await startRoutes(place, plugin);
  await host.add('acme');
  const both = (title: string, second: number) =>
    host.deliver({ event: 'both', issue: issue('A-1', title, `2026-02-03T00:00:0${second}Z`) });
  await both('old', 1);
  let delivery: Promise<Response> | undefined;
  await host.store.db.transaction().execute(async (trx) => {
    const touch = (stream: string) => sql`update ${sql.id('hooks', stream)} set synced_at = now()`.execute(trx);
    await touch('notes');
    delivery = both('new', 2);
    // It has written the issue and waits for the note. Now each waits for the other, and PostgreSQL ends the one that waited first.
    const waiting = sql`select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
    await expect.poll(async () => (await waiting.execute(trx)).rows.length).toBeGreaterThan(0);
    await touch('issues');
  });
  expect((await delivery)?.status).toBe(202);
  expect([await host.rows(), await host.rows('notes')]).toEqual([['A-1 new'], ['A-1 new']]);
  // Its counters arrive a little later.
  const deadlocks = sql<{
    n: number;
  }>`select deadlocks::int as n from pg_stat_database where datname = current_database()`;
  await expect.poll(async () => (await deadlocks.execute(host.store.db)).rows[0]?.n, { timeout: 10_000 }).toBe(1);
});
