import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** How far a rotation is, so that another host, or the same one after its death, goes on with it. */
export const keyRotations: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('key_rotation')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('state', 'text', (c) => c.notNull().check(sql`state in ('running', 'done')`))
      .addColumn('data_keys', 'boolean', (c) => c.notNull())
      .addColumn('master_key_id', 'text')
      .addColumn('total', 'integer', (c) => c.notNull())
      .addColumn('done', 'integer', (c) => c.notNull().defaultTo(0))
      .addColumn('failed', 'integer', (c) => c.notNull().defaultTo(0))
      .addColumn('after_instance', 'text', (c) => c.notNull().defaultTo(''))
      .addColumn('host', 'text')
      .addColumn('lease_until', 'timestamptz')
      .addColumn('started_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
      .addColumn('ended_at', 'timestamptz')
      .execute();
    await sql`create unique index key_rotation_running on key_rotation ((true)) where state = 'running'`.execute(db);
  },
};
