import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const widgets: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('dashboard')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('title', 'text', (c) => c.notNull())
      .addColumn('description', 'text')
      .addColumn('client_id', 'text', (c) => c.references('client.id').onDelete('set null'))
      .addColumn('time_range_days', 'integer')
      .addColumn('refresh_ms', 'integer')
      .addColumn('revision', 'integer', (c) => c.notNull())
      .addColumn('created_at', 'timestamptz', (c) => c.notNull())
      .addColumn('updated_at', 'timestamptz', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('widget')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('dashboard_id', 'text', (c) => c.references('dashboard.id').onDelete('cascade'))
      .addColumn('title', 'text')
      .addColumn('plugin', 'text', (c) => c.notNull())
      .addColumn('template', 'text')
      .addColumn('query', 'text')
      .addColumn('view', 'jsonb')
      .addColumn('kind', 'text')
      .addColumn('params', 'jsonb', (c) => c.notNull().check(sql`jsonb_typeof(params) = 'object'`))
      .addColumn('instances', 'jsonb', (c) => c.notNull())
      .addColumn('columns', 'jsonb')
      .addColumn('x', 'text')
      .addColumn('y', 'jsonb')
      .addColumn('refresh_ms', 'integer')
      .addColumn('grid_x', 'integer', (c) => c.notNull())
      .addColumn('grid_y', 'integer', (c) => c.notNull())
      .addColumn('grid_w', 'integer', (c) => c.notNull())
      .addColumn('grid_h', 'integer', (c) => c.notNull())
      .addColumn('revision', 'integer', (c) => c.notNull())
      .addColumn('created_at', 'timestamptz', (c) => c.notNull())
      .addColumn('updated_at', 'timestamptz', (c) => c.notNull())
      .addCheckConstraint('widget_source', sql`num_nonnulls(template, query, view) = 1`)
      .execute();
    await db.schema.createIndex('dashboard_client').on('dashboard').column('client_id').execute();
    await db.schema.createIndex('widget_dashboard').on('widget').column('dashboard_id').execute();
  },
};
