import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createMasterKey, openVault, type Vault } from '../../host/src/secrets/index.ts';
import type { Store } from '../../host/src/store/index.ts';
import { CANARY, create, openFixture, problemOf, type Fixture } from '../instances/fixture.ts';
import { oneOf, temporaryFolder } from '../support/databases.ts';
import { silentLog } from '../support/log.ts';
import { sealedByOlderHost } from './cabinet.ts';

const A = Buffer.alloc(32, 7);
const B = Buffer.alloc(32, 8);
const hex = (key: Buffer): string => key.toString('hex');

describe.each(oneOf)('the vault on $name', (database) => {
  let f: Fixture;
  let store: Store;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const open = (masterKey?: string, acceptLostKeys = false): Promise<Vault> =>
    openVault({ store, dataFolder: folder.path, masterKey, acceptLostKeys, log: silentLog });
  const stored = async (): Promise<string> => {
    const { rows } = await sql<{ row: string }>`
      select k::text as row from data_key k union all select s::text from instance_secret s order by row`.execute(
      store.db,
    );
    return rows.map(({ row }) => row).join('\n');
  };

  beforeEach(async () => {
    f = await openFixture(database);
    ({ store } = f);
    folder = await temporaryFolder();
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  test('has a key for each client and one for the instances without, all sealed with the master key', async () => {
    await f.clients.create({ id: 'acme', name: 'Acme' });
    await f.clients.create({ id: 'bolt', name: 'Bolt' });
    for (const clientId of ['acme', 'bolt', null, 'acme']) await f.instances.create({ ...create, clientId });
    const keys = await store.db.selectFrom('data_key').selectAll().orderBy('client_id').execute();
    expect(keys.map(({ client_id, state }) => [client_id, state])).toEqual([
      ['acme', 'current'],
      ['bolt', 'current'],
      [null, 'current'],
    ]);
    const used = await store.db.selectFrom('instance_secret').select('key_id').distinct().execute();
    expect(used).toHaveLength(3);
    expect(new Set(keys.map(({ master_key_id }) => master_key_id))).toEqual(new Set([createMasterKey(A).id]));
  });

  test('makes one key when many ask for the first at the same time', async () => {
    await f.clients.create({ id: 'acme', name: 'Acme' });
    await Promise.all(Array.from({ length: 8 }, () => f.instances.create({ ...create, clientId: 'acme' })));
    expect(await store.db.selectFrom('data_key').select('client_id').execute()).toEqual([{ client_id: 'acme' }]);
    for (const { id } of await f.instances.list()) expect((await f.instances.resolve(id)).secrets).toEqual([CANARY]);
  });

  test('opens what an older host has sealed, and no ciphertext anywhere else', async () => {
    const { id } = await f.instances.create(create);
    const put = (ciphertext: string, field = 'apiToken'): Promise<unknown> =>
      store.db.updateTable('instance_secret').set({ ciphertext }).where('field', '=', field).execute();
    await put(sealedByOlderHost({ instanceId: id, field: 'apiToken' }, 'older-secret'));
    expect((await f.instances.resolve(id)).secrets).toEqual(['older-secret']);
    await put(sealedByOlderHost({ instanceId: id, field: 'personalToken' }, 'older-secret'));
    expect((await problemOf(f.instances.resolve(id))).message).toContain('sealed for another field or instance');
    await put(sealedByOlderHost({ instanceId: 'other', field: 'apiToken' }, 'older-secret'));
    expect((await problemOf(f.instances.resolve(id))).message).toContain('sealed for another field or instance');
  });

  test('refuses the key of one client in the place of another’s', async () => {
    await f.clients.create({ id: 'acme', name: 'Acme' });
    await f.clients.create({ id: 'bolt', name: 'Bolt' });
    const { id } = await f.instances.create({ ...create, clientId: 'acme' });
    await f.instances.create({ ...create, clientId: 'bolt' });
    await sql`
      update data_key set wrapped = (select wrapped from data_key where client_id = 'bolt') where client_id = 'acme'`.execute(
      store.db,
    );
    expect((await problemOf(f.instances.resolve(id))).message).toContain('was changed, or is that of another client');
  });

  test('is not opened with another master key, and nothing is written', async () => {
    await open(hex(A));
    await f.instances.create(create);
    const before = await stored();
    const refused = await problemOf(open(hex(B)));
    expect(refused.message).toContain(`was sealed with ${createMasterKey(A).id}`);
    expect(refused.toDocument().next).toContain('JACKFIELD_ACCEPT_LOST_KEYS');
    expect(refused.message + refused.toDocument().next).not.toMatch(/0808|0707/);
    const missing = await problemOf(open());
    expect(missing.message).toContain('master.key is missing');
    expect(await readdir(folder.path), 'no key file is made').toEqual([]);
    expect(await stored()).toBe(before);
    await open(`${hex(B)},${hex(A)}`);
  });

  test.each(['', 'dG9vIHNob3J0'])(
    'is not opened with a damaged key file (%j), which stays as it is',
    async (content) => {
      const file = join(folder.path, 'master.key');
      await open();
      const good = await readFile(file, 'utf8');
      const before = await stored();
      await writeFile(file, content);
      await expect(open()).rejects.toThrow(`the key file ${file} must hold 32 bytes`);
      expect(await readFile(file, 'utf8')).toBe(content);
      expect(await stored()).toBe(before);
      await writeFile(file, good);
      await open();
      await rm(file);
      expect((await problemOf(open())).message).toContain('master.key is missing');
      expect(await readdir(folder.path)).toEqual([]);
    },
  );

  test('refuses an older host’s secrets under another key too', async () => {
    const { id } = await f.instances.create(create);
    const ciphertext = sealedByOlderHost({ instanceId: id, field: 'apiToken' }, 'older-secret');
    const key_id = createMasterKey(A).id;
    await store.db.updateTable('instance_secret').set({ ciphertext, key_id }).execute();
    await store.db.deleteFrom('data_key').execute();
    expect((await problemOf(open(hex(B)))).message).toContain(`was sealed with ${key_id}`);
    await open(hex(A));
  });

  test('gives up a master key that is lost only when told to; secrets can be set again, and open when it is found', async () => {
    await open(hex(A));
    const kept = await f.instances.create(create);
    const again = await f.instances.create(create);
    await open(hex(B), true);
    await open(hex(B));
    const other = f.withKey(createMasterKey(B));
    expect((await problemOf(other.resolve(again.id))).message).toContain('this host has');
    expect((await other.get(again.id)).secretsSet).toEqual(['apiToken']);
    await other.update(again.id, { config: { apiToken: 'typed-again' } });
    expect((await other.resolve(again.id)).secrets).toEqual(['typed-again']);
    expect((await f.instances.resolve(kept.id)).secrets).toEqual([CANARY]);
  });
});
