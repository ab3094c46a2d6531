// What people do through the API is in the audit, with who did it; what the audit refuses is not done.
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../host/src/access/index.ts';
import { createShred } from '../../host/src/instances/index.ts';
import { create, openFixture, problemOf, CANARY } from '../instances/fixture.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { buildDesk } from '../support/desk-plugin.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import { silentLog } from '../support/log.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { json, startVendor, type Vendor } from '../support/vendor.ts';

type Step = readonly [method: string, path: string, body: unknown, action: string];

const STEPS: readonly Step[] = [
  ['POST', '/api/clients', { id: 'acme', name: 'Acme' }, 'client.create'],
  ['PATCH', '/api/clients/acme', { name: 'Acme Ltd' }, 'client.change'],
  ['PUT', '/api/clients/acme/parameters', { project: 'ACME' }, 'client.change-parameters'],
  ['PATCH', '/api/clients/acme/parameters', { project: 'OPS' }, 'client.change-parameters'],
  ['POST', '/api/clients/acme/contracts', { name: 'Main', endsOn: '2030-01-01' }, 'contract.create'],
  ['PATCH', '/api/clients/acme/contracts/:contract', { endsOn: '2031-01-01' }, 'contract.change'],
  ['DELETE', '/api/clients/acme/contracts/:contract', undefined, 'contract.delete'],
  ['POST', '/api/contracts/import', 'client,contract,ends_on\nacme,Second,2032-01-01\n', 'contracts.import'],
  ['POST', '/api/instances', 'new instance', 'instance.create'],
  ['PATCH', '/api/instances/acme-desk', { name: 'Desk', config: { spare: CANARY } }, 'instance.change'],
  ['POST', '/api/instances/acme-desk/check', undefined, 'instance.check'],
  ['POST', '/api/instances/check', 'draft', 'instance.try'],
  ['PATCH', '/api/instances/acme-desk/health', { everyMs: 120_000 }, 'instance-health.change'],
  ['PATCH', '/api/instances/acme-desk', { enabled: false }, 'instance.disable'],
  ['PATCH', '/api/instances/acme-desk', { enabled: true }, 'instance.enable'],
  ['POST', '/api/dashboards', { id: 'board', title: 'Board' }, 'dashboard.create'],
  ['PATCH', '/api/dashboards/board', { title: 'Board of Acme' }, 'dashboard.change'],
  ['POST', '/api/widgets', 'new widget', 'widget.create'],
  ['PATCH', '/api/widgets/items', { title: 'All items' }, 'widget.change'],
  [
    'PUT',
    '/api/dashboards/board/layout',
    { widgets: [{ id: 'items', position: { x: 0, y: 2, w: 4, h: 4 } }] },
    'dashboard.lay-out',
  ],
  ['POST', '/api/dashboards/board/copy', { id: 'copy', title: 'Copy' }, 'dashboard.create'],
  ['DELETE', '/api/widgets/items', undefined, 'widget.delete'],
  ['DELETE', '/api/dashboards/copy', undefined, 'dashboard.delete'],
  ['POST', '/api/reminders/run', undefined, 'reminder.run'],
  ['POST', '/api/keys/rotate', {}, 'keys.rotate'],
  ['POST', '/api/clients/acme/shred', { confirm: 'acme' }, 'client.shred'],
  ['DELETE', '/api/instances/acme-desk', undefined, 'instance.delete'],
  ['DELETE', '/api/clients/acme', undefined, 'client.delete'],
];

