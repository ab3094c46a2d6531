import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** A link may say that a system is only a name over its instances. */
export const legacyNames: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      alter table legacy_link drop constraint legacy_link_kind_check,
        add constraint legacy_link_kind_check
          check (kind in ('plugin', 'name', 'instance', 'widget', 'dashboard', 'client'))`.execute(db);
  },
};
