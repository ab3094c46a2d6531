// The second wall between clients, in the database itself: a role that sees the rows of the clients that it is told, and no others,
// whatever a statement asks for. The host's own user owns the tables and passes it: FORCE ROW LEVEL SECURITY would forbid it COPY.
import { createHash } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { Queryable } from './index.ts';

/** Settings of a transaction: whose rows it shows, as an array of PostgreSQL. */
export const CLIENTS_SETTING = 'jackfield.clients';

/** Since PostgreSQL 16 whoever makes a role is a member of it, and yet may not take it on. */
const MAY_TAKE_ON = sql`case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end`;

/** Name of the policy on each table, by which a wall is known that stands already. */
const POLICY = 'jackfield_reader';
/** Everybody else, such as the user of a BI tool, sees what was granted to them, as if there were no wall. */
const OTHERS = 'jackfield_others';

/** Any number that nobody else in this database uses for advisory locks. */
const LOCK = 0x6a66_7277;

// As sub-selects they are computed once for a statement, and not for each row.
const OF_CLIENT = (column: string): string =>
  `${column} = any ((select nullif(current_setting('${CLIENTS_SETTING}', true), '')::text[])::text[])`;
const OF_INSTANCE = 'instance_id in (select id from instance)';

/** A row of an old table is whose the instance is that it has become. */
const OF_LINKED = (column: string, table: string): string =>
  `${column} in (select legacy_id from legacy_link where legacy_table = '${table}' and kind = 'instance')`;

/** Every table that is read for whoever is limited to clients, and which rows are theirs: of a table in here by its policy. */
const GUARDED: Readonly<Record<string, string>> = {
  client: OF_CLIENT('id'),
  client_parameter: OF_CLIENT('client_id'),
  contract: OF_CLIENT('client_id'),
  reminder: 'contract_id in (select id from contract)',
  instance: OF_CLIENT('client_id'),
  instance_secret: OF_INSTANCE,
  data_key: OF_CLIENT('client_id'),
  instance_health: OF_INSTANCE,
  health_change: OF_INSTANCE,
  repair: OF_INSTANCE,
  sync_schedule: OF_INSTANCE,
  sync_cursor: OF_INSTANCE,
  run: OF_INSTANCE,
  dashboard: OF_CLIENT('client_id'),
  widget: 'dashboard_id in (select id from dashboard)',
  legacy_dashboard: 'dashboard_id in (select id from dashboard)',
  audit_entry: OF_INSTANCE,
  legacy_link: `(kind = 'instance' and target_id in (select id from instance))
    or (kind = 'client' and target_id in (select id from client))`,
  external_systems: OF_LINKED('id', 'external_systems'),
  external_system_instances: OF_LINKED('id', 'external_system_instances'),
  external_widget_templates: OF_LINKED('instance_id', 'external_system_instances'),
  external_mappings: `client_id::text in (select id from client union all
    select legacy_id::text from legacy_link where legacy_table = 'clients' and kind = 'client')`,
};

export interface GuardedTable {
  readonly schema: string;
  readonly table: string;
}

/**
 * Puts up what is missing of the wall and returns the reader's role. One statement when nothing is; any number of hosts may call it.
 * @throws what PostgreSQL says when the host's user may not, see {@link remedy}.
 */
