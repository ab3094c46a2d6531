import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Instances } from '../../host/src/instances/index.ts';
import { createReferences, type References } from '../../host/src/secrets/index.ts';
import { create, faultsOf, type Fixture, openFixture, problemOf } from '../instances/fixture.ts';
import { databases, temporaryFolder } from '../support/databases.ts';

const ADMIN = { role: 'admin' } as const;
const env: Record<string, string> = { TENANT_ACME: 'secret-of-the-environment', HOME: '/somewhere', TENANT_EMPTY: '' };

let outer: Awaited<ReturnType<typeof temporaryFolder>>;
let folder: string;
beforeAll(async () => {
  outer = await temporaryFolder();
  folder = join(outer.path, 'secrets');
  await mkdir(join(folder, 'deep'), { recursive: true });
  await writeFile(join(folder, 'acme'), 'secret-of-a-file\n');
  await writeFile(join(folder, 'deep', 'acme'), 'secret-of-a-deep-file');
  await writeFile(join(outer.path, 'outside'), 'secret-of-somebody-else');
  await writeFile(join(folder, 'empty'), '\n');
  await writeFile(join(folder, 'large'), 'x'.repeat(70_000));
  await symlink(join(folder, 'acme'), join(folder, 'inward'));
  await symlink(join(outer.path, 'outside'), join(folder, 'outward'));
});
afterAll(() => outer[Symbol.asyncDispose]());

const resolveOne = async (references: References, reference: string): Promise<string | undefined> =>
  (await references.resolve(new Map([['token', reference]]))).get('token');
const messageOf = async (references: References, reference: string): Promise<string> => {
  const [fault] = await faultsOf(references.resolve(new Map([['token', reference]])));
  expect(fault?.pointer).toBe('/config/token');
  return fault?.message ?? '';
};

describe('references', () => {
  test('are read where the host allows it', async () => {
    const references = createReferences({ envPrefix: 'TENANT_', folder, env });
    expect(await resolveOne(references, 'env:TENANT_ACME')).toBe('secret-of-the-environment');
    expect(await resolveOne(references, `file:${folder}/acme`)).toBe('secret-of-a-file');
    expect(await resolveOne(references, `file:${folder}/deep/acme`)).toBe('secret-of-a-deep-file');
    expect(await resolveOne(references, `file:${folder}/inward`)).toBe('secret-of-a-file');
  });

  test.each([
    ['env:HOME', 'may read only those that begin with TENANT_'],
    ['env:TENANT_NONE', 'which is not set'],
    ['env:TENANT_EMPTY', 'which is not set'],
    ['file:@/outside', 'may read only those below'],
    ['file:@/secrets/../outside', 'may read only those below'],
    ['file:@/secrets/outward', 'may read only those below'],
    ['file:@/not-there', 'may read only those below'],
    ['file:/etc/passwd', 'may read only those below'],
    ['file:secrets/acme', 'may read only those below'],
    ['file:@/secrets', 'may read only those below'],
    ['file:@/secrets/none', 'cannot be read'],
    ['file:@/secrets/deep', 'cannot be read'],
    ['file:@/secrets/large', 'cannot be read'],
    ['file:@/secrets/empty', 'which is empty'],
    ['https://vault.example/acme', 'must be env:NAME or file:/path'],
  ])('such as %s are refused', async (reference, message) => {
    const references = createReferences({ envPrefix: 'TENANT_', folder, env });
    const said = await messageOf(references, reference.replace('@', outer.path));
    expect(said).toContain(message);
    expect(said).not.toMatch(/secret-of|root:/);
  });

  test('are all refused when the host allows none, and its own variables always', async () => {
    const none = createReferences({ env });
    expect(await messageOf(none, 'env:TENANT_ACME')).toContain('none (set JACKFIELD_REFERENCE_ENV_PREFIX)');
    expect(await messageOf(none, `file:${folder}/acme`)).toContain('none (set JACKFIELD_REFERENCE_FOLDER)');
    for (const name of ['JACKFIELD_MASTER_KEY', 'JACKFIELD_OIDC_CLIENT_SECRET', 'DATABASE_URL', 'PGPASSWORD']) {
      const all = createReferences({ envPrefix: name.slice(0, 2), env: { [name]: 'the-key' } });
      expect(await messageOf(all, `env:${name}`)).toContain("which is the host's own");
    }
    const empty = createReferences({ envPrefix: '', folder: '', env });
    expect(await messageOf(empty, 'env:HOME')).toContain('may read only none');
    expect(await messageOf(empty, 'file:/etc/passwd')).toContain('may read only none');
  });
});

