import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Tokens of programs may be limited to clients, end by themselves, and are revoked without being forgotten: the audit names them. A
 * limit is rows that go with their client, so that a client who gets the id later is not meant by it; a token whose clients are all
 * gone sees nothing, which is why being limited to none is a column of its own.
 */
export const tokenScopes: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('api_token')
      .addColumn('all_clients', 'boolean', (c) => c.notNull().defaultTo(sql`true`))
      .addColumn('created_by', 'text')
      .addColumn('expires_at', 'timestamptz')
      .addColumn('revoked_at', 'timestamptz')
      .execute();
    await db.schema
      .createTable('api_token_client')
      .addColumn('token_id', 'text', (c) => c.notNull().references('api_token.id').onDelete('cascade'))
      .addColumn('client_id', 'text', (c) => c.notNull().references('client.id').onDelete('cascade'))
      .addPrimaryKeyConstraint('api_token_client_pkey', ['token_id', 'client_id'])
      .execute();
    await db.schema.createIndex('api_token_client_client').on('api_token_client').column('client_id').execute();
  },
};
