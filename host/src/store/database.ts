// What the tables look like to Kysely. The migrations are the truth; this file says the same in types.
import type { ColumnType, Generated } from 'kysely';
import type {
  ApiTokenClientTable,
  ApiTokenTable,
  AppUserClientTable,
  AppUserTable,
  CsrfKeyTable,
  EmbedTokenClientTable,
  EmbedTokenTable,
  EmbedTokenWidgetTable,
  SessionTable,
  SetupLinkTable,
  SignInTryTable,
} from './access-tables.ts';
import type { AuditEntryTable, AuditHeadTable } from './audit-tables.ts';
import type { HealthChangeTable, InstanceHealthTable, RepairTable } from './health-tables.ts';
import type {
  ExternalMappingTable,
  ExternalSystemInstanceTable,
  ExternalSystemTable,
  ExternalWidgetTemplateTable,
  ClientParameterTemplateTable,
  LegacyCallerTable,
  LegacyDashboardTable,
  LegacyImportTable,
  LegacyLinkTable,
  LegacyModeTable,
  LegacyQuarantineTable,
  LegacySourceTable,
} from './legacy-tables.ts';
import type {
  HostStateTable,
  PluginChangeTable,
  PluginHeadTable,
  PluginTable,
  PluginVersionTable,
} from './plugin-tables.ts';
import type { DataKeyTable, InstanceSecretTable, KeyRotationTable } from './secret-tables.ts';
import type { DashboardTable, WidgetTable } from './widget-tables.ts';

export type * from './health-tables.ts';
export type * from './access-tables.ts';
export type * from './audit-tables.ts';
export type * from './legacy-tables.ts';
export type * from './plugin-tables.ts';
export type * from './secret-tables.ts';
export type * from './widget-tables.ts';

/** What is left out is as the plugin declares it. */
export interface InstanceLimits {
  readonly concurrency?: number;
  readonly rate?: { readonly requests: number; readonly perMs: number; readonly burst: number } | null;
}

export interface InstanceTable {
  readonly id: string;
  readonly plugin: string;
  readonly name: string;
  readonly client_id: string | null;
  readonly enabled: boolean;
  /** Config without its secret fields. Written as JSON text, which both drivers take as it is. */
  readonly config: ColumnType<Record<string, unknown>, string, string>;
  readonly config_version: number;
  /** How hard the vendor may be asked, where an admin has said it. */
  readonly limits: ColumnType<InstanceLimits | null, string | null, string | null>;
  /** Raised by every change. */
  readonly revision: number;
  readonly created_at: ColumnType<Date, Date, never>;
  readonly updated_at: Date;
}

export interface ClientTable {
  readonly id: string;
  readonly name: string;
  /** IANA name: in whose days the client's contracts end. */
  readonly time_zone: string;
  /** Raised by every change of the client or its parameters. */
  readonly revision: number;
  readonly created_at: ColumnType<Date, Date, never>;
  readonly updated_at: Date;
}

export interface ClientParameterTable {
  readonly client_id: string;
  readonly name: string;
  /** Written as JSON text, like an instance's config. */
  readonly value: ColumnType<string | number | boolean, string, string>;
}

/** A day without a time. Drivers read it as an instant, each in its own zone: select it with `to_char`. */
type Day = ColumnType<unknown, string, string>;

export interface ContractTable {
  readonly id: string;
  readonly client_id: string;
  readonly name: string;
  readonly starts_on: ColumnType<unknown, string | null, string | null>;
  readonly ends_on: Day;
  /** Since when this end is known: what had passed before it is not caught up. */
  readonly ends_on_since: Date;
  readonly reference: string | null;
  readonly revision: number;
  readonly created_at: ColumnType<Date, Date, never>;
  readonly updated_at: Date;
}

/** Which table a stream has. Written when the table is made: another table of that name is somebody else's. */
export interface StreamTableTable {
  readonly plugin: string;
  readonly stream: string;
  readonly schema_name: string;
  readonly table_name: string;
}

/** Deliveries to routes that were accepted, so that none is accepted twice. */
export interface RouteDeliveryTable {
  readonly instance_id: string;
  readonly route: string;
  /** SHA-256 of what was delivered. */
  readonly digest: Uint8Array;
  readonly received_at: Date;
  /** From then on the same delivery is a new one. */
  readonly expires_at: Date;
}

export interface SyncScheduleTable {
  readonly instance_id: string;
  readonly stream: string;
  readonly kind: 'read' | 'census';
  readonly plugin: string;
  readonly enabled: boolean;
  /** One of the two is null. */
  readonly every_ms: number | null;
  readonly cron: string | null;
  readonly next_due_at: Date;
  /** Why it waits for a person. */
  readonly paused: ColumnType<{ readonly code: string; readonly reason: string } | null, string | null, string | null>;
  /** Grows with every claim; a run writes only while it is its own. */
  readonly epoch: number;
  /** The run that has it, until `lease_until`. */
  readonly run_id: string | null;
  readonly lease_until: Date | null;
  /** Times it was due while the run before was still going on. */
  readonly skipped: number;
  /** Failures in a row. */
  readonly failures: number;
  readonly cursor: ColumnType<unknown, string | null, string | null>;
}

