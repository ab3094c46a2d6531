// The old tables here: where the rows of another database come to, so that the old API answers them, and what links them to what they
// have become.
import { sql } from 'kysely';
import type { Queryable } from '../../store/index.ts';
import type { LegacyTable } from '../rows.ts';
import { jsonOf, type Row } from './cells.ts';
import type { Step, Target } from './planning.ts';
import { plainJson } from './quarantine.ts';

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

export function oldTableOf(step: Step): { readonly table: LegacyTable; readonly id: number } | undefined {
  const table = TABLES[step.found.table];
  const id = integerId(step.found.id);
  return table === undefined || id === undefined ? undefined : { table, id };
}

type LinkKind = 'plugin' | 'instance' | 'widget' | 'dashboard' | 'client';

/** A link for each kind of target; what is linked already stays linked by whoever has linked it. */
export async function writeLinks(trx: Queryable, step: Step): Promise<void> {
  const old = oldTableOf(step);
  if (old === undefined || step.targets.length === 0) return;
  const kinds = new Map(step.targets.toReversed().map((target) => [linkKindOf(target), target.id]));
  // The widgets of a dashboard are its own affair.
  if (kinds.has('dashboard')) kinds.delete('widget');
  const rows = [...kinds].map(([kind, target_id]) => ({
    ...{ legacy_table: old.table, legacy_id: old.id, kind, target_id, plugin: step.plugin },
    origin: 'import' as const,
  }));
  await trx
    .insertInto('legacy_link')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['legacy_table', 'legacy_id', 'kind'])
        .doUpdateSet((eb) => ({ target_id: eb.ref('excluded.target_id'), plugin: eb.ref('excluded.plugin') })),
    )
    .execute();
}

function linkKindOf({ kind }: Target): LinkKind {
  switch (kind) {
    case 'plugin':
    case 'defaults':
      return 'plugin';
    case 'parameters':
    case 'client':
      return 'client';
    case 'instance':
    case 'widget':
    case 'dashboard':
      return kind;
  }
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

/** The row without its secrets, under its own id. A row of that id that somebody has changed here since is not written over. */
export async function copyRow(trx: Queryable, step: Step): Promise<void> {
  const old = oldTableOf(step);
  const columns = old && COLUMNS[old.table];
  if (old === undefined || columns === undefined) return;
  const names = [...columns.map(([name]) => name), 'is_active'];
  const values = [
    ...columns.map(([name, type]) => cellOf(step.masked, name, type)),
    step.masked['is_active'] === undefined ? true : Boolean(step.masked['is_active']),
  ];
  await sql`
    insert into ${sql.table(old.table)} (id, ${sql.join(names.map((name) => sql.ref(name)))})
    values (${old.id}, ${sql.join(values)})
    on conflict (id) do update set ${sql.join(
      names.map((name) => sql`${sql.ref(name)} = excluded.${sql.ref(name)}`),
    )}, updated_at = now()`.execute(trx);
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
