import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect, PostgresDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { type Database, openStore } from '../../host/src/store/index.ts';
import { migrations } from '../../host/src/store/migrations/index.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { silentLog } from '../support/log.ts';

function bare({ databaseUrl, dataFolder }: TestDatabase): Kysely<Database> {
  return databaseUrl === undefined
    ? new Kysely({ dialect: new PGliteDialect({ pglite: () => PGlite.create(join(dataFolder, 'database')) }) })
    : new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: databaseUrl }) }) });
}

describe.each(oneOf)('on $name', (database) => {
  test('clients that instances only named become clients, whatever they were called', async () => {
    await using place = await database.openEmpty();
    const named = ['acme', 'acme', 'Ünïque & "odd"', null];
    {
      await using older = bare(place);
      const migrator = new Migrator({ db: older, provider: { getMigrations: async () => ({ ...migrations }) } });
      expect((await migrator.migrateTo('0002-api-tokens')).error).toBeUndefined();
      const at = new Date();
      for (const [number, client_id] of named.entries()) {
        const row = { id: `i${number}`, plugin: 'jira', name: 'x', client_id, enabled: true, config: '{}' };
        await older
          .insertInto('instance')
          .values({ ...row, config_version: 1, revision: 1, created_at: at, updated_at: at })
          .execute();
      }
    }
    await using store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
    const clients = await store.db.selectFrom('client').select(['id', 'name', 'time_zone']).orderBy('id').execute();
    expect(clients).toHaveLength(2);
    expect(clients).toContainEqual({ id: 'acme', name: 'acme', time_zone: 'UTC' });
    expect(clients).toContainEqual({ id: named[2], name: named[2], time_zone: 'UTC' });
    const instances = await store.db.selectFrom('instance').select('client_id').orderBy('id').execute();
    expect(instances.map(({ client_id }) => client_id)).toEqual(named);
  });
});
