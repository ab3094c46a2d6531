import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const reminders: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('reminder')
      .addColumn('id', 'integer', (c) => c.primaryKey().generatedAlwaysAsIdentity())
      .addColumn('contract_id', 'text', (c) => c.notNull().references('contract.id').onDelete('cascade'))
      .addColumn('ends_on', 'date', (c) => c.notNull())
      .addColumn('days_before', 'integer', (c) => c.notNull().check(sql`days_before >= 0`))
      .addColumn('key', 'text', (c) => c.notNull().unique())
      .addColumn('state', 'text', (c) =>
        c.notNull().check(sql`state in ('pending', 'claimed', 'done', 'failed', 'skipped')`),
      )
      .addColumn('instance_id', 'text')
      .addColumn('claimed_by', 'text')
      .addColumn('claimed_until', 'timestamptz')
      .addColumn('attempts', 'integer', (c) => c.notNull().defaultTo(0))
      .addColumn('next_try_at', 'timestamptz')
      .addColumn('reference', 'text')
      .addColumn('url', 'text')
      .addColumn('code', 'text')
      .addColumn('detail', 'text')
      .addColumn('created_at', 'timestamptz', (c) => c.notNull())
      .addColumn('updated_at', 'timestamptz', (c) => c.notNull())
      .addUniqueConstraint('reminder_once', ['contract_id', 'ends_on', 'days_before'])
      .addCheckConstraint(
        'reminder_claim',
        sql`(state = 'claimed') = (claimed_by is not null) and (state = 'claimed') = (claimed_until is not null)`,
      )
      .execute();
    await sql`create index reminder_open on reminder (instance_id) where state in ('pending', 'claimed', 'failed')`.execute(
      db,
    );
  },
};
