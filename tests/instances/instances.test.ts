import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { oneOf } from '../support/databases.ts';
import { CANARY, create, faultsOf, openFixture, pluginVersion, problemOf } from './fixture.ts';

describe.each(oneOf)('instances on $name', (database) => {
  test('are created, listed, read, changed and removed, and each change is announced', async () => {
    await using f = await openFixture(database);
    const created = await f.instances.create(create);
    expect(created).toEqual({
      id: 'acme-tickets',
      plugin: 'tickets',
      name: 'Acme Tickets',
      clientId: null,
      enabled: true,
      config: { baseUrl: 'https://acme.example/api/', email: 'bot@acme.example', pageSize: 50 },
      secretsSet: ['apiToken'],
      secretReferences: {},
      configVersion: 3,
      revision: 1,
      createdAt: '2026-01-02T00:00:00.000Z',
      updatedAt: '2026-01-02T00:00:00.000Z',
    });
    await f.clients.create({ id: 'acme', name: 'Acme' });
    f.time += 1_000;
    const changed = await f.instances.update(created.id, { name: 'Acme', clientId: 'acme', config: { pageSize: 10 } });
    expect(changed).toEqual({
      ...created,
      name: 'Acme',
      clientId: 'acme',
      config: { ...created.config, pageSize: 10 },
      revision: 2,
      updatedAt: '2026-01-02T00:00:01.000Z',
    });
    expect(await f.instances.get(created.id)).toEqual(changed);
    expect(await f.instances.list({ plugin: 'tickets' })).toEqual([changed]);
    expect(await f.instances.list({ plugin: 'other' })).toEqual([]);

    await f.instances.update(created.id, { enabled: false });
    await f.instances.update(created.id, { enabled: true, name: 'Acme again' });
    await f.instances.remove(created.id);
    expect(await f.instances.list()).toEqual([]);
    expect(await f.store.db.selectFrom('instance_secret').selectAll().execute()).toEqual([]);
    expect(f.events.map(({ kind }) => kind)).toEqual([
      'created',
      'updated',
      'disabled',
      'updated',
      'enabled',
      'deleted',
    ]);
    expect(f.events[0]).toEqual({ kind: 'created', id: 'acme-tickets', plugin: 'tickets' });
  });

  test('that do not exist are not found, whatever is asked of them', async () => {
    await using f = await openFixture(database);
    const { instances } = f;
    const answers = [
      instances.get('none'),
      instances.update('none', {}),
      instances.remove('none'),
      instances.resolve('none'),
      instances.draft({ instanceId: 'none', config: {} }),
    ];
    const codes = (await Promise.all(answers.map(problemOf))).map(({ code }) => code);
    expect(codes).toEqual(answers.map(() => 'not_found'));
    expect(f.events).toEqual([]);
  });

  test('get an id from their name, another one when it is taken, and none that the sender chose twice', async () => {
    await using f = await openFixture(database);
    const named = async (name: string): Promise<string> => (await f.instances.create({ ...create, name })).id;
    expect(await named('  42. Müller & Söhne: Jira (prod)!')).toBe('muller-sohne-jira-prod');
    expect(await named('Müller Söhne Jira Prod')).toMatch(/^muller-sohne-jira-prod-[0-9a-f]{6}$/);
    expect(await named('株式会社')).toBe('tickets');
    expect(await named('x'.repeat(120))).toBe('x'.repeat(50));
    await f.instances.create({ ...create, id: 'mine' });
    const again = await problemOf(f.instances.create({ ...create, id: 'mine' }));
    expect(again.code).toBe('conflict');
    expect(await f.instances.list()).toHaveLength(5);
  });

  test('name every fault of an input by its place', async () => {
    await using f = await openFixture(database);
    const faults = await faultsOf(f.instances.create({ id: 'Not A Slug', plugin: 'tickets', colour: 'red' }));
    expect(faults.map(({ pointer }) => pointer).toSorted()).toEqual(['/colour', '/config', '/id', '/name']);
    expect(await faultsOf(f.instances.create({ ...create, plugin: 'unknown' }))).toEqual([
      { pointer: '/plugin', message: 'is not installed, or failed to load' },
    ]);
    const config = { email: 5, pageSize: 0, apiTokn: 'misspelt', projects: ['a', 1] };
    expect(await faultsOf(f.instances.create({ ...create, config }))).toEqual(
      expect.arrayContaining([
        { pointer: '/config/baseUrl', message: 'is required' },
        { pointer: '/config/email', message: 'must be string' },
        { pointer: '/config/pageSize', message: 'must be >= 1' },
        { pointer: '/config/apiTokn', message: 'is not known here' },
        { pointer: '/config/projects/1', message: 'must be string' },
      ]),
    );
    for (const immutable of [{ id: 'b' }, { plugin: 'b' }, { revision: 4 }, { name: null }]) {
      expect(await faultsOf(f.instances.update('any', immutable))).toHaveLength(1);
    }
    expect(await f.instances.list()).toEqual([]);
  });

  test.each([
    'ftp://acme.example',
    'https://user:hidden-password@acme.example',
    'https://acme.example/?key=1',
    'https://acme.example/#x',
    'javascript:alert(1)',
  ])('refuse the base URL %s without repeating a password', async (baseUrl) => {
    await using f = await openFixture(database);
    const problem = await problemOf(f.instances.create({ ...create, config: { ...create.config, baseUrl } }));
    expect(problem.options.errors?.map(({ pointer }) => pointer)).toEqual(['/config/baseUrl']);
    expect(JSON.stringify(problem.toDocument())).not.toContain('hidden-password');
  });

  test('take a patch as RFC 7396 says: left out is kept, null removes, objects merge, lists are replaced', async () => {
    await using f = await openFixture(database);
    const labels = { a: 'one', b: 'two', deep: { x: 'y' } };
    const config = { ...create.config, labels, projects: ['p', 'q'] };
    await f.clients.create({ id: 'acme', name: 'Acme' });
    const { id } = await f.instances.create({ ...create, clientId: 'acme', config });
    const patch = { clientId: null, config: { labels: { b: null, c: 'three', deep: { z: 'w' } }, projects: ['r'] } };
    const changed = await f.instances.update(id, patch);
    expect(changed.clientId).toBeNull();
    expect(changed.config).toEqual({
      baseUrl: 'https://acme.example/api/',
      email: 'bot@acme.example',
      pageSize: 50,
      labels: { a: 'one', c: 'three', deep: { x: 'y', z: 'w' } },
      projects: ['r'],
    });
    const removed = await f.instances.update(id, { config: { email: null, pageSize: null } });
    expect(removed.config).toEqual({ ...changed.config, email: undefined, pageSize: 50 });
    expect(await faultsOf(f.instances.update(id, { config: { baseUrl: null } }))).toHaveLength(1);
    expect(await f.instances.get(id)).toEqual(removed);
  });

  test.each(['__proto__', 'constructor', 'prototype'])('refuse the key %s at any depth', async (key) => {
    await using f = await openFixture(database);
    const { id } = await f.instances.create(create);
    const hostile = JSON.parse(`{"${key}":{"polluted":"yes"}}`);
    const answers = [
      f.instances.create({ ...create, config: hostile }),
      f.instances.create({ ...create, ...hostile, [key]: 1 }),
      f.instances.update(id, { config: { labels: hostile } }),
      f.instances.update(id, hostile),
      f.instances.draft({ instanceId: id, config: { labels: { deep: hostile } } }),
    ];
    for (const faults of await Promise.all(answers.map(faultsOf))) {
      expect(faults[0]?.pointer).toMatch(new RegExp(`/${key}$`));
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test.each([
    ['a NUL', 'a\0b'],
    ['half a surrogate pair', '\ud800'],
  ])('refuse text with %s, which the database could not store', async (_, text) => {
    await using f = await openFixture(database);
    expect(await faultsOf(f.instances.create({ ...create, name: text }))).toHaveLength(1);
    const labels = { [`k${text}`]: 'v' };
    expect(await faultsOf(f.instances.create({ ...create, config: { ...create.config, labels } }))).toHaveLength(1);
  });

  test('refuse nesting that would exhaust the stack', async () => {
    await using f = await openFixture(database);
    const config = JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
    expect((await faultsOf(f.instances.create({ ...create, config })))[0]?.message).toMatch(/nested deeper/);
  });

  test('that are changed by twenty at once take every change, one after the other', async () => {
    await using f = await openFixture(database);
    const { id } = await f.instances.create({ ...create, config: { ...create.config, labels: {} } });
    const changes = Array.from({ length: 20 }, (_, n) =>
      f.instances.update(id, { config: { labels: { [`l${n}`]: 'x' }, apiToken: `${CANARY}-${n}` } }),
    );
    const revisions = (await Promise.all(changes)).map(({ revision }) => revision);
    expect(revisions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n + 2));
    const { config, revision } = await f.instances.get(id);
    expect(Object.keys(config['labels'] ?? {})).toHaveLength(20);
    expect(revision).toBe(21);
    expect((await f.instances.resolve(id)).secrets).toHaveLength(1);
  });

  test('that are changed twice for the same revision refuse the second change', async () => {
    await using f = await openFixture(database);
    const { id } = await f.instances.create(create);
    const outcomes = await Promise.allSettled(
      ['one', 'two'].map((name) => f.instances.update(id, { name }, { ifRevision: 1 })),
    );
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const refused = await problemOf(f.instances.update(id, { name: 'three' }, { ifRevision: 1 }));
    expect([refused.code, refused.message]).toEqual([
      'conflict',
      'instance "acme-tickets" is at revision 2, the change was made for revision 1',
    ]);
  });

  test('keep nothing of a change that fails half way', async () => {
    await using f = await openFixture(database, { own: true });
    const before = await f.instances.create(create);
    // The last statement of an update fails, after the secrets were written.
    await f.store.db.schema
      .alterTable('instance')
      .addCheckConstraint('no', sql`revision < 2`)
      .execute();
    await expect(f.instances.update(before.id, { config: { apiToken: 'another-token', pageSize: 9 } })).rejects.toThrow(
      /violates check constraint/,
    );
    expect(await f.instances.get(before.id)).toEqual(before);
    expect((await f.instances.resolve(before.id)).secrets).toEqual([CANARY]);

    await f.store.db.schema.alterTable('instance_secret').renameTo('moved_away').execute();
    await expect(f.instances.create({ ...create, id: 'second' })).rejects.toThrow(/does not exist/);
    await f.store.db.schema.alterTable('moved_away').renameTo('instance_secret').execute();
    expect(await f.instances.list()).toEqual([before]);
    expect(f.events.map(({ kind }) => kind)).toEqual(['created']);
  });

  test('stay changed when a part of the host fails to follow', async () => {
    await using f = await openFixture(database);
    f.hooks.instance.tapPromise('broken', async () => Promise.reject(new Error('cannot follow')));
    const { id } = await f.instances.create(create);
    expect((await f.instances.update(id, { name: 'New' })).name).toBe('New');
  });

  test('of a missing plugin are listed, read, renamed and removed, but not run', async () => {
    await using f = await openFixture(database);
    const { id } = await f.instances.create(create);
    f.plugins.clear();
    expect(await f.instances.list()).toHaveLength(1);
    expect((await f.instances.get(id)).secretsSet).toEqual(['apiToken']);
    expect((await f.instances.update(id, { name: 'Orphan' })).name).toBe('Orphan');
    const answers = [f.instances.resolve(id), f.instances.update(id, { config: { pageSize: 1 } })];
    for (const problem of await Promise.all(answers.map(problemOf))) {
      expect([problem.code, problem.options.plugin]).toEqual(['not_found', 'tickets']);
      expect(problem.message).toContain('"tickets"');
    }
    await f.instances.remove(id);
  });

  test('that are disabled do not run and say how to enable them, but their config can be tried out', async () => {
    await using f = await openFixture(database);
    const { id } = await f.instances.create({ ...create, enabled: false });
    const problem = await problemOf(f.instances.resolve(id));
    expect([problem.code, problem.toDocument().next]).toEqual([
      'conflict',
      'Enable it: PATCH the instance with {"enabled":true}.',
    ]);
    expect((await f.instances.draft({ instanceId: id, config: { ...create.config } })).secrets).toEqual([CANARY]);
  });

  test('whose config no longer fits the installed version do not run and say what is wrong', async () => {
    await using f = await openFixture(database);
    const { id } = await f.instances.create(create);
    const { config } = pluginVersion().manifest;
    const stricter = {
      ...config,
      required: ['baseUrl', 'region'],
      properties: { ...config.properties, region: { type: 'string' } },
    };
    f.plugins.set('tickets', pluginVersion({ version: '2.0.0', config: stricter }));
    const problem = await problemOf(f.instances.resolve(id));
    expect(problem.message).toBe(
      'the config of instance "acme-tickets" does not fit version 2.0.0 of the plugin "tickets"',
    );
    expect(problem.options.errors).toEqual([{ pointer: '/config/region', message: 'is required' }]);
    expect((await f.instances.update(id, { config: { region: 'eu' } })).config['region']).toBe('eu');
    await f.instances.resolve(id);
  });

  test('of a plugin whose schema cannot be used are refused with the reason', async () => {
    await using f = await openFixture(database);
    const config = { type: 'object' as const, properties: { baseUrl: { type: 'string', pattern: '(?=look)' } } };
    f.plugins.set('tickets', pluginVersion({ config }));
    const problem = await problemOf(f.instances.create({ ...create, config: {} }));
    expect(problem.code).toBe('plugin_failed');
    expect(problem.message).toContain('(?=');
  });
});