export async function raiseWall(db: Queryable): Promise<string> {
  const standing = await standingWall(db);
  if (standing !== undefined) return standing;
  return db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${LOCK}::int, 0)`.execute(trx);
    // Another host may have been here while this one waited.
    const raised = await standingWall(trx);
    if (raised !== undefined) return raised;
    const role = await makeRole(trx);
    const { rows } = await sql<GuardedTable>`
      select current_schema() as schema, name as table from unnest(${Object.keys(GUARDED)}::text[]) name
      union all select schema_name, table_name from stream_table
        where to_regclass(format('%I.%I', schema_name, table_name)) is not null`.execute(trx);
    for (const table of rows) await guardTable(trx, role, table, GUARDED[table.table]);
    return role;
  });
}

/** What a database user who may not make roles has to be given. */
export async function remedy(db: Queryable): Promise<string> {
  const role = await roleName(db);
  const { rows } = await sql<{ text: string }>`
    select format('create role %1$I nologin; grant %1$I to %2$I;', ${role}::text, current_user) as text`.execute(db);
  return rows.map(({ text }) => text).join('');
}

/** `holds`: which rows are whose; left out where rows have an `instance_id`. */
export async function guardTable(
  trx: Queryable,
  role: string,
  { schema, table }: GuardedTable,
  holds: string = OF_INSTANCE,
): Promise<void> {
  const [name, reader] = [sql.id(schema, table), sql.id(role)];
  const { rows } = await sql`select where has_schema_privilege(${role}, ${schema}, 'usage')`.execute(trx);
  // As a rule everybody has it in `public`, which need not be the host's to give.
  if (rows.length === 0) await sql`grant usage on schema ${sql.id(schema)} to ${reader}`.execute(trx);
  await sql`grant select on ${name} to ${reader}`.execute(trx);
  await sql`alter table ${name} enable row level security`.execute(trx);
  for (const policy of [POLICY, OTHERS]) await sql`drop policy if exists ${sql.id(policy)} on ${name}`.execute(trx);
  await sql`create policy ${sql.id(POLICY)} on ${name} for select to ${reader} using (${sql.raw(holds)})`.execute(trx);
  await sql`create policy ${sql.id(OTHERS)} on ${name} using ((select current_user) <> ${sql.lit(role)})`.execute(trx);
}

/** From now on, in this transaction, what these clients have and nothing else. */
export function seeOnly(role: string, clients: ReadonlySet<string>): RawBuilder<unknown> {
  return sql`select set_config('role', ${role}, true), set_config(${CLIENTS_SETTING}, ${[...clients]}::text[]::text, true)`;
}

/** The reader's role where every table is behind the wall already; undefined where one is not. */
async function standingWall(db: Queryable): Promise<string | undefined> {
  const { rows } = await sql<{ role: string | null; guarded: number; streams: boolean }>`
    with wall as (
      select p.polrelid, r.rolname from pg_policy p join pg_roles r on r.oid = any (p.polroles)
      where p.polname = ${POLICY} and pg_has_role(current_user, r.oid, ${MAY_TAKE_ON})
    )
    select min(rolname) as role,
      (count(*) filter (where polrelid = any (
        array(select to_regclass(format('%I.%I', current_schema(), name)) from unnest(${Object.keys(GUARDED)}::text[]) name)
      )))::int as guarded,
      not exists (
        select from stream_table s
        where to_regclass(format('%I.%I', schema_name, table_name)) is not null
          and to_regclass(format('%I.%I', schema_name, table_name)) not in (select polrelid from wall)
      ) as streams
    from wall having count(distinct rolname) = 1`.execute(db);
  const [found] = rows;
  const isWhole = found?.streams === true && found.guarded === Object.keys(GUARDED).length;
  return isWhole ? (found.role ?? undefined) : undefined;
}

async function makeRole(trx: Queryable): Promise<string> {
  const role = await roleName(trx);
  const { rows } = await sql`select from pg_roles where rolname = ${role}`.execute(trx);
  if (rows.length === 0) await sql`create role ${sql.id(role)} nologin`.execute(trx);
  const may = await sql`select where pg_has_role(current_user, ${role}, ${MAY_TAKE_ON})`.execute(trx);
  if (may.rows.length === 0) await sql`grant ${sql.id(role)} to current_user`.execute(trx);
  return role;
}

/**
 * Roles are the whole server's: with one name for all, who may read as the reader of one database could do so in the others.
 */
async function roleName(db: Queryable): Promise<string> {
  const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(db);
  const digest = createHash('sha256')
    .update(rows[0]?.name ?? '')
    .digest('hex');
  return `${POLICY}_${digest.slice(0, 12)}`;
}
