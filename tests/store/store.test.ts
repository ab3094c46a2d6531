import { randomBytes } from 'node:crypto';
import { Kysely, PGliteDialect, PostgresDialect, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { PGlite } from '@electric-sql/pglite';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { silentLog } from '../support/log.ts';
import { type Database, openStore, type Store } from '../../host/src/store/index.ts';
import { migrations } from '../../host/src/store/migrations/index.ts';
import { databases, type TestDatabase } from '../support/databases.ts';

const open = ({ databaseUrl, dataFolder }: TestDatabase): Promise<Store> =>
  openStore({ databaseUrl, dataFolder, limits: defaultLimits.store, log: silentLog });

/** The database as it is, without the store's migrations. */
function bare({ databaseUrl, dataFolder }: TestDatabase): Kysely<Database> {
  return databaseUrl === undefined
    ? new Kysely({ dialect: new PGliteDialect({ pglite: () => PGlite.create(join(dataFolder, 'database')) }) })
    : new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: databaseUrl }) }) });
}

const at = new Date('2026-01-02T03:04:05.678Z');
const row = {
  id: 'acme-jira',
  plugin: 'jira',
  name: 'Acme',
  client_id: null,
  enabled: true,
  config: JSON.stringify({ baseUrl: 'https://acme.example', list: ['a', { b: null }] }),
  config_version: 2,
  revision: 7,
  created_at: at,
  updated_at: at,
};

const FULL = process.env['JACKFIELD_TEST_SCALE'] === 'full';

describe.each(databases)('a store on $name', (database) => {
  test('brings an empty database to the newest migration, and finds nothing to do the next time', async () => {
    await using place = await database.openEmpty();
    for (let start = 1; start <= 2; start += 1) {
      const migrated: unknown[] = [];
      const log = { ...silentLog, info: (fields: object) => migrated.push(fields) };
      await using store = await openStore({ ...place, limits: defaultLimits.store, log });
      expect(store.kind).toBe(database.name);
      expect(migrated).toEqual(start === 1 ? [{ migrations: Object.keys(migrations) }] : []);
      const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(store.db);
      expect(rows.map(({ name }) => name)).toEqual(Object.keys(migrations));
    }
  });

  const names = Object.keys(migrations);
  // From each in full; else the server from every fourth and the last two, the embedded database, whose start takes a second, from the last.
  const isServer = database.name === 'postgres';
  const few = names.filter((_, n) => (isServer && n % 4 === 0) || n >= names.length - (isServer ? 2 : 1));
  const from = FULL ? names : few;
  test.each(from)('keeps what was written at migration %s', async (version) => {
    await using place = await database.openEmpty();
    {
      await using older = bare(place);
      const migrator = new Migrator({ db: older, provider: { getMigrations: async () => ({ ...migrations }) } });
      expect((await migrator.migrateTo(version)).error).toBeUndefined();
      await older.insertInto('instance').values(row).execute();
      await older
        .insertInto('instance_secret')
        .values({ instance_id: row.id, field: 'token', key_id: 'k', ciphertext: 'v1.k.x' })
        .execute();
    }
    await using store = await open(place);
    expect(await store.db.selectFrom('instance').selectAll().execute()).toEqual([
      { ...row, config: JSON.parse(row.config), limits: null },
    ]);
    expect(await store.db.selectFrom('instance_secret').select('ciphertext').execute()).toEqual([
      { ciphertext: 'v1.k.x' },
    ]);
    expect(await store.db.selectFrom('api_token').selectAll().execute()).toEqual([]);
  });

  test('refuses a database that a newer program has migrated, and leaves it alone', async () => {
    await using place = await database.open();
    {
      await using store = await open(place);
      await sql`insert into kysely_migration values ('9999-future', ${at.toISOString()})`.execute(store.db);
    }
    await expect(open(place)).rejects.toThrow(/newer than this program: it has 9999-future/);
    await using after = bare(place);
    const { rows } = await sql`select name from kysely_migration`.execute(after);
    expect(rows).toHaveLength(Object.keys(migrations).length + 1);
  });

  test('a migration that fails leaves the database as it was', async () => {
    await using place = await database.openEmpty();
    {
      await using taken = bare(place);
      await taken.schema.createTable('api_token').addColumn('mine', 'text').execute();
    }
    await expect(open(place)).rejects.toThrow(/migration 0002-api-tokens failed/);
    await using after = bare(place);
    const tables = await after.introspection.getTables();
    expect(tables.map(({ name }) => name)).toEqual(['api_token']);
  });

  test('gives back bytes, times and JSON as they were stored', async () => {
    await using place = await database.open();
    await using store = await open(place);
    const token = {
      id: 't',
      name: 'CI',
      role: 'admin',
      token_hash: randomBytes(32),
      all_clients: true,
      created_by: null,
      created_at: at,
      expires_at: at,
      revoked_at: null,
      last_used_at: null,
    };
    await store.db.insertInto('api_token').values(token).execute();
    const [found] = await store.db.selectFrom('api_token').selectAll().execute();
    expect(found && { ...found, token_hash: Buffer.from(found.token_hash) }).toEqual(token);
  });

  test('answers a ping until it is closed, and closing twice is harmless', async () => {
    await using place = await database.open();
    const store = await open(place);
    await store.ping();
    await Promise.all([store.close(), store.close()]);
    await store.close();
    await expect(store.ping()).rejects.toThrow(/destroyed|closed/);
  });

  test('a transaction that throws leaves nothing behind', async () => {
    await using place = await database.open();
    await using store = await open(place);
    const half = store.db.transaction().execute(async (trx) => {
      await trx.insertInto('instance').values(row).execute();
      throw new Error('half way');
    });
    await expect(half).rejects.toThrow('half way');
    expect(await store.db.selectFrom('instance').select('id').execute()).toEqual([]);
  });
});
