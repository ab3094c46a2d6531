import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Who did what. Entries are only ever added; each holds the hash of the one before, and `audit_head` that of the last, which is also
 * what writers wait for. `before` and `after` are text and not jsonb: the hash is of what was written, letter by letter.
 */
export const audit: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('audit_entry')
      .addColumn('seq', 'bigint', (c) => c.primaryKey())
      .addColumn('at', 'timestamptz', (c) => c.notNull())
      .addColumn('actor_kind', 'text', (c) => c.notNull())
      .addColumn('actor_id', 'text')
      .addColumn('address', 'text')
      .addColumn('request_id', 'text')
      .addColumn('action', 'text', (c) => c.notNull())
      .addColumn('entity_kind', 'text', (c) => c.notNull())
      .addColumn('entity_id', 'text', (c) => c.notNull())
      .addColumn('instance_id', 'text')
      .addColumn('before', 'text')
      .addColumn('after', 'text')
      .addColumn('previous_hash', 'bytea', (c) => c.notNull())
      .addColumn('hash', 'bytea', (c) => c.notNull())
      .execute();
    await db.schema
      .createIndex('audit_entry_instance')
      .on('audit_entry')
      .columns(['instance_id', 'seq'])
      .where(sql.ref('instance_id'), 'is not', null)
      .execute();
    await db.schema
      .createTable('audit_head')
      .addColumn('single', 'boolean', (c) => c.primaryKey().check(sql`single`))
      .addColumn('seq', 'bigint', (c) => c.notNull())
      .addColumn('hash', 'bytea', (c) => c.notNull())
      .execute();
    await sql`
      create function audit_entry_is_kept() returns trigger language plpgsql as $$
      begin
        raise exception 'audit entries are never changed or removed';
      end $$`.execute(db);
    await sql`
      create trigger audit_entry_is_kept before update or delete or truncate on audit_entry
      for each statement execute function audit_entry_is_kept()`.execute(db);
  },
};
