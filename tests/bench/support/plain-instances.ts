// Instances without secrets, put into the tables by one statement: a host that is up makes no schedule for them, and checks none.
import pg from 'pg';

export async function insertInstances(
  databaseUrl: string,
  instances: readonly { readonly id: string; readonly plugin: string; readonly config: object }[],
): Promise<void> {
  const db = new pg.Client({ connectionString: databaseUrl, application_name: 'bench' });
  await db.connect();
  await db.query(
    `insert into instance (id, plugin, name, enabled, config, config_version, revision, created_at, updated_at)
     select i->>'id', i->>'plugin', i->>'id', true, i->'config', 1, 1, now(), now()
     from jsonb_array_elements($1::jsonb) i`,
    [JSON.stringify(instances)],
  );
  await db.query(
    `insert into instance_health (instance_id, next_check_at) select id, now() + interval '1 day' from instance
     on conflict (instance_id) do update set next_check_at = excluded.next_check_at`,
  );
  await db.end();
}
