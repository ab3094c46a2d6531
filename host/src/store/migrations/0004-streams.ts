import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The tables of the streams themselves are made when their plugin becomes active: here is which of them are ours. */
export const streams: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('stream_table')
      .addColumn('plugin', 'text', (c) => c.notNull())
      .addColumn('stream', 'text', (c) => c.notNull())
      .addColumn('schema_name', 'text', (c) => c.notNull())
      .addColumn('table_name', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('stream_table_pkey', ['plugin', 'stream'])
      .execute();
    await db.schema
      .createTable('route_delivery')
      .addColumn('instance_id', 'text', (c) => c.notNull().references('instance.id').onDelete('cascade'))
      .addColumn('route', 'text', (c) => c.notNull())
      .addColumn('digest', 'bytea', (c) => c.notNull())
      .addColumn('received_at', 'timestamptz', (c) => c.notNull())
      .addColumn('expires_at', 'timestamptz', (c) => c.notNull())
      .addPrimaryKeyConstraint('route_delivery_pkey', ['instance_id', 'route', 'digest'])
      .execute();
    await db.schema.createIndex('route_delivery_expires').on('route_delivery').column('expires_at').execute();
  },
};
