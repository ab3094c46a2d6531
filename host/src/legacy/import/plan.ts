// The whole plan: every table in the order in which its rows need each other.
import type { OldRows } from './found-tables.ts';
import { planDashboards } from './plan-dashboards.ts';
import { planDefaults, planMappings } from './plan-mappings.ts';
import { Planner } from './planner.ts';
import type { Outcome, Reason, State, Step } from './planning.ts';
import { planSources, planSystems } from './plan-systems.ts';
import { planWidgets } from './plan-widgets.ts';

export interface TableReport extends Readonly<Record<Outcome, number>> {
  readonly table: string;
  readonly read: number;
  /** How many rows, or parts of them, are in the quarantine for which reason. */
  readonly reasons: Readonly<Partial<Record<Reason, number>>>;
}

export function planImport(rows: OldRows, state: State): readonly Step[] {
  const planner = new Planner(rows, state);
  planSystems(planner);
  planSources(planner);
  planMappings(planner);
  planDefaults(planner);
  planWidgets(planner);
  planDashboards(planner);
  return planner.steps;
}

/** By table, in the order of the plan. */
export function reportOf(steps: readonly Step[]): TableReport[] {
  return [...Map.groupBy(steps, ({ found }) => found.table)].map(([table, own]) => {
    const count = (outcome: Outcome): number => own.filter((step) => step.outcome === outcome).length;
    const reasons = Map.groupBy(
      own.filter(({ quarantine }) => quarantine !== undefined),
      ({ quarantine }) => quarantine?.reason ?? 'secrets_left',
    );
    return {
      table,
      read: own.length,
      made: count('made'),
      updated: count('updated'),
      unchanged: count('unchanged'),
      quarantined: count('quarantined'),
      reasons: Object.fromEntries([...reasons].map(([reason, list]) => [reason, list.length])),
    };
  });
}
