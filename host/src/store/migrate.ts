import { type Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Database } from './database.ts';
import { migrations } from './migrations/index.ts';

/**
 * Brings the database to this program's version and returns the names of the migrations it ran. Any number of hosts may call it
 * at the same time: Kysely's advisory lock lets one work and the others find everything done. All of it is one transaction.
 */
export async function migrate(db: Kysely<Database>): Promise<string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error === undefined) return results.map((result) => result.migrationName);
  const unknown = await unknownMigrations(db);
  if (unknown.length > 0) {
    throw new Error(
      `the database is newer than this program: it has ${unknown.join(', ')}, which this program does not know. ` +
        'Start the version that made it, or a later one; migrations do not go back.',
    );
  }
  const failed = results.find((result) => result.status === 'Error')?.migrationName;
  throw new Error(
    failed ? `migration ${failed} failed; the database is as it was before` : 'the database cannot be migrated',
    { cause: error },
  );
}

/** Migrations that were run on this database and that this program does not have. */
async function unknownMigrations(db: Kysely<Database>): Promise<string[]> {
  try {
    const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
    return rows.map((row) => row.name).filter((name) => !Object.hasOwn(migrations, name));
  } catch {
    return []; // No table, or no database: the error that brought us here says more.
  }
}
