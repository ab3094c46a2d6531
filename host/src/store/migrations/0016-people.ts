import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** People, their sessions, what was tried on their accounts, and the links with which the first of them makes an account. */
export const people: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('app_user')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('login', 'text', (c) => c.notNull().unique())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('role', 'text', (c) => c.notNull())
      .addColumn('all_clients', 'boolean', (c) => c.notNull())
      .addColumn('enabled', 'boolean', (c) => c.notNull())
      .addColumn('password_hash', 'text')
      .addColumn('issuer', 'text')
      .addColumn('subject', 'text')
      .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
      .addColumn('updated_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
      .addColumn('signed_in_at', 'timestamptz')
      .addUniqueConstraint('app_user_subject', ['issuer', 'subject'])
      .execute();
    // As with tokens: a limit goes with its client, and whoever gets the id later is not meant by it.
    await db.schema
      .createTable('app_user_client')
      .addColumn('user_id', 'text', (c) => c.notNull().references('app_user.id').onDelete('cascade'))
      .addColumn('client_id', 'text', (c) => c.notNull().references('client.id').onDelete('cascade'))
      .addPrimaryKeyConstraint('app_user_client_pkey', ['user_id', 'client_id'])
      .execute();
    await db.schema.createIndex('app_user_client_client').on('app_user_client').column('client_id').execute();
    await db.schema
      .createTable('session')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('token_hash', 'bytea', (c) => c.notNull().unique())
      .addColumn('user_id', 'text', (c) => c.notNull().references('app_user.id').onDelete('cascade'))
      .addColumn('address', 'text')
      .addColumn('agent', 'text')
      .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
      .addColumn('seen_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
      .addColumn('expires_at', 'timestamptz', (c) => c.notNull())
      .execute();
    await db.schema.createIndex('session_user').on('session').column('user_id').execute();
    await db.schema.createIndex('session_expires_at').on('session').column('expires_at').execute();
    await db.schema
      .createTable('sign_in_try')
      .addColumn('subject', 'text', (c) => c.primaryKey())
      .addColumn('tries', 'integer', (c) => c.notNull())
      .addColumn('last_at', 'timestamptz', (c) => c.notNull())
      .addColumn('locked_until', 'timestamptz')
      .execute();
    await db.schema
      .createTable('csrf_key')
      .addColumn('single', 'boolean', (c) => c.primaryKey().check(sql`single`))
      .addColumn('key', 'text', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('setup_link')
      .addColumn('token_hash', 'bytea', (c) => c.primaryKey())
      .addColumn('expires_at', 'timestamptz', (c) => c.notNull())
      .execute();
  },
};
