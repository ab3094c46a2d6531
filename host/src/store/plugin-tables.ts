// Which plugins hosts are to have, and how far they are, as Kysely sees it.
import type { ColumnType, Generated } from 'kysely';

type Json<T> = ColumnType<T, string, string>;
type OptionalJson<T> = ColumnType<T | null, string | null | undefined, string | null>;

/** What was granted to a version when it became the wanted one. */
export interface PluginGrants {
  readonly hosts?: readonly string[];
  readonly memoryMb?: number;
  readonly isolation?: 'plugin' | 'client' | 'process';
}

/** Where a package came from, and what is known about who made it. */
export interface PluginSource {
  readonly kind: 'file' | 'registry' | 'url' | 'upload';
  /** As it was asked for. */
  readonly spec: string;
  readonly resolved?: string;
  /** `verified`: the registry has signed it, with a key of the registry. */
  readonly signatures: 'verified' | 'none' | 'unknown';
  /** What the package says that its author's conformance suite has found. */
  readonly grade?: 'bronze' | 'silver' | 'gold';
  /** What a build service says about where the package was built, when the registry has it and its signature is right. */
  readonly provenance?: { readonly url: string; readonly predicateType: string };
}

/** One row: grows with every change of what hosts are to have. */
export interface PluginHeadTable {
  readonly single: Generated<boolean>;
  readonly generation: number;
}

export interface PluginVersionTable {
  /** SHA-512 of the tarball, which tells a version from every other. */
  readonly integrity: string;
  readonly package: string;
  readonly name: string;
  readonly version: string;
  readonly tarball: Uint8Array;
  readonly source: Json<PluginSource>;
  readonly added_at: Generated<Date>;
}

export interface PluginTable {
  readonly name: string;
  readonly package: string;
  readonly state: 'active' | 'disabled' | 'removed';
  /** The version that hosts are to run. */
  readonly integrity: string;
  /** The one before it, which a rollback goes back to. */
  readonly previous: string | null;
  readonly grants: Json<PluginGrants>;
  readonly previous_grants: OptionalJson<PluginGrants>;
  /** The generation of its last change. */
  readonly generation: number;
  /** What plugins.json said when it was last followed; null: it has never named the plugin. */
  readonly seed: string | null;
  /** Why it is switched off. */
  readonly why: string | null;
  /** A release that did not become active, and why. */
  readonly refused: OptionalJson<{ readonly version: string; readonly reason: string; readonly at: string }>;
  /** Until then a rise in faults brings the previous version back. */
  readonly watch_until: Date | null;
  /** When what is left of a removed plugin goes. */
  readonly purge_at: Date | null;
  readonly changed_at: ColumnType<Date, Date | undefined, Date>;
}

export interface HostStateTable {
  readonly id: string;
  readonly version: string;
  /** The one it has reached. */
  readonly generation: number;
  /** Plugins that it could not bring to what is wanted. */
  readonly failures: ColumnType<
    readonly { readonly plugin: string; readonly reason: string }[],
    string | undefined,
    string
  >;
  readonly started_at: Generated<Date>;
  readonly heartbeat_at: ColumnType<Date, Date | undefined, Date>;
}

export interface PluginChangeTable {
  readonly id: string;
  readonly action: string;
  readonly plugin: string;
  readonly state: 'planned' | 'running' | 'done' | 'refused' | 'failed' | 'abandoned';
  readonly step: string | null;
  readonly plan: Json<Record<string, unknown>>;
  readonly hash: string;
  readonly report: OptionalJson<Record<string, unknown>>;
  readonly reason: string | null;
  /** The generation that it made. */
  readonly generation: number | null;
  readonly host: string | null;
  readonly actor: string | null;
  readonly made_at: Generated<Date>;
  readonly ended_at: Date | null;
}
