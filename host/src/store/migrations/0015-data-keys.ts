import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Secrets are sealed again by the host that runs: until then those of older hosts open with the master key, as before. */
export const dataKeys: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('data_key')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('client_id', 'text')
      .addColumn('state', 'text', (c) => c.notNull().check(sql`state in ('current', 'old', 'lost', 'destroyed')`))
      .addColumn('master_key_id', 'text', (c) => c.notNull())
      .addColumn('wrapped', 'text')
      .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
      .addColumn('destroyed_at', 'timestamptz')
      .addCheckConstraint('data_key_is_destroyed', sql`(wrapped is null) = (state = 'destroyed')`)
      .execute();
    await sql`create unique index data_key_current on data_key (coalesce(client_id, '')) where state = 'current'`.execute(
      db,
    );
    await db.schema.alterTable('instance_secret').addColumn('reference', 'text').execute();
    await db.schema.createIndex('instance_secret_key_id').on('instance_secret').column('key_id').execute();
  },
};
