// What the old API knows of each of its tables.
import type { LegacyTable } from '../rows.ts';

export type Cell = 'text' | 'json' | 'integer' | 'boolean';

export interface OldTable {
  readonly table: LegacyTable;
  /** For people: `external system`. */
  readonly noun: string;
  /** What the audit and the scope of people call it. */
  readonly kind: string;
  /** Columns that may be sent. */
  readonly columns: Readonly<Record<string, Cell>>;
  /** Those that a new row must have. */
  readonly required: readonly string[];
}

export const SYSTEMS: OldTable = {
  table: 'external_systems',
  noun: 'external system',
  kind: 'external-system',
  columns: {
    system_name: 'text',
    display_name: 'text',
    system_type: 'text',
    description: 'text',
    base_url: 'text',
    auth_type: 'text',
    auth_config: 'json',
    api_endpoints: 'json',
    connection_config: 'json',
    default_mapping: 'json',
    is_active: 'boolean',
  },
  required: ['system_name'],
};

export const INSTANCES: OldTable = {
  table: 'external_system_instances',
  noun: 'external system instance',
  kind: 'external-instance',
  columns: {
    system_id: 'integer',
    instance_name: 'text',
    base_url: 'text',
    auth_type: 'text',
    auth_config: 'json',
    connection_config: 'json',
    is_active: 'boolean',
  },
  required: ['system_id', 'instance_name'],
};

export const TEMPLATES: OldTable = {
  table: 'external_widget_templates',
  noun: 'external widget template',
  kind: 'external-template',
  columns: {
    system_id: 'integer',
    instance_id: 'integer',
    name: 'text',
    description: 'text',
    widget_type: 'text',
    query: 'text',
    method: 'text',
    parameters: 'json',
    display_config: 'json',
    refresh_interval: 'integer',
    is_active: 'boolean',
  },
  required: ['system_id', 'name'],
};

export const MAPPINGS: OldTable = {
  table: 'external_mappings',
  noun: 'external mapping',
  kind: 'external-mapping',
  columns: {
    client_id: 'text',
    system_name: 'text',
    external_identifier: 'text',
    external_name: 'text',
    metadata: 'json',
    is_active: 'boolean',
  },
  required: ['client_id', 'system_name'],
};

/** `system_name` is `systemName` to clients that were written later. */
export function camelCase(column: string): string {
  return column.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
