// A change of the plugins as people see it: what it would do before they confirm it, how far it is, and what came of it.
import type { Selectable } from 'kysely';
import type { ConfigChange, Outcome } from '../instances/index.ts';
import type { PluginChangeTable, PluginGrants, PluginSource } from '../store/index.ts';

export const ACTIONS = ['add', 'upgrade', 'rollback', 'enable', 'disable', 'remove', 'restore'] as const;
export type Action = (typeof ACTIONS)[number];

export interface VersionRef {
  readonly version: string;
  readonly integrity: string;
}

/** One thing that a version may do. */
export interface Permission {
  readonly id: string;
  readonly text: string;
}

export interface Dependents {
  readonly instances: number;
  readonly enabledInstances: number;
  readonly widgets: number;
  /** Streams that are read, and looked through for what is gone. */
  readonly schedules: number;
  /** Synced rows; counted up to 100,000 for each stream. */
  readonly rows: number;
}

/** What people confirm. */
export interface Plan {
  readonly action: Action | 'withdraw';
  readonly plugin: string;
  readonly package: string;
  readonly displayName: string;
  readonly from: VersionRef | null;
  readonly to: VersionRef | null;
  readonly source: PluginSource | null;
  /** What a confirmation grants. */
  readonly grants: PluginGrants;
  /** Of the version that it leads to. */
  readonly permissions: readonly Permission[];
  /** What the versions do not have in common. */
  readonly added: readonly Permission[];
  readonly removed: readonly Permission[];
  readonly dependents: Dependents;
  readonly configVersion: { readonly from: number | null; readonly to: number } | null;
  /** How long what it removes can be brought back, in milliseconds. */
  readonly retentionMs: number | null;
  /** Of the plugin: when somebody else changes it first, this plan is not carried out. */
  readonly generation: number;
}

export interface InstanceReport {
  readonly instanceId: string;
  readonly name: string;
  readonly enabled: boolean;
  /** What becomes of its config. */
  readonly config: Outcome;
  readonly changes: readonly ConfigChange[];
  readonly check: 'passed' | 'failed' | 'failed_before' | 'not_run';
  readonly reason?: string;
}

export type ChangeState = PluginChangeTable['state'];

export interface PluginChange extends Plan {
  readonly id: string;
  /** `planned`: nothing has happened. `refused`: it would have broken something. `failed`: it could not be done. `abandoned`: its host stopped. */
  readonly state: ChangeState;
  /** Where it is, while it is under way: verify, load, migrate, check, flip. Or where it has ended. */
  readonly step: string | null;
  /** What a confirmation has to name. */
  readonly hash: string;
  readonly instances: readonly InstanceReport[];
  readonly reason: string | null;
  readonly madeGeneration: number | null;
  readonly actor: string | null;
  /** ISO 8601, here and below. */
  readonly madeAt: string;
  readonly endedAt: string | null;
}

export type ChangeRow = Selectable<PluginChangeTable>;

export function toChange(row: ChangeRow): PluginChange {
  const plan = row.plan as unknown as Plan;
  const report = row.report as { instances?: readonly InstanceReport[] } | null;
  return {
    ...plan,
    id: row.id,
    state: row.state,
    step: row.step,
    hash: row.hash,
    instances: report?.instances ?? [],
    reason: row.reason,
    madeGeneration: row.generation,
    actor: row.actor,
    madeAt: row.made_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
  };
}
