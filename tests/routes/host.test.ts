import { createHmac } from 'node:crypto';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { openStore } from '../../host/src/store/index.ts';
import { oneOf, server } from '../support/databases.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import { silentLog } from '../support/log.ts';
import { buildHooks } from './hooks-plugin.ts';

const SECRET = 'a-secret-of-this-test';

function deliver(host: TestHost, event: object): Promise<Response> {
  const body = JSON.stringify(event);
  const signature = createHmac('sha256', SECRET).update(body).digest('hex');
  return fetch(`${host.url}/api/instances/acme/routes/webhook`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-hub-signature': `sha256=${signature}` },
    body,
  });
}

test.each(oneOf)('a host on $name keeps what was delivered, and remembers it after a restart', async (database) => {
  await using place = await database.open();
  await using plugin = await buildHooks();
  const event = { event: 'created', issue: { id: 'A-1', title: 'x', updated: '2026-02-03T04:05:06Z' } };
  {
    await using host = await startTestHost(place, { plugins: [plugin] });
    const config = { webhookSecret: SECRET };
    await host.api.call('POST', '/api/instances', { plugin: 'hooks', id: 'acme', name: 'Acme', config });
    expect((await deliver(host, event)).status).toBe(200);
    const { body } = await host.api.call<{ streams: object[] }>('GET', '/api/plugins/hooks/streams');
    expect(body.streams[0]).toMatchObject({ id: 'issues', schema: 'hooks', table: 'issues', primaryKey: ['id'] });
  }
  {
    await using host = await startTestHost(place, { plugins: [plugin] });
    expect((await deliver(host, event)).status).toBe(409);
    expect((await deliver(host, { event: 'deleted', issue: { id: 'A-1' } })).status).toBe(200);
  }
  await using store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
  const { rows } = await sql`select instance_id, id, title, deleted_reason from hooks.issues`.execute(store.db);
  expect(rows).toEqual([{ instance_id: 'acme', id: 'A-1', title: 'x', deleted_reason: 'deleted in the vendor' }]);
});

test('deleting an instance deletes its rows and what was delivered to it', async () => {
  await using place = await server.open();
  await using plugin = await buildHooks();
  await using host = await startTestHost(place, { plugins: [plugin] });
  const create = () =>
    host.api.call('POST', '/api/instances', {
      ...{ plugin: 'hooks', id: 'acme', name: 'Acme', config: { webhookSecret: SECRET } },
    });
  await create();
  const event = { event: 'created', issue: { id: 'A-1', title: 'x', updated: '2026-02-03T04:05:06Z' } };
  expect((await deliver(host, event)).status).toBe(200);
  expect((await host.api.call('DELETE', '/api/instances/acme')).status).toBe(204);
  expect((await deliver(host, event)).status).toBe(403);
  await create();
  // A new instance of that name has neither the rows nor the memory of the old one.
  await using store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
  expect((await sql`select 1 from hooks.issues`.execute(store.db)).rows).toEqual([]);
  expect((await deliver(host, event)).status).toBe(200);
});
