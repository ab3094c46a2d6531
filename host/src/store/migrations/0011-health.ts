import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** How each instance is, what it was before, and what people have to put right. */
export const health: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('instance_health')
      .addColumn('instance_id', 'text', (c) => c.primaryKey().references('instance.id').onDelete('cascade'))
      .addColumn('state', 'text', (c) =>
        c
          .notNull()
          .defaultTo('unknown')
          .check(sql`state in ('unknown', 'healthy', 'degraded', 'auth_failed', 'quarantined')`),
      )
      .addColumn('since', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
      .addColumn('why', 'jsonb')
      .addColumn('every_ms', 'double precision')
      .addColumn('next_check_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
      .addColumn('epoch', 'integer', (c) => c.notNull().defaultTo(0))
      .addColumn('lease_until', 'timestamptz')
      .addColumn('checked_at', 'timestamptz')
      .addColumn('last_check', 'jsonb')
      .addColumn('failures', 'integer', (c) => c.notNull().defaultTo(0))
      .addColumn('failure', 'jsonb')
      .addColumn('refusal', 'jsonb')
      .addColumn('quarantine', 'jsonb')
      .addColumn('quarantine_until', 'timestamptz')
      .addColumn('held_until', 'timestamptz')
      .addColumn('held_code', 'text')
      .addColumn('expires', 'jsonb', (c) => c.notNull().defaultTo(sql`'[]'::jsonb`))
      .addColumn('first_expiry', 'timestamptz')
      .execute();
    await db.schema.createIndex('instance_health_due').on('instance_health').column('next_check_at').execute();
    await sql`insert into instance_health (instance_id) select id from instance`.execute(db);
    await db.schema
      .createTable('health_change')
      .addColumn('id', 'bigint', (c) => c.generatedAlwaysAsIdentity().primaryKey())
      .addColumn('instance_id', 'text', (c) => c.notNull().references('instance.id').onDelete('cascade'))
      .addColumn('at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
      .addColumn('from_state', 'text', (c) => c.notNull())
      .addColumn('to_state', 'text', (c) => c.notNull())
      .addColumn('why', 'jsonb')
      .execute();
    await db.schema.createIndex('health_change_instance').on('health_change').columns(['instance_id', 'id']).execute();
    await createRepairs(db);
  },
};

async function createRepairs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('repair')
    .addColumn('id', 'bigint', (c) => c.generatedAlwaysAsIdentity().primaryKey())
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('code', 'text', (c) => c.notNull())
    .addColumn('plugin', 'text', (c) => c.notNull())
    .addColumn('instance_id', 'text', (c) => c.references('instance.id').onDelete('cascade'))
    .addColumn('stream', 'text')
    .addColumn('detail', 'text', (c) => c.notNull())
    .addColumn('fix', 'jsonb', (c) => c.notNull())
    .addColumn('opened_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('closed_at', 'timestamptz')
    .addColumn('closed_why', 'text')
    .addCheckConstraint('repair_closed', sql`(closed_at is null) = (closed_why is null)`)
    .execute();
  await db.schema
    .createIndex('repair_one_open')
    .on('repair')
    .columns(['subject', 'code'])
    .unique()
    .where(sql.ref('closed_at'), 'is', null)
    .execute();
  await db.schema.createIndex('repair_instance').on('repair').column('instance_id').execute();
  await db.schema.createIndex('repair_opened_at').on('repair').columns(['opened_at', 'id']).execute();
}
