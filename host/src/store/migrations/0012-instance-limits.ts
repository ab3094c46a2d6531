import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const instanceLimits: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('instance').addColumn('limits', 'jsonb').execute();
  },
};
