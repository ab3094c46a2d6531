import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Which other database the old world was imported from. Of imports before this one nobody knows: the next one says it. */
export const legacySource: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('legacy_source')
      // There is one.
      .addColumn('id', 'boolean', (c) =>
        c
          .primaryKey()
          .defaultTo(true)
          .check(sql`id`),
      )
      .addColumn('cluster', 'text')
      .addColumn('address', 'text', (c) => c.notNull())
      .addColumn('imported_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
      .execute();
  },
};
