// The old tables here, whatever the same was called where a row was found.
import type { LegacyTable } from '../rows.ts';
import type { FoundRow } from './found-tables.ts';
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

/** The old table here that holds what this one does; undefined: none does. */
export function tableHere(name: string): LegacyTable | undefined {
  return Object.hasOwn(TABLES, name) ? TABLES[name] : undefined;
}

/** An id that the old API can have in a path. */
export function integerId(id: string): number | undefined {
  return /^[1-9]\d{0,9}$/.test(id) && Number(id) <= 2_147_483_647 ? Number(id) : undefined;
}

/** The row here that has the id which the row had; undefined: none is meant to. */
export function sameIdHere({ table: name, id: said }: Pick<FoundRow, 'table' | 'id'>): OldPlace | undefined {
  const [table, id] = [tableHere(name), integerId(said)];
  if (table === undefined || id === undefined) return undefined;
  // There a table may have two names with rows of their own in each.
  return name === table || !NUMBERED_HERE.has(table) ? { table, id } : undefined;
}

/** Nothing refers to the rows of these by their ids. */
const NUMBERED_HERE: ReadonlySet<LegacyTable> = new Set(['external_widget_templates', 'external_mappings']);

export type CellType = 'text' | 'json' | 'integer';

/** Columns of the tables that rows are copied into, and how they are written. */
export const COLUMNS: Readonly<Record<string, readonly (readonly [name: string, type: CellType])[]>> = {
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
