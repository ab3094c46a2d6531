import type { ColumnType, Generated } from 'kysely';

/** Found as text, json or jsonb; written as JSON text. */
type OldJson = ColumnType<unknown, string | null | undefined, string | null>;
type OldText = ColumnType<string | null, string | null | undefined, string | null>;

interface OldTable {
  readonly id: Generated<number>;
  readonly is_active: ColumnType<boolean | null, boolean | null | undefined, boolean | null>;
  /** Whom the old program named; never written here, the audit knows. */
  readonly created_by: ColumnType<string | number | null, never, never>;
  readonly created_at: ColumnType<Date | null, Date | undefined, never>;
  readonly updated_at: ColumnType<Date | null, Date | undefined, Date>;
}

export interface ExternalSystemTable extends OldTable {
  readonly system_name: OldText;
  readonly display_name: OldText;
  readonly system_type: OldText;
  readonly description: OldText;
  readonly base_url: OldText;
  readonly auth_type: OldText;
  /** With secrets in plain text, where the old program wrote it. */
  readonly auth_config: OldJson;
  readonly api_endpoints: OldJson;
  readonly connection_config: OldJson;
  readonly default_mapping: OldJson;
}

export interface ExternalSystemInstanceTable extends OldTable {
  readonly system_id: ColumnType<number | null, number | null | undefined, number | null>;
  readonly instance_name: OldText;
  readonly base_url: OldText;
  readonly auth_type: OldText;
  /** With secrets in plain text, where the old program wrote it. */
  readonly auth_config: OldJson;
  readonly connection_config: OldJson;
}

export interface ExternalWidgetTemplateTable extends OldTable {
  readonly system_id: ColumnType<number | null, number | null | undefined, number | null>;
  readonly instance_id: ColumnType<number | null, number | null | undefined, number | null>;
  readonly name: OldText;
  readonly description: OldText;
  readonly widget_type: OldText;
  /** A path, JQL, or the id of a query. */
  readonly query: OldText;
  readonly method: OldText;
  readonly parameters: OldJson;
  readonly display_config: OldJson;
  /** In seconds. */
  readonly refresh_interval: ColumnType<number | null, number | null | undefined, number | null>;
}

/** What a client is called in a system. */
export interface ExternalMappingTable extends OldTable {
  readonly client_id: OldText;
  readonly system_name: OldText;
  readonly external_identifier: OldText;
  readonly external_name: OldText;
  readonly metadata: OldJson;
}

/** How far the move of a plugin is. Without a row: `legacy`. */
export interface LegacyModeTable {
  readonly plugin: string;
  readonly mode: 'legacy' | 'dual-legacy' | 'dual-plugin' | 'plugin';
  /** Since when both shapes are written. */
  readonly dual_since: Date | null;
  /** When the old API will be gone, as it says itself. */
  readonly sunset_at: Date | null;
  readonly changed_at: ColumnType<Date, Date | undefined, Date>;
}

/** What a row of an old table has become. */
export interface LegacyLinkTable {
  readonly legacy_table:
    | 'external_systems'
    | 'external_system_instances'
    | 'external_widget_templates'
    | 'external_mappings'
    | 'dashboards'
    | 'clients';
  readonly legacy_id: number;
  /** `plugin`: of a system, whose own instance, where it has one, is a link of its own; `name`: of one that is only a name over others. */
  readonly kind: 'plugin' | 'name' | 'instance' | 'widget' | 'dashboard' | 'client';
  /** Id, or name, of what it has become; of a `name` the address that it was one of its instances at. */
  readonly target_id: string;
  /** Whose mode it moves with; null where that is none's. */
  readonly plugin: string | null;
  /** Which side was there first. */
  readonly origin: 'import' | 'legacy' | 'plugin';
  readonly created_at: ColumnType<Date, never, never>;
}

/** Rows that could not be moved, with why. */
export interface LegacyQuarantineTable {
  readonly id: Generated<number>;
  readonly legacy_table: string;
  readonly legacy_id: string;
  readonly plugin: string | null;
  /** A code. */
  readonly reason: string;
  readonly detail: string;
  /** Without secrets. */
  readonly row: ColumnType<Record<string, unknown>, string, string>;
  /** Sealed, by JSON pointer; the key that opens them. */
  readonly secrets: string | null;
  readonly key_id: string | null;
  readonly created_at: ColumnType<Date, never, never>;
  readonly updated_at: ColumnType<Date, Date | undefined, Date>;
}

/** Who still calls the old API. */
export interface LegacyCallerTable {
  /** `GET /api/external-systems/:id` */
  readonly route: string;
  readonly caller_kind: string;
  /** Of a token or a user. */
  readonly caller_id: string;
  /** A bigint, which PostgreSQL's driver gives as text. */
  readonly calls: ColumnType<string | number, number, number>;
  readonly first_at: ColumnType<Date, Date | undefined, never>;
  readonly last_at: ColumnType<Date, Date | undefined, Date>;
}

/** What an import has made of a row, and how the row was then. */
export interface LegacyImportTable {
  readonly legacy_table: string;
  readonly legacy_id: string;
  /** Of the row without its secrets, and of what it depends on. */
  readonly fingerprint: string;
  /** Empty while the row is in the quarantine. */
  readonly targets: ColumnType<readonly { readonly kind: string; readonly id: string }[], string, string>;
  /** Whether it came out of another database; null: nobody knows. */
  readonly is_copy: ColumnType<boolean | null, boolean, never>;
  readonly imported_at: ColumnType<Date, never, Date>;
}

/** The other database that the old world was imported from: one row at most. */
export interface LegacySourceTable {
  readonly id: boolean;
  /** Of the PostgreSQL and the database in it; null: the user who read it may not know. */
  readonly cluster: string | null;
  /** `host:port/database` */
  readonly address: string;
  readonly imported_at: ColumnType<Date, never, never>;
}

/** What an imported dashboard was before. */
export interface LegacyDashboardTable {
  readonly dashboard_id: string;
  /** The user here that it belongs to; of somebody who is not here the user or token that imported it. */
  readonly owner_id: string | null;
  readonly old_owner: string | null;
  /** Whoever imported it has it in their place, until a person says whose it is. */
  readonly owner_is_missing: boolean;
  /** With the ids of systems rewritten, and without secrets. */
  readonly document: ColumnType<unknown, string, string>;
  /** Ids of systems in it that are not here. */
  readonly flags: ColumnType<readonly { readonly pointer: string; readonly id: string }[], string, string>;
}

/** Parameters of all clients that do not say it themselves. */
export interface ClientParameterTemplateTable {
  readonly plugin: string;
  readonly name: string;
  readonly value: ColumnType<string | number | boolean, string, string>;
}