export interface SyncCursorTable {
  readonly id: ColumnType<string | number, never, never>;
  readonly instance_id: string;
  readonly stream: string;
  readonly cursor: ColumnType<unknown, string | null, string | null>;
  readonly act: 'run' | 'rewind' | 'resync';
  readonly run_id: string | null;
  /** Id of the token of whoever did it; null for a run. */
  readonly actor: string | null;
  readonly at: ColumnType<Date, never, never>;
}

export interface RunTable {
  readonly id: string;
  readonly plugin: string;
  readonly instance_id: string;
  readonly stream: string;
  readonly kind: 'read' | 'census';
  readonly trigger: 'schedule' | 'manual';
  readonly state: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'skipped' | 'abandoned';
  /** Somebody asked for its end. */
  readonly cancel: ColumnType<boolean, boolean | undefined, boolean>;
  readonly host: string | null;
  readonly version: string | null;
  readonly epoch: number | null;
  readonly queued_at: ColumnType<Date, never, never>;
  /** When it was last handed to the queue. */
  readonly sent_at: ColumnType<Date, never, Date>;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
  readonly counts: ColumnType<Record<string, unknown>, string | undefined, string>;
  readonly error: ColumnType<Record<string, unknown> | null, string | null, string | null>;
}

/** The ledger of contract reminders: one row for each contract, end and threshold, ever. */
export interface ReminderTable {
  readonly id: Generated<number>;
  readonly contract_id: string;
  readonly ends_on: Day;
  readonly days_before: number;
  /** What the vendor is searched for before anything is created there. */
  readonly key: string;
  readonly state: 'pending' | 'claimed' | 'done' | 'failed' | 'skipped';
  /** The instance that was asked last. */
  readonly instance_id: string | null;
  /** The host that is at work on it, and until when it may be. */
  readonly claimed_by: string | null;
  readonly claimed_until: Date | null;
  readonly attempts: number;
  readonly next_try_at: Date | null;
  /** What was made: an issue key. */
  readonly reference: string | null;
  readonly url: string | null;
  /** Why it is not done. */
  readonly code: string | null;
  readonly detail: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export interface Database {
  readonly plugin: PluginTable;
  readonly plugin_version: PluginVersionTable;
  readonly plugin_head: PluginHeadTable;
  readonly plugin_change: PluginChangeTable;
  readonly host_state: HostStateTable;
  readonly instance: InstanceTable;
  readonly instance_secret: InstanceSecretTable;
  readonly data_key: DataKeyTable;
  readonly key_rotation: KeyRotationTable;
  readonly api_token: ApiTokenTable;
  readonly api_token_client: ApiTokenClientTable;
  readonly app_user: AppUserTable;
  readonly app_user_client: AppUserClientTable;
  readonly session: SessionTable;
  readonly sign_in_try: SignInTryTable;
  readonly setup_link: SetupLinkTable;
  readonly csrf_key: CsrfKeyTable;
  readonly embed_token: EmbedTokenTable;
  readonly embed_token_client: EmbedTokenClientTable;
  readonly embed_token_widget: EmbedTokenWidgetTable;
  readonly client: ClientTable;
  readonly client_parameter: ClientParameterTable;
  readonly contract: ContractTable;
  readonly reminder: ReminderTable;
  readonly dashboard: DashboardTable;
  readonly widget: WidgetTable;
  readonly stream_table: StreamTableTable;
  readonly route_delivery: RouteDeliveryTable;
  readonly sync_schedule: SyncScheduleTable;
  readonly sync_cursor: SyncCursorTable;
  readonly run: RunTable;
  readonly instance_health: InstanceHealthTable;
  readonly health_change: HealthChangeTable;
  readonly repair: RepairTable;
  readonly audit_entry: AuditEntryTable;
  readonly audit_head: AuditHeadTable;
  readonly external_systems: ExternalSystemTable;
  readonly external_system_instances: ExternalSystemInstanceTable;
  readonly external_widget_templates: ExternalWidgetTemplateTable;
  readonly external_mappings: ExternalMappingTable;
  readonly legacy_mode: LegacyModeTable;
  readonly legacy_link: LegacyLinkTable;
  readonly legacy_quarantine: LegacyQuarantineTable;
  readonly legacy_caller: LegacyCallerTable;
  readonly legacy_import: LegacyImportTable;
  readonly legacy_source: LegacySourceTable;
  readonly legacy_dashboard: LegacyDashboardTable;
  readonly client_parameter_template: ClientParameterTemplateTable;
}