describe.each(databases)('instances with references on $name', (database) => {
  const open = (): Promise<Fixture> => openFixture(database, { references: { envPrefix: 'TENANT_', folder, env } });
  const withReference = (reference: string, extra = {}) => ({
    ...create,
    config: { ...create.config, apiToken: { reference }, ...extra },
  });
  const secretsOf = async (instances: Instances, id: string) => (await instances.resolve(id)).secrets;

  test('keep where their secrets are, and are given what is there at each run', async () => {
    await using f = await open();
    const file = join(folder, 'changing');
    await writeFile(file, 'first-value');
    const made = await f.instances.create(withReference(`file:${file}`, { personalToken: 'stored-one' }), ADMIN);
    expect(made.secretsSet).toEqual(['apiToken', 'personalToken']);
    expect(made.secretReferences).toEqual({ apiToken: `file:${file}` });
    expect(made.config).not.toHaveProperty('apiToken');
    const first = await f.instances.resolve(made.id);
    expect(first.secrets).toEqual(['first-value', 'stored-one']);
    await writeFile(file, 'second-value\n');
    const second = await f.instances.resolve(made.id);
    expect(second.secrets).toEqual(['second-value', 'stored-one']);
    // Connections and tokens that were made with the one before are not used any more.
    expect(second.connection.revision).not.toBe(first.connection.revision);
    expect((await f.instances.resolve(made.id)).connection.revision).toBe(second.connection.revision);

    await f.instances.update(made.id, { config: { pageSize: 7 } });
    expect(await secretsOf(f.instances, made.id)).toEqual(['second-value', 'stored-one']);
    await rm(file);
    const gone = await problemOf(f.instances.resolve(made.id));
    expect(gone.code).toBe('config_invalid');
    expect(gone.options.errors?.map(({ pointer }) => pointer)).toEqual(['/config/apiToken']);
    expect(gone.message).not.toContain('value');
    const stored = await f.instances.update(made.id, { config: { apiToken: 'typed-instead' } });
    expect(stored.secretReferences).toEqual({});
    expect(await secretsOf(f.instances, made.id)).toEqual(['typed-instead', 'stored-one']);
    const back = await f.instances.update(made.id, { config: { apiToken: { reference: 'env:TENANT_ACME' } } }, ADMIN);
    expect(back.secretReferences).toEqual({ apiToken: 'env:TENANT_ACME' });
    const removed = await f.instances.update(made.id, { config: { apiToken: null } });
    expect([removed.secretsSet, removed.secretReferences]).toEqual([['personalToken'], {}]);
  });

  test('take references from admins only, whatever is asked', async () => {
    await using f = await open();
    const { id } = await f.instances.create(create);
    const sent = withReference('env:TENANT_ACME');
    for (const by of [{ role: 'manager' }, { role: 'engineer' }, {}] as const) {
      for (const act of [
        () => f.instances.create(sent, by),
        () => f.instances.update(id, { config: { apiToken: { reference: 'env:TENANT_ACME' } } }, by),
        () => f.instances.draft({ plugin: 'tickets', config: sent.config }, by),
        () => f.instances.draft({ instanceId: id, config: sent.config }, by),
      ]) {
        expect((await problemOf(act())).code).toBe('permission_denied');
      }
    }
    const draft = await f.instances.draft({ plugin: 'tickets', config: sent.config }, ADMIN);
    expect(draft.secrets).toEqual(['secret-of-the-environment']);
    expect(await faultsOf(f.instances.create(withReference('env:HOME'), ADMIN))).toHaveLength(1);
    expect(await f.instances.list()).toHaveLength(1);
  });

  test('do not follow a moved base URL, and another reference in the database is refused', async () => {
    await using f = await open();
    const { id } = await f.instances.create(withReference('env:TENANT_ACME'), ADMIN);
    const moved = f.instances.update(id, { config: { baseUrl: 'https://evil.example' } });
    expect((await faultsOf(moved)).map(({ pointer }) => pointer)).toEqual(['/config/apiToken']);
    await f.clients.create({ id: 'acme', name: 'Acme' });
    await f.instances.update(id, { clientId: 'acme' });
    expect(await secretsOf(f.instances, id)).toEqual(['secret-of-the-environment']);
    await f.store.db
      .updateTable('instance_secret')
      .set({ reference: `file:${folder}/acme` })
      .execute();
    expect((await problemOf(f.instances.resolve(id))).message).toContain('was changed');
  });
});
