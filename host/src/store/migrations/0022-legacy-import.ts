import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What an import remembers of the rows that it has read, and what comes along with them. */
export const legacyImport: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('legacy_import')
      .addColumn('legacy_table', 'text', (c) => c.notNull())
      .addColumn('legacy_id', 'text', (c) => c.notNull())
      .addColumn('fingerprint', 'text', (c) => c.notNull())
      .addColumn('targets', 'jsonb', (c) => c.notNull())
      .addColumn('imported_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
      .addPrimaryKeyConstraint('legacy_import_pkey', ['legacy_table', 'legacy_id'])
      .execute();
    await db.schema
      .createTable('legacy_dashboard')
      .addColumn('dashboard_id', 'text', (c) => c.primaryKey().references('dashboard.id').onDelete('cascade'))
      .addColumn('owner_id', 'text')
      .addColumn('old_owner', 'text')
      .addColumn('owner_is_missing', 'boolean', (c) => c.notNull())
      .addColumn('document', 'jsonb', (c) => c.notNull())
      .addColumn('flags', 'jsonb', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('client_parameter_template')
      .addColumn('plugin', 'text', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('value', 'jsonb', (c) => c.notNull())
      .addPrimaryKeyConstraint('client_parameter_template_pkey', ['plugin', 'name'])
      .execute();
    await db.schema.createIndex('legacy_quarantine_key_id').on('legacy_quarantine').column('key_id').execute();
  },
};
