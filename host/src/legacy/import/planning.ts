// What an import would do, row by row, against what is there. Nothing is written here: a dry run is the plan alone.
import type { PluginVersion } from '../../kernel/index.ts';
import type { FoundRow } from './found-tables.ts';
import type { LegacyMode } from '../rows.ts';
import type { Writes } from './writes.ts';

export const REASONS = [
  'system_unknown',
  'plugin_missing',
  'name_missing',
  'system_missing',
  'system_quarantined',
  'client_unknown',
  'value_unusable',
  'query_missing',
  'query_writes',
  'query_unknown',
  'widget_invalid',
  'source_without_plugin',
  'nothing_to_move',
  'secrets_left',
] as const;
/**
 * Why a row, or a part of it, is in the quarantine. secrets_left: the row has been moved, and has secrets for which there is no place;
 * so with value_unusable where a row has been moved, but for a value.
 */
export type Reason = (typeof REASONS)[number];

export interface Quarantined {
  readonly reason: Reason;
  /** For people. Without values of the row. */
  readonly detail: string;
}

/**
 * `name`: a system that was one of its instances when it had this address, and has been only a name over them since. `row`: the row of the
 * old tables here that it was copied into, under another id.
 */
export type TargetKind =
  | ('plugin' | 'name' | 'instance' | 'client' | 'parameters' | 'defaults' | 'widget' | 'dashboard')
  | 'row';

export interface Target {
  readonly kind: TargetKind;
  readonly id: string;
}

export type Outcome = 'made' | 'updated' | 'unchanged' | 'quarantined';

/** What becomes of one row. */
export interface Step {
  readonly found: FoundRow;
  readonly outcome: Outcome;
  readonly fingerprint: string;
  /** What an earlier import has made of it. */
  readonly known: Known | undefined;
  readonly plugin: string | null;
  /** The row without secrets. */
  readonly masked: FoundRow['row'];
  readonly targets: readonly Target[];
  /** What stands for it here. */
  readonly wanted: readonly Writes[];
  /** Empty when nothing changes. */
  readonly writes: readonly Writes[];
  /** The row, or what is left of it, goes into the quarantine with these secrets. */
  readonly quarantine: (Quarantined & { readonly secrets: ReadonlyMap<string, string> }) | undefined;
  /** Whether anything has to be written. */
  readonly rewrites: boolean;
}

/** What an earlier import has made of a row. */
export interface Known {
  /** Whether it came out of another database; undefined: nobody has imported it. */
  readonly isCopy?: boolean | null;
  readonly fingerprint: string;
  readonly targets: readonly Target[];
}

/** What is there before the import. */
export interface State {
  /** By table and id of the row. */
  readonly ledger: ReadonlyMap<string, Known>;
  /** Open secrets of the quarantine, in the same way. */
  readonly quarantine: ReadonlyMap<string, { readonly reason: string; readonly secrets: ReadonlyMap<string, string> }>;
  /** Secrets by instance and field. */
  readonly instances: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Fields whose secret a person keeps elsewhere. */
  readonly references: ReadonlyMap<string, ReadonlySet<string>>;
  readonly widgets: ReadonlySet<string>;
  readonly dashboards: ReadonlySet<string>;
  readonly clients: readonly { readonly id: string; readonly name: string }[];
  readonly users: readonly { readonly id: string; readonly login: string }[];
  /** Of plugins that have ever moved. */
  readonly modes: ReadonlyMap<string, LegacyMode>;
  readonly plugins: readonly PluginVersion[];
  /** Whether the rows are those of the host's own database. */
  readonly isOwn: boolean;
}

/** What a planner says of a row. */
export type Wish =
  | {
      readonly plugin?: string | null;
      readonly targets: readonly Target[];
      readonly writes: readonly Writes[];
      /** What can not be moved of it, though the row is. */
      readonly left?: Quarantined | undefined;
      /** Secrets of the row that have found a place, by value. */
      readonly placed?: ReadonlySet<string>;
      /** What the result depends on beside the row. */
      readonly on?: unknown;
    }
  | (Quarantined & { readonly plugin?: string | null });

/** Of what is known of a row. */
export const rowKey = ({ table, keptAs }: Pick<FoundRow, 'table' | 'keptAs'>): string => keyOf(table, keptAs);

export const keyOf = (table: string, id: string): string => `${table}/${id}`;
