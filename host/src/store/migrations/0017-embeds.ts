import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What pages of other sites show widgets with. A widget that is deleted is no longer embedded, nor is anything of a client that is. */
export const embeds: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('embed_token')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('token_hash', 'bytea', (c) => c.notNull().unique())
      .addColumn('origin', 'text', (c) => c.notNull())
      .addColumn('all_clients', 'boolean', (c) => c.notNull())
      .addColumn('created_by', 'text', (c) => c.notNull())
      .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
      .addColumn('expires_at', 'timestamptz', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('embed_token_client')
      .addColumn('token_id', 'text', (c) => c.notNull().references('embed_token.id').onDelete('cascade'))
      .addColumn('client_id', 'text', (c) => c.notNull().references('client.id').onDelete('cascade'))
      .addPrimaryKeyConstraint('embed_token_client_pkey', ['token_id', 'client_id'])
      .execute();
    await db.schema.createIndex('embed_token_client_client').on('embed_token_client').column('client_id').execute();
    await db.schema
      .createTable('embed_token_widget')
      .addColumn('token_id', 'text', (c) => c.notNull().references('embed_token.id').onDelete('cascade'))
      .addColumn('widget_id', 'text', (c) => c.notNull().references('widget.id').onDelete('cascade'))
      .addPrimaryKeyConstraint('embed_token_widget_pkey', ['token_id', 'widget_id'])
      .execute();
    await db.schema.createIndex('embed_token_widget_widget').on('embed_token_widget').column('widget_id').execute();
  },
};
