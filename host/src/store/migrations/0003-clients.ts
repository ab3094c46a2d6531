import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const clients: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('client')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('time_zone', 'text', (c) => c.notNull())
      .addColumn('revision', 'integer', (c) => c.notNull())
      .addColumn('created_at', 'timestamptz', (c) => c.notNull())
      .addColumn('updated_at', 'timestamptz', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('client_parameter')
      .addColumn('client_id', 'text', (c) => c.notNull().references('client.id').onDelete('cascade'))
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('value', 'jsonb', (c) =>
        c.notNull().check(sql`jsonb_typeof(value) in ('string', 'number', 'boolean')`),
      )
      .addPrimaryKeyConstraint('client_parameter_pkey', ['client_id', 'name'])
      .execute();
    await db.schema
      .createTable('contract')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('client_id', 'text', (c) => c.notNull().references('client.id').onDelete('cascade'))
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('starts_on', 'date')
      .addColumn('ends_on', 'date', (c) => c.notNull())
      .addColumn('ends_on_since', 'timestamptz', (c) => c.notNull())
      .addColumn('reference', 'text')
      .addColumn('revision', 'integer', (c) => c.notNull())
      .addColumn('created_at', 'timestamptz', (c) => c.notNull())
      .addColumn('updated_at', 'timestamptz', (c) => c.notNull())
      .addUniqueConstraint('contract_client_id_name_key', ['client_id', 'name'])
      .addCheckConstraint('contract_starts_before_it_ends', sql`starts_on <= ends_on`)
      .execute();
    await db.schema.createIndex('contract_ends_on').on('contract').column('ends_on').execute();
    // Until now a client was only an id that instances named.
    await sql`
      insert into client (id, name, time_zone, revision, created_at, updated_at)
      select distinct client_id, client_id, 'UTC', 1, now(), now() from instance where client_id is not null
    `.execute(db);
    await db.schema
      .alterTable('instance')
      .addForeignKeyConstraint('instance_client_id_fkey', ['client_id'], 'client', ['id'])
      .execute();
    await db.schema.createIndex('instance_client_id').on('instance').column('client_id').execute();
  },
};
