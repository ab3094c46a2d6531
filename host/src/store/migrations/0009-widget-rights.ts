import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Who saved the widgets that are there is not known: they give their viewers no right that they have not. */
export const widgetRights: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('widget')
      .addColumn('runs_as', 'text', (c) => c.notNull().defaultTo('user'))
      .execute();
  },
};
