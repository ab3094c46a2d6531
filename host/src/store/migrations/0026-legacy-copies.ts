import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Whether a row of the old tables was imported out of another database. Of those that were imported before, nobody knows. */
export const legacyCopies: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`alter table legacy_import add column is_copy boolean`.execute(db);
  },
};
