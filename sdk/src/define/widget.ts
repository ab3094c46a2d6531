// Widgets: how a query or synced rows are shown. Nothing of them runs: the host reads the data, the dashboard draws it.
import type { View } from './view.ts';

/** How a widget is drawn. */
export type WidgetKind = 'stat' | 'table' | 'list' | 'bar' | 'pie' | 'line' | 'timeseries' | 'gauge';

interface Shown {
  readonly title: string;
  readonly description?: string;
  readonly kind: WidgetKind;
  /** Columns that are shown, in this order. Default: all. */
  readonly columns?: readonly string[];
  /** Column of the categories, or of the time. */
  readonly x?: string;
  /** Columns of the values. */
  readonly y?: readonly string[];
  /** How often a dashboard asks again: `60s`. */
  readonly refresh: string;
}

/** Shows a query. */
export interface QueryWidgetDef extends Shown {
  /** Id of the query. */
  readonly query: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly view?: never;
}

/** Shows synced rows. */
export interface ViewWidgetDef extends Shown {
  readonly view: View;
  readonly query?: never;
  readonly params?: never;
}

/** A widget template. */
export type WidgetDef = QueryWidgetDef | ViewWidgetDef;

/**
 * Declares a widget template over a query, or over synced rows.
 *
 * @example
 * import { widget } from '@jackfield/sdk';
 *
 * export const byPriority = widget({
 *   title: 'Open tickets by priority',
 *   kind: 'bar',
 *   query: 'open_by_priority',
 *   x: 'priority',
 *   y: ['count'],
 *   refresh: '60s',
 * });
 *
 * export const oldest = widget({
 *   title: 'Tickets untouched for a month',
 *   kind: 'table',
 *   view: { stream: 'tickets', where: [{ column: 'updated', op: 'lt', ago: '30d' }], orderBy: [{ column: 'updated' }], limit: 20 },
 *   refresh: '5m',
 * });
 */
export function widget(def: WidgetDef): WidgetDef {
  return def;
}
