import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Tables say what has changed in them, to every host, when the change is committed and in the order of the commits: whoever writes
 * need not think of it, and an event without its change is impossible. Owners are read here, since what was deleted has none later.
 */
export const liveEvents: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`create sequence live_event_id`.execute(db);
    await sql`
      create function live_tell(about jsonb) returns void language sql as $$
        select pg_notify('jackfield_live', (about || jsonb_build_object('id', nextval('live_event_id')::text))::text)
      $$`.execute(db);
    await sql`
      create function live_tell_of_instance(of_instance text, about jsonb) returns void language sql as $$
        select live_tell(about || jsonb_build_object('instance', of_instance, 'client', (
          select client_id from instance where id = of_instance)))
      $$`.execute(db);
    for (const [table, when, body] of TRIGGERS) {
      const name = `live_${table}`;
      await sql`
        create function ${sql.raw(name)}() returns trigger language plpgsql as $$
        begin
          ${sql.raw(body)}
          return null;
        end $$`.execute(db);
      await sql.raw(`create trigger ${name} after ${when} execute function ${name}()`).execute(db);
    }
  },
};

const CHANGE = `case tg_op when 'INSERT' then 'created' when 'DELETE' then 'deleted' else 'changed' end`;
const EVERY = 'insert or update or delete';

/** Table, when, and what is said. */
const TRIGGERS: readonly (readonly [table: string, when: string, body: string])[] = [
  [
    'run',
    `update of state on run for each row
      when (old.state is distinct from new.state and new.state in ('succeeded', 'failed', 'cancelled', 'abandoned'))`,
    `perform live_tell_of_instance(new.instance_id, jsonb_build_object(
      'type', 'sync', 'change', new.state, 'plugin', new.plugin, 'stream', new.stream, 'rows',
      coalesce((new.counts->>'inserted')::bigint + (new.counts->>'updated')::bigint + (new.counts->>'deleted')::bigint, 0)));`,
  ],
  [
    'route_delivery',
    'insert or update on route_delivery for each row',
    `perform live_tell_of_instance(new.instance_id, jsonb_build_object(
      'type', 'rows', 'change', 'changed', 'plugin', (select plugin from instance where id = new.instance_id)));`,
  ],
  [
    'instance_health',
    'update of state on instance_health for each row when (old.state is distinct from new.state)',
    `perform live_tell_of_instance(new.instance_id, jsonb_build_object(
      'type', 'health', 'change', new.state, 'plugin', (select plugin from instance where id = new.instance_id)));`,
  ],
  [
    'instance',
    `${EVERY} on instance for each row`,
    `if tg_op <> 'INSERT' and (tg_op = 'DELETE' or old.client_id is distinct from new.client_id) then
      perform live_tell(jsonb_build_object('type', 'instance', 'change', 'deleted', 'plugin', old.plugin,
        'instance', old.id, 'client', old.client_id));
    end if;
    if tg_op <> 'DELETE' then
      perform live_tell(jsonb_build_object('type', 'instance', 'change', ${CHANGE}, 'plugin', new.plugin,
        'instance', new.id, 'client', new.client_id));
    end if;`,
  ],
  [
    'repair',
    'insert or update of closed_at on repair for each row',
    `perform live_tell_of_instance(new.instance_id, jsonb_build_object(
      'type', 'repair', 'change', case when new.closed_at is null then 'opened' else 'closed' end,
      'plugin', new.plugin, 'stream', new.stream));`,
  ],
  [
    'widget',
    `${EVERY} on widget for each row`,
    `if tg_op = 'UPDATE' and old.dashboard_id is distinct from new.dashboard_id then
      perform live_tell(jsonb_build_object('type', 'dashboard', 'change', 'changed', 'dashboard', old.dashboard_id,
        'client', (select client_id from dashboard where id = old.dashboard_id)));
    end if;
    perform live_tell(jsonb_build_object('type', 'widget', 'change', case
        when tg_op = 'UPDATE' and to_jsonb(old) - array['grid_x', 'grid_y', 'grid_w', 'grid_h', 'revision', 'updated_at']
          = to_jsonb(new) - array['grid_x', 'grid_y', 'grid_w', 'grid_h', 'revision', 'updated_at'] then 'moved'
        else ${CHANGE} end,
      'plugin', coalesce(new.plugin, old.plugin), 'widget', coalesce(new.id, old.id),
      'dashboard', coalesce(new.dashboard_id, old.dashboard_id),
      'client', (select client_id from dashboard where id = coalesce(new.dashboard_id, old.dashboard_id))));`,
  ],
  [
    'dashboard',
    `${EVERY} on dashboard for each row`,
    `if tg_op = 'UPDATE' and old.client_id is distinct from new.client_id then
      perform live_tell(jsonb_build_object('type', 'dashboard', 'change', 'deleted', 'dashboard', old.id,
        'client', old.client_id));
    end if;
    perform live_tell(jsonb_build_object('type', 'dashboard', 'change', ${CHANGE},
      'dashboard', coalesce(new.id, old.id), 'client', case tg_op when 'DELETE' then old.client_id else new.client_id end));`,
  ],
  [
    'client',
    `${EVERY} on client for each row`,
    `perform live_tell(jsonb_build_object('type', 'client', 'change', ${CHANGE}, 'client', coalesce(new.id, old.id)));`,
  ],
  // What whoever is connected may hear of, or that they may hear nothing any more.
  [
    'session',
    'delete on session for each row',
    `perform live_tell(jsonb_build_object('type', 'access', 'principal', old.user_id));`,
  ],
  [
    'app_user',
    'update of role, enabled, all_clients on app_user for each row',
    `perform live_tell(jsonb_build_object('type', 'access', 'principal', new.id));`,
  ],
  [
    'app_user_client',
    'insert or delete on app_user_client for each row',
    `perform live_tell(jsonb_build_object('type', 'access', 'principal', coalesce(new.user_id, old.user_id)));`,
  ],
  [
    'api_token',
    'update of revoked_at, expires_at on api_token for each row',
    `perform live_tell(jsonb_build_object('type', 'access', 'principal', new.id));`,
  ],
  [
    'embed_token',
    'delete on embed_token for each row',
    `perform live_tell(jsonb_build_object('type', 'access', 'principal', old.id));`,
  ],
];