describe.each(oneOf)('through a host on $name', (database) => {
  let place: TestDatabase;
  let desk: TestPlugin;
  let vendor: Vendor;
  let running: TestHost;
  beforeAll(async () => {
    place = await database.open();
    desk = await buildDesk();
    vendor = await startVendor(json({ name: 'Ada' }));
    running = await startTestHost(place, { plugins: [desk] });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await vendor[Symbol.asyncDispose]();
    await desk[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  test('every act is an entry, with who, from where and in which request, and without secrets', async () => {
    const { api } = running;
    const bodies: Readonly<Record<string, unknown>> = {
      'new instance': {
        id: 'acme-desk',
        plugin: 'desk',
        name: 'Acme desk',
        clientId: 'acme',
        config: { baseUrl: vendor.url, token: CANARY },
      },
      draft: { plugin: 'desk', config: { baseUrl: vendor.url, token: CANARY } },
      'new widget': {
        id: 'items',
        dashboardId: 'board',
        plugin: 'desk',
        query: 'items',
        kind: 'table',
        title: 'Items',
        instances: ['acme-desk'],
      },
    };
    let contract = '';
    const found: [string, number, string | undefined][] = [];
    for (const [method, path, body, action] of STEPS) {
      const isCsv = path.endsWith('/import');
      const sent = typeof body === 'string' && !isCsv ? bodies[body] : body;
      const answer = await api.send(
        method,
        path.replace(':contract', contract),
        sent,
        isCsv ? { headers: { 'content-type': 'text/csv' } } : {},
      );
      const text = await answer.text();
      if (action === 'contract.create') contract = (JSON.parse(text) as { id: string }).id;
      found.push([action, answer.status, answer.status < 300 ? undefined : text]);
    }
    expect(found.filter(([, status]) => status >= 300)).toEqual([]);

    const { body } = await api.call<{ entries: AuditEntry[] }>('GET', '/api/audit?limit=500');
    const entries = body.entries.toReversed().filter(({ action }) => STEPS.some((step) => step[3] === action));
    expect(entries.map(({ action }) => action)).toEqual(STEPS.map(([, , , action]) => action));
    for (const { action, actor } of entries) {
      expect(actor, action).toMatchObject({ kind: 'token', address: '127.0.0.1' });
      expect(actor.id, action).not.toBeNull();
      expect(actor.requestId, action).toMatch(/^req_/);
    }
    expect(new Set(entries.map(({ actor }) => actor.requestId)).size).toBe(STEPS.length);
    const [created, changed] = ['instance.create', 'instance.change'].map((action) =>
      entries.find((entry) => entry.action === action),
    );
    expect(created).toMatchObject({ instanceId: 'acme-desk', before: null, after: { secretsSet: ['token'] } });
    expect(changed).toMatchObject({
      before: { name: 'Acme desk', secretsSet: ['token'] },
      after: { name: 'Desk', secretsSet: ['spare', 'token'], configSent: ['spare'] },
    });
    expect(JSON.stringify(body)).not.toContain(CANARY);
    expect((await api.call('GET', '/api/audit/verify')).body).toMatchObject({ fault: null });
  });
});

describe.each(oneOf)('on $name', (database) => {
  test('an act that the audit cannot take is not done, and nobody is told of it', async () => {
    await using f = await openFixture(database);
    await f.clients.create({ id: 'acme', name: 'Acme' });
    const { id } = await f.instances.create({ ...create, clientId: 'acme' });
    const before = [await f.instances.list(), await f.clients.list('all'), f.events.length];
    await sql`
      create function refuse_audit() returns trigger language plpgsql as $$ begin raise exception 'full'; end $$`.execute(
      f.store.db,
    );
    await sql`
      create trigger refuse_audit before insert on audit_entry for each row execute function refuse_audit()`.execute(
      f.store.db,
    );
    const shred = createShred({ store: f.store, hooks: f.hooks, audit: f.audit, log: silentLog });
    const acts: Readonly<Record<string, () => Promise<unknown>>> = {
      create: () => f.instances.create(create),
      update: () => f.instances.update(id, { name: 'Other' }),
      disable: () => f.instances.update(id, { enabled: false }),
      remove: () => f.instances.remove(id),
      'create a client': () => f.clients.create({ name: 'Bolt' }),
      'change a client': () => f.clients.update('acme', { name: 'Other' }),
      'change parameters': () => f.clients.replaceParameters('acme', { a: 1 }),
      shred: () => shred('acme', 'acme'),
    };
    try {
      for (const [name, act] of Object.entries(acts)) await expect(act(), name).rejects.toThrow('full');
    } finally {
      await sql`drop function refuse_audit cascade`.execute(f.store.db);
    }
    expect([await f.instances.list(), await f.clients.list('all'), f.events.length]).toEqual(before);
    expect((await f.instances.resolve(id)).secrets).toEqual([CANARY]);
  });

  test('what a client had is unreadable when its keys are destroyed, here and in every copy of the ciphertexts', async () => {
    await using f = await openFixture(database);
    for (const client of ['acme', 'bolt']) {
      await f.clients.create({ id: client, name: client });
      await f.instances.create({ ...create, id: `of-${client}`, clientId: client });
    }
    const ofAcme = () =>
      f.store.db.selectFrom('instance_secret').selectAll().where('instance_id', '=', 'of-acme').execute();
    const copy = await ofAcme();
    const shred = createShred({ store: f.store, hooks: f.hooks, audit: f.audit, log: silentLog });
    expect((await problemOf(shred('acme', 'bolt'))).code).toBe('config_invalid');
    expect((await problemOf(shred('nobody', 'nobody'))).code).toBe('not_found');
    expect(await shred('acme', 'acme')).toEqual({ keys: 1, instances: ['of-acme'] });

    expect(await f.instances.get('of-acme')).toMatchObject({ enabled: false, secretsSet: ['apiToken'] });
    await f.instances.update('of-acme', { enabled: true });
    const gone = await problemOf(f.instances.resolve('of-acme'));
    expect(gone.code).toBe('config_invalid');
    expect(gone.message).toContain('the keys of client "acme" were destroyed on 20');
    expect(gone.options.errors?.map(({ pointer }) => pointer)).toEqual(['/config/apiToken']);
    expect((await f.instances.resolve('of-bolt')).secrets).toEqual([CANARY]);

    await f.instances.update('of-acme', { config: { apiToken: 'a-new-token' } });
    expect((await f.instances.resolve('of-acme')).secrets).toEqual(['a-new-token']);
    await f.store.db
      .updateTable('instance_secret')
      .set({ ciphertext: copy[0]?.ciphertext ?? '', key_id: copy[0]?.key_id ?? '' })
      .where('instance_id', '=', 'of-acme')
      .execute();
    expect((await problemOf(f.instances.resolve('of-acme'))).message).toContain('were destroyed');
    const { entries } = await f.audit.list({ limit: 50, action: 'client.shred' });
    expect(entries.map(({ entity, after }) => [entity.id, after])).toEqual([
      ['acme', { keysDestroyed: 1, instances: ['of-acme'] }],
    ]);
  });

  test('the keys of a client go with it', async () => {
    await using f = await openFixture(database);
    await f.clients.create({ id: 'acme', name: 'Acme' });
    const { id } = await f.instances.create({ ...create, clientId: 'acme' });
    await f.instances.remove(id);
    await f.clients.remove('acme');
    expect(await f.store.db.selectFrom('data_key').selectAll().where('client_id', '=', 'acme').execute()).toEqual([]);
    const { entries } = await f.audit.list({ limit: 1 });
    expect(entries[0]).toMatchObject({ action: 'client.delete', after: { keysDestroyed: 1 } });
  });
});
