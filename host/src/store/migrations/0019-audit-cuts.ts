import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Old entries may go, in a transaction that says up to which: the hash chain shows whether an entry accounts for it. */
export const auditCuts: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create or replace function audit_entry_is_kept() returns trigger language plpgsql as $$
      begin
        if tg_op = 'DELETE' then
          if old.seq <= coalesce(nullif(current_setting('jackfield.audit_cut', true), ''), '0')::bigint then
            return old;
          end if;
        end if;
        raise exception 'audit entries are never changed or removed';
      end $$`.execute(db);
    await sql`drop trigger audit_entry_is_kept on audit_entry`.execute(db);
    await sql`
      create trigger audit_entry_is_kept before update or truncate on audit_entry
      for each statement execute function audit_entry_is_kept()`.execute(db);
    await sql`
      create trigger audit_entry_is_cut before delete on audit_entry
      for each row execute function audit_entry_is_kept()`.execute(db);
  },
};
