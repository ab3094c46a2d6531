import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** How the last reads of a stream went is asked with every look at its rows, and there may be a hundred thousand runs. */
export const lastReads: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createIndex('run_last')
      .on('run')
      .columns(['instance_id', 'stream', 'kind', 'state', 'queued_at'])
      .where(sql.ref('state'), 'in', ['succeeded', 'failed'])
      .execute();
  },
};
