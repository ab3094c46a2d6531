import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What the headers of the old API say: since when it is on its way out, and when it will be gone. */
export const legacySunset: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('legacy_mode')
      .addColumn('dual_since', 'timestamptz')
      .addColumn('sunset_at', 'timestamptz')
      .execute();
  },
};
