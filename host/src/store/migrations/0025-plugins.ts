import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Which plugins the hosts of this database are to have, how far each of them is, and what people have asked to change. Packages are kept
 * as the bytes that were verified: a host that was not there when one was fetched needs no registry.
 */
export const plugins: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table plugin_head (
        single boolean primary key default true check (single),
        generation integer not null default 0
      )`.execute(db);
    await sql`insert into plugin_head default values`.execute(db);
    await sql`
      create table plugin_version (
        integrity text primary key,
        package text not null,
        name text not null,
        version text not null,
        tarball bytea not null,
        source jsonb not null,
        added_at timestamptz not null default now()
      )`.execute(db);
    await sql`create index plugin_version_name on plugin_version (name, added_at)`.execute(db);
    await sql`
      create table plugin (
        name text primary key,
        package text not null,
        state text not null check (state in ('active', 'disabled', 'removed')),
        integrity text not null references plugin_version,
        previous text references plugin_version,
        grants jsonb not null,
        previous_grants jsonb,
        generation integer not null,
        seed text,
        why text,
        refused jsonb,
        watch_until timestamptz,
        purge_at timestamptz,
        changed_at timestamptz not null default now()
      )`.execute(db);
    await sql`
      create table host_state (
        id text primary key,
        version text not null,
        generation integer not null,
        failures jsonb not null default '[]',
        started_at timestamptz not null default now(),
        heartbeat_at timestamptz not null default now()
      )`.execute(db);
    await sql`
      create table plugin_change (
        id text primary key,
        action text not null,
        plugin text not null,
        state text not null check (state in ('planned', 'running', 'done', 'refused', 'failed', 'abandoned')),
        step text,
        plan jsonb not null,
        hash text not null,
        report jsonb,
        reason text,
        generation integer,
        host text,
        actor text,
        made_at timestamptz not null default now(),
        ended_at timestamptz
      )`.execute(db);
    await sql`create index plugin_change_plugin on plugin_change (plugin, made_at)`.execute(db);
    await tellOfChanges(db);
  },
};

/** Every host hears at once that it has something to do, and everybody who watches how far a change is. */
async function tellOfChanges(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function live_plugin_head() returns trigger language plpgsql as $$
    begin
      perform live_tell(jsonb_build_object('type', 'plugins'));
      return null;
    end $$`.execute(db);
  await sql`
    create trigger live_plugin_head after update on plugin_head for each row execute function live_plugin_head()`.execute(
    db,
  );
  await sql`
    create function live_plugin_change() returns trigger language plpgsql as $$
    begin
      perform live_tell(jsonb_build_object('type', 'plugin', 'change', new.state, 'plugin', new.plugin, 'client', null));
      return null;
    end $$`.execute(db);
  await sql`
    create trigger live_plugin_change after insert or update of state, step on plugin_change
    for each row execute function live_plugin_change()`.execute(db);
}
