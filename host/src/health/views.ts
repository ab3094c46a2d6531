// What health and repairs look like from outside the room.
import type { Selectable } from 'kysely';
import type { HealthChangeTable, HealthReason, HealthState, InstanceHealthTable } from '../store/index.ts';
import type { Expiry } from './expiries.ts';
import type { Fix, RepairRow } from './repair-rows.ts';

export interface HealthView {
  readonly instanceId: string;
  readonly enabled: boolean;
  readonly state: HealthState;
  /** ISO 8601, like every time here. */
  readonly since: string;
  readonly why: HealthReason | null;
  readonly lastCheck: Readonly<Record<string, unknown>> | null;
  /** Null while no check comes by itself. */
  readonly nextCheckAt: string | null;
  readonly everyMs: number;
  readonly expires: readonly Expiry[];
  /** The newest first. */
  readonly history: readonly HealthChangeView[];
  /** Open ones. */
  readonly repairs: readonly RepairView[];
}

export interface HealthChangeView {
  readonly at: string;
  readonly from: HealthState;
  readonly to: HealthState;
  readonly why: HealthReason | null;
}

export interface RepairView {
  readonly id: string;
  readonly code: string;
  readonly plugin: string;
  readonly instanceId: string | null;
  readonly stream: string | null;
  readonly detail: string;
  readonly fix: Fix;
  readonly openedAt: string;
  readonly closedAt: string | null;
  readonly closedWhy: string | null;
}

export function healthView(
  row: Selectable<InstanceHealthTable>,
  about: {
    readonly enabled: boolean;
    /** Somebody can check it: its plugin has a check. */
    readonly checks: boolean;
    readonly everyMs: number;
    readonly history: readonly Selectable<HealthChangeTable>[];
    readonly repairs: readonly RepairRow[];
  },
): HealthView {
  const { enabled, checks, everyMs, history, repairs } = about;
  const held = row.held_until !== null && row.held_until > row.next_check_at ? row.held_until : row.next_check_at;
  return {
    instanceId: row.instance_id,
    enabled,
    state: row.state,
    since: row.since.toISOString(),
    why: row.why,
    lastCheck:
      row.last_check === null || row.checked_at === null
        ? null
        : { at: row.checked_at.toISOString(), ...row.last_check },
    nextCheckAt: enabled && checks ? held.toISOString() : null,
    everyMs: row.every_ms ?? everyMs,
    expires: row.expires,
    history: history.map(({ at, from_state: from, to_state: to, why }) => ({ at: at.toISOString(), from, to, why })),
    repairs: repairs.map(repairView),
  };
}

export function repairView(row: RepairRow): RepairView {
  return {
    id: String(row.id),
    code: row.code,
    plugin: row.plugin,
    instanceId: row.instance_id,
    stream: row.stream,
    detail: row.detail,
    fix: row.fix,
    openedAt: row.opened_at.toISOString(),
    closedAt: row.closed_at?.toISOString() ?? null,
    closedWhy: row.closed_why,
  };
}
