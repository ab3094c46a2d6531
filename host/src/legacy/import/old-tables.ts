// The old tables here: where the rows of another database come to, so that the old API answers them.
import { sql } from 'kysely';
import type { Queryable } from '../../store/index.ts';
import type { LegacyTable } from '../rows.ts';
import { booleanOf, isRecord, jsonOf, recordOf, type Row } from './cells.ts';
import type { Step } from './planning.ts';
import { plainJson } from './quarantine.ts';
import type { OldPlace } from './write-links.ts';

const TABLES: Readonly<Record<string, LegacyTable>> = {
  external_systems: 'external_systems',
  externalSystems: 'external_systems',
  external_system_instances: 'external_system_instances',
  externalSystemInstances: 'external_system_instances',
  external_widget_templates: 'external_widget_templates',
  externalWidgetTemplates: 'external_widget_templates',
  external_mappings: 'external_mappings',
  externalMappings: 'external_mappings',
  client_external_mappings: 'external_mappings',
  clientExternalMappings: 'external_mappings',
  user_dashboards: 'dashboards',
  userDashboards: 'dashboards',
  dashboards: 'dashboards',
  clients: 'clients',
};

/** An id that the old API can have in a path. */
export function integerId(id: string): number | undefined {
  return /^[1-9]\d{0,9}$/.test(id) && Number(id) <= 2_147_483_647 ? Number(id) : undefined;
}

/** Columns of the tables here, and how they are written. */
const COLUMNS: Readonly<
  Record<string, readonly (readonly [name: string, type: 'text' | 'json' | 'integer' | 'boolean'])[]>
> = {
  external_systems: [
    ...['system_name', 'display_name', 'system_type', 'description', 'base_url', 'auth_type'].map(asText),
    ...['auth_config', 'api_endpoints', 'connection_config', 'default_mapping'].map(asJson),
  ],
  external_system_instances: [
    ['system_id', 'integer'],
    ...['instance_name', 'base_url', 'auth_type'].map(asText),
    ...['auth_config', 'connection_config'].map(asJson),
  ],
  external_widget_templates: [
    ['system_id', 'integer'],
    ['instance_id', 'integer'],
    ...['name', 'description', 'widget_type', 'query', 'method'].map(asText),
    ...['parameters', 'display_config'].map(asJson),
    ['refresh_interval', 'integer'],
  ],
  external_mappings: [
    ...['client_id', 'system_name', 'external_identifier', 'external_name'].map(asText),
    asJson('metadata'),
  ],
};

function asText(name: string): readonly [string, 'text'] {
  return [name, 'text'];
}

function asJson(name: string): readonly [string, 'json'] {
  return [name, 'json'];
}

/**
 * Which row here a row is; undefined: none. `copies`: it comes from another database. There a table may have two names with rows of their own
 * in each, and rows may have no id that the old API could use: those get one here.
 */
export async function placeHere(
  trx: Queryable,
  { found, known, targets }: Step,
  copies: boolean,
): Promise<OldPlace | undefined> {
  const table = TABLES[found.table];
  if (table === undefined) return undefined;
  const own = integerId(found.id);
  const natural: OldPlace | undefined = own === undefined ? undefined : { table, id: own };
  const isNamed = found.table === table || !NUMBERED_HERE.has(table);
  if (COLUMNS[table] === undefined || (natural !== undefined && isNamed)) return natural;
  if (!copies) return undefined;
  const before = known?.targets.find(({ kind }) => kind === 'row')?.id;
  if (before !== undefined) return { table, id: Number(before) };
  const widget = targets.find(({ kind }) => kind === 'widget')?.id;
  // The same template under the other name.
  if (widget !== undefined && (await isLinked(trx, table, widget))) return undefined;
  const isFree = natural !== undefined && !(await isTaken(trx, natural));
  return isFree ? natural : { table, id: await nextId(trx, table) };
}

/** Nothing refers to the rows of these by their ids. */
const NUMBERED_HERE: ReadonlySet<LegacyTable> = new Set(['external_widget_templates', 'external_mappings']);

async function isLinked(trx: Queryable, table: LegacyTable, widget: string): Promise<boolean> {
  const link = trx.selectFrom('legacy_link').select('legacy_id').where('legacy_table', '=', table);
  return (await link.where('kind', '=', 'widget').where('target_id', '=', widget).executeTakeFirst()) !== undefined;
}

async function isTaken(trx: Queryable, { table, id }: OldPlace): Promise<boolean> {
  const { rows } = await sql`select 1 from ${sql.table(table)} where id = ${id}`.execute(trx);
  return rows.length > 0;
}

async function nextId(trx: Queryable, table: LegacyTable): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    select coalesce(max(id), 0) + 1 as id from ${sql.table(table)}`.execute(trx);
  return rows[0]?.id ?? 1;
}

/** The row without its secrets. What is there of it is written over: the row has changed where it comes from. */
export async function copyRow(trx: Queryable, step: Step, old: OldPlace): Promise<void> {
  const columns = COLUMNS[old.table];
  if (columns === undefined) return;
  const { masked } = step;
  const row = old.table === 'external_system_instances' ? withClient(masked) : masked;
  const names = [...columns.map(([name]) => name), 'is_active'];
  const values = [
    ...columns.map(([name, type]) => cellOf(row, name, type)),
    // What cannot be told was switched off.
    booleanOf(row['is_active'] ?? true) === true,
  ];
  await sql`
    insert into ${sql.table(old.table)} (id, ${sql.join(names.map((name) => sql.ref(name)))})
    values (${old.id}, ${sql.join(values)})
    on conflict (id) do update set ${sql.join(
      names.map((name) => sql`${sql.ref(name)} = excluded.${sql.ref(name)}`),
    )}, updated_at = now()`.execute(trx);
}

/** Whose it was had a column of its own there, and has none here. */
function withClient(row: Row): Row {
  const client = row['client_id'] ?? null;
  const settings = row['connection_config'] ?? null;
  const { clientId, client_id: snake, ...others } = recordOf(settings);
  if (client === null || (settings !== null && !isRecord(settings)) || (clientId ?? snake) !== undefined) return row;
  return { ...row, connection_config: { ...others, clientId: client } };
}

function cellOf(row: Row, name: string, type: 'text' | 'json' | 'integer' | 'boolean') {
  const value = row[name] ?? null;
  if (value === null) return sql`null`;
  switch (type) {
    case 'json': {
      const json = jsonOf(value);
      return sql`${plainJson(json.kind === 'value' ? json.value : value)}::text::jsonb`;
    }
    case 'integer': {
      const number = Number(value);
      return Number.isInteger(number) && Math.abs(number) <= 2_147_483_647 ? sql`${number}::integer` : sql`null`;
    }
    case 'text':
      return sql`${(typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('\0', '')}::text`;
    case 'boolean':
      return sql`${Boolean(value)}::boolean`;
  }
}

/** New rows of the old API get ids after the ones that were copied. */
export async function moveSequences(trx: Queryable): Promise<void> {
  for (const table of Object.keys(COLUMNS)) {
    await sql`
      select setval(pg_get_serial_sequence(${table}, 'id'), greatest((select coalesce(max(id), 0) from ${sql.table(table)}), 1))
      where pg_get_serial_sequence(${table}, 'id') is not null`.execute(trx);
  }
}
