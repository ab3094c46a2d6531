import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { createMasterKey } from '../../host/src/secrets/index.ts';
import { oneOf } from '../support/databases.ts';
import { CANARY, create, type Fixture, faultsOf, openFixture, pluginVersion, problemOf } from './fixture.ts';

/** Everything that the database holds, as text. */
async function dump({ store }: Fixture): Promise<string> {
  const tables = await store.db.introspection.getTables({ withInternalKyselyTables: true });
  expect(tables.map(({ name }) => name)).toContain('instance_secret');
  const rows = await Promise.all(
    tables.map(({ name, schema }) =>
      sql<{ line: string }>`select to_jsonb(t)::text as line from ${sql.id(schema ?? 'public', name)} t`.execute(
        store.db,
      ),
    ),
  );
  return rows.flatMap((table) => table.rows.map(({ line }) => line)).join('\n');
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [secret, bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url'), bytes.toString('hex')];
}

describe.each(oneOf)('secrets on $name', (database) => {
  test('appear in no view, no error and, in no usual encoding, in any table', async () => {
    await using f = await openFixture(database);
    const { id } = await f.instances.create(create);
    const seen: unknown[] = [
      await f.instances.get(id),
      await f.instances.list(),
      await f.instances.update(id, { config: { personalToken: `${CANARY}-2` } }),
      (await f.instances.resolve(id)).view,
      (await f.instances.draft({ instanceId: id, config: create.config })).view,
    ];
    const wrong = {
      baseUrl: 'nowhere',
      apiToken: { nested: CANARY },
      personalToken: [CANARY],
      email: CANARY.repeat(9),
    };
    const refusals = [
      f.instances.create({ ...create, config: wrong }),
      f.instances.update(id, { config: wrong }),
      f.instances.draft({ plugin: 'tickets', config: wrong }),
      f.instances.create({ ...create, id }),
      f.withKey(createMasterKey(Buffer.alloc(32, 8))).resolve(id),
    ];
    for (const problem of await Promise.all(refusals.map(problemOf))) {
      seen.push(problem.toDocument(), problem.message, problem.stack, String(problem.options.cause));
    }
    const text = JSON.stringify(seen) + (await dump(f));
    expect(text).toContain('acme.example');
    for (const form of formsOf(CANARY)) expect(text).not.toContain(form);
  });

  test('that are left out of a patch are kept, that are null are removed, that are sent replace the old', async () => {
    await using f = await openFixture(database);
    const { id } = await f.instances.create(create);
    const kept = await f.instances.update(id, { config: { email: 'new@acme.example' } });
    expect(kept.secretsSet).toEqual(['apiToken']);
    expect((await f.instances.resolve(id)).connection.credentials).toEqual({
      type: 'basic',
      username: 'new@acme.example',
      password: CANARY,
    });
    const replaced = await f.instances.update(id, {
      config: { apiToken: 'replaced-token', personalToken: 'personal' },
    });
    expect(replaced.secretsSet).toEqual(['apiToken', 'personalToken']);
    expect((await f.instances.resolve(id)).secrets).toEqual(['replaced-token', 'personal']);
    const removed = await f.instances.update(id, { config: { apiToken: null } });
    expect(removed.secretsSet).toEqual(['personalToken']);
    expect((await f.instances.resolve(id)).connection.credentials).toEqual({ type: 'bearer', token: 'personal' });
    expect(await faultsOf(f.instances.update(id, { config: { personalToken: '' } }))).toEqual([
      { pointer: '/config/personalToken', message: 'is empty; send null to remove it' },
    ]);
  });

  test('that fail their schema are named, not repeated', async () => {
    await using f = await openFixture(database);
    expect(await faultsOf(f.instances.create({ ...create, config: { ...create.config, apiToken: 'short' } }))).toEqual([
      { pointer: '/config/apiToken', message: 'must NOT have fewer than 8 characters' },
    ]);
  });

  test('resolve to what the gateway needs', async () => {
    await using f = await openFixture(database);
    const { id } = await f.instances.create(create);
    const { connection, plugin, secrets, view } = await f.instances.resolve(id);
    expect(connection).toEqual({
      instanceId: id,
      revision: '2026-01-02T00:00:00.000Z/1',
      baseUrl: 'https://acme.example/api',
      hosts: ['cdn.example'],
      credentials: { type: 'basic', username: 'bot@acme.example', password: CANARY },
      concurrency: 4,
    });
    expect(plugin).toBe(f.plugins.get('tickets'));
    expect(secrets).toEqual([CANARY]);
    expect(view).toEqual(await f.instances.get(id));
    const bare = await f.instances.create({ ...create, id: 'bare', config: { baseUrl: 'http://127.0.0.1:8080' } });
    expect((await f.instances.resolve(bare.id)).connection.credentials).toBeNull();
  });

  test.each([
    ['another host', 'https://evil.example/api/'],
    ['another port', 'https://acme.example:8443/api/'],
    ['another scheme', 'http://acme.example/api/'],
    ['a look-alike', 'https://acme.example.evil.example/'],
  ])('do not follow the base URL to %s unless they are sent again', async (_, baseUrl) => {
    await using f = await openFixture(database);
    const { id } = await f.instances.create({
      ...create,
      config: { ...create.config, personalToken: 'personal-token' },
    });
    const before = await f.instances.get(id);
    const moves = [
      f.instances.update(id, { config: { baseUrl } }),
      f.instances.draft({ instanceId: id, config: { ...before.config, baseUrl } }),
    ];
    for (const faults of await Promise.all(moves.map(faultsOf))) {
      expect(faults.map(({ pointer }) => pointer)).toEqual(['/config/apiToken', '/config/personalToken']);
      expect(faults[0]?.message).toContain(new URL(baseUrl).origin);
    }
    expect(await f.instances.get(id)).toEqual(before);

    const config = { baseUrl, apiToken: 'known-token', personalToken: null };
    expect((await f.instances.draft({ instanceId: id, config })).secrets).toEqual(['known-token']);
    await f.instances.update(id, { config });
    expect((await f.instances.resolve(id)).secrets).toEqual(['known-token']);
  });

  test('stay when only the path of the base URL changes', async () => {
    await using f = await openFixture(database);
    const { id } = await f.instances.create(create);
    await f.instances.update(id, { config: { baseUrl: 'https://ACME.example:443/other' } });
    expect((await f.instances.resolve(id)).secrets).toEqual([CANARY]);
  });

  test('of a draft come from the saved instance when they are left out, and are saved by nothing', async () => {
    await using f = await openFixture(database);
    const { id } = await f.instances.create(create);
    const before = await dump(f);
    const config = { baseUrl: 'https://acme.example/v2', email: 'new@acme.example' };
    const draft = await f.instances.draft({ instanceId: id, config });
    expect(draft.connection.credentials).toEqual({ type: 'basic', username: 'new@acme.example', password: CANARY });
    expect(draft.connection.instanceId).toMatch(/^draft:/);
    expect((await f.instances.draft({ instanceId: id, config: { ...config, apiToken: null } })).secrets).toEqual([]);
    const fresh = await f.instances.draft({ plugin: 'tickets', config: { ...config, personalToken: 'typed' } });
    expect(fresh.connection.credentials).toEqual({ type: 'bearer', token: 'typed' });
    expect(await dump(f)).toBe(before);
    expect(await faultsOf(f.instances.draft({ plugin: 'tickets', instanceId: id, config }))).not.toEqual([]);
  });

  test('cannot be moved to another field or instance inside the database', async () => {
    await using f = await openFixture(database);
    const victim = await f.instances.create(create);
    const thief = await f.instances.create({
      ...create,
      id: 'thief',
      config: { ...create.config, apiToken: 'mine-mine' },
    });
    const [stolen] = await f.store.db
      .selectFrom('instance_secret')
      .select('ciphertext')
      .where('instance_id', '=', victim.id)
      .execute();
    await f.store.db
      .updateTable('instance_secret')
      .set(stolen ?? {})
      .where('instance_id', '=', thief.id)
      .execute();
    const problem = await problemOf(f.instances.resolve(thief.id));
    expect(problem.message).toBe(
      'the secret "apiToken" of instance "thief" cannot be opened: it was changed, or sealed for another field or instance',
    );
  });

  test('move with their instance to the key of another client', async () => {
    await using f = await openFixture(database);
    await f.clients.create({ id: 'acme', name: 'Acme' });
    await f.clients.create({ id: 'bolt', name: 'Bolt' });
    const { id } = await f.instances.create({ ...create, clientId: 'acme' });
    const ownerOfKey = async (): Promise<(string | null)[]> =>
      (
        await f.store.db
          .selectFrom('instance_secret as secret')
          .innerJoin('data_key as key', 'key.id', 'secret.key_id')
          .select('client_id')
          .execute()
      ).map(({ client_id }) => client_id);
    expect(await ownerOfKey()).toEqual(['acme']);
    await f.instances.update(id, { clientId: 'bolt' });
    expect(await ownerOfKey()).toEqual(['bolt']);
    await f.instances.update(id, { clientId: null, config: { personalToken: 'personal' } });
    expect(await ownerOfKey()).toEqual([null, null]);
    expect((await f.instances.resolve(id)).secrets).toEqual([CANARY, 'personal']);
  });

  test('of a field that a later version declares secret leave the views at once', async () => {
    await using f = await openFixture(database);
    const { config } = pluginVersion().manifest;
    const open = { ...config, properties: { ...config.properties, apiToken: { type: 'string' } } };
    f.plugins.set('tickets', pluginVersion({ config: open }));
    const { id } = await f.instances.create(create);
    f.plugins.set('tickets', pluginVersion());
    expect(JSON.stringify([await f.instances.get(id), await f.instances.list()])).not.toContain(CANARY);
    expect((await f.instances.resolve(id)).secrets).toEqual([CANARY]);
    const moved = { config: { baseUrl: 'https://evil.example' } };
    expect((await faultsOf(f.instances.update(id, moved))).map(({ pointer }) => pointer)).toEqual(['/config/apiToken']);
    expect((await f.instances.update(id, { config: {} })).secretsSet).toEqual(['apiToken']);
    for (const form of formsOf(CANARY)) expect(await dump(f)).not.toContain(form);
  });
});
