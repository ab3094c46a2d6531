import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** When which stream is read, where each read starts, and what became of every run. */
export const syncJobs: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('sync_schedule')
      .addColumn('instance_id', 'text', (c) => c.notNull().references('instance.id').onDelete('cascade'))
      .addColumn('stream', 'text', (c) => c.notNull())
      .addColumn('kind', 'text', (c) => c.notNull().check(sql`kind in ('read', 'census')`))
      .addColumn('plugin', 'text', (c) => c.notNull())
      .addColumn('enabled', 'boolean', (c) => c.notNull().defaultTo(true))
      .addColumn('every_ms', 'double precision')
      .addColumn('cron', 'text')
      .addColumn('next_due_at', 'timestamptz', (c) => c.notNull())
      .addColumn('paused', 'jsonb')
      .addColumn('epoch', 'integer', (c) => c.notNull().defaultTo(0))
      .addColumn('run_id', 'text')
      .addColumn('lease_until', 'timestamptz')
      .addColumn('skipped', 'integer', (c) => c.notNull().defaultTo(0))
      .addColumn('failures', 'integer', (c) => c.notNull().defaultTo(0))
      .addColumn('cursor', 'jsonb')
      .addPrimaryKeyConstraint('sync_schedule_pkey', ['instance_id', 'stream', 'kind'])
      .addCheckConstraint('sync_schedule_one_rhythm', sql`(every_ms is null) <> (cron is null)`)
      .execute();
    await db.schema.createIndex('sync_schedule_due').on('sync_schedule').column('next_due_at').execute();
    await db.schema
      .createTable('sync_cursor')
      .addColumn('id', 'bigint', (c) => c.generatedAlwaysAsIdentity().primaryKey())
      .addColumn('instance_id', 'text', (c) => c.notNull().references('instance.id').onDelete('cascade'))
      .addColumn('stream', 'text', (c) => c.notNull())
      .addColumn('cursor', 'jsonb')
      .addColumn('act', 'text', (c) => c.notNull().check(sql`act in ('run', 'rewind', 'resync')`))
      .addColumn('run_id', 'text', (c) => c.unique())
      .addColumn('actor', 'text')
      .addColumn('at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
      .execute();
    await db.schema
      .createIndex('sync_cursor_stream')
      .on('sync_cursor')
      .columns(['instance_id', 'stream', 'id'])
      .execute();
    await createRuns(db);
    await db.schema
      .createTable('sync_seen')
      .addColumn('instance_id', 'text', (c) => c.notNull().references('instance.id').onDelete('cascade'))
      .addColumn('stream', 'text', (c) => c.notNull())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('epoch', 'integer', (c) => c.notNull())
      .addColumn('key_hash', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('sync_seen_pkey', ['instance_id', 'stream', 'kind', 'epoch', 'key_hash'])
      .execute();
  },
};

async function createRuns(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('run')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('plugin', 'text', (c) => c.notNull())
    .addColumn('instance_id', 'text', (c) => c.notNull().references('instance.id').onDelete('cascade'))
    .addColumn('stream', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('trigger', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('cancel', 'boolean', (c) => c.notNull().defaultTo(false))
    .addColumn('host', 'text')
    .addColumn('version', 'text')
    .addColumn('epoch', 'integer')
    .addColumn('queued_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('sent_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('started_at', 'timestamptz')
    .addColumn('ended_at', 'timestamptz')
    .addColumn('counts', 'jsonb', (c) => c.notNull().defaultTo(sql`'{}'::jsonb`))
    .addColumn('error', 'jsonb')
    .execute();
  await db.schema.createIndex('run_instance').on('run').columns(['instance_id', 'queued_at']).execute();
  await db.schema.createIndex('run_queued_at').on('run').column('queued_at').execute();
  await db.schema
    .createIndex('run_one_queued')
    .on('run')
    .columns(['instance_id', 'stream', 'kind'])
    .unique()
    .where(sql.ref('state'), '=', 'queued')
    .execute();
  await db.schema
    .createIndex('run_unfinished')
    .on('run')
    .column('state')
    .where(sql.ref('state'), 'in', ['queued', 'running'])
    .execute();
}
