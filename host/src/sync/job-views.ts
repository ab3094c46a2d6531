// What sync jobs, runs and cursors look like from outside the room.
import type { RunRow, RunState } from './run-rows.ts';
import type { ScheduleKind, ScheduleRow } from './schedule-rows.ts';

export interface SyncJobView {
  readonly stream: string;
  readonly kind: ScheduleKind;
  readonly enabled: boolean;
  /** One of the two is null. */
  readonly everyMs: number | null;
  readonly cron: string | null;
  /** ISO 8601; null while it does not run by itself. */
  readonly nextDueAt: string | null;
  readonly running: boolean;
  /** Why it waits for a person. */
  readonly paused: { readonly code: string; readonly reason: string } | null;
  readonly skipped: number;
  readonly failures: number;
  readonly cursor: unknown;
  readonly lastRun: RunView | null;
}

export interface RunView {
  readonly id: string;
  readonly plugin: string;
  readonly instanceId: string;
  readonly stream: string;
  readonly kind: ScheduleKind;
  readonly trigger: 'schedule' | 'manual';
  readonly state: RunState;
  readonly host: string | null;
  /** Of the plugin. */
  readonly version: string | null;
  readonly epoch: number | null;
  readonly queuedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly counts: Readonly<Record<string, unknown>>;
  readonly error: Readonly<Record<string, unknown>> | null;
}

export function jobView(row: ScheduleRow, last: RunRow | undefined): SyncJobView {
  const waits = !row.enabled || row.paused !== null;
  return {
    stream: row.stream,
    kind: row.kind,
    enabled: row.enabled,
    everyMs: row.every_ms,
    cron: row.cron,
    nextDueAt: waits ? null : row.next_due_at.toISOString(),
    running: row.run_id !== null,
    paused: row.paused,
    skipped: row.skipped,
    failures: row.failures,
    cursor: row.cursor,
    lastRun: last === undefined ? null : runView(last),
  };
}

export function runView(row: RunRow): RunView {
  return {
    id: row.id,
    plugin: row.plugin,
    instanceId: row.instance_id,
    stream: row.stream,
    kind: row.kind,
    trigger: row.trigger,
    state: row.state,
    host: row.host,
    version: row.version,
    epoch: row.epoch,
    queuedAt: row.queued_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
    counts: row.counts,
    error: row.error,
  };
}
