import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const instances: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('instance')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('plugin', 'text', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('client_id', 'text')
      .addColumn('enabled', 'boolean', (c) => c.notNull())
      .addColumn('config', 'jsonb', (c) => c.notNull().check(sql`jsonb_typeof(config) = 'object'`))
      .addColumn('config_version', 'integer', (c) => c.notNull())
      .addColumn('revision', 'integer', (c) => c.notNull())
      .addColumn('created_at', 'timestamptz', (c) => c.notNull())
      .addColumn('updated_at', 'timestamptz', (c) => c.notNull())
      .execute();
    await db.schema.createIndex('instance_plugin').on('instance').column('plugin').execute();
    await db.schema
      .createTable('instance_secret')
      .addColumn('instance_id', 'text', (c) => c.notNull().references('instance.id').onDelete('cascade'))
      .addColumn('field', 'text', (c) => c.notNull())
      .addColumn('key_id', 'text', (c) => c.notNull())
      .addColumn('ciphertext', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('instance_secret_pkey', ['instance_id', 'field'])
      .execute();
  },
};
