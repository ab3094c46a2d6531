// Widgets as rows. Each function takes the database or the caller's transaction.
import type { Selectable } from 'kysely';
import { type ClientScope, isRole, ofClients, type Role } from '../access/index.ts';
import { Problem } from '../errors.ts';
import type { Queryable, WidgetTable } from '../store/index.ts';
import type { Position, WidgetKind, WidgetSettings } from './input.ts';

/** A saved widget. */
export interface Widget extends WidgetSettings {
  readonly id: string;
  readonly dashboardId: string | null;
  readonly position: Position;
  /** Role of whoever has last said what it asks: with it the question is asked, whoever looks. */
  readonly runsAs: Role;
  /** Raised by every change. */
  readonly revision: number;
  /** ISO 8601 */
  readonly createdAt: string;
  /** ISO 8601 */
  readonly updatedAt: string;
}

/** What a dashboard says to its widgets. */
export interface Surroundings {
  readonly clientId: string | null;
  readonly days: number | null;
  readonly refreshMs: number | null;
}

export const NO_DASHBOARD: Surroundings = { clientId: null, days: null, refreshMs: null };

export interface PlacedWidget extends Widget {
  readonly around: Surroundings;
}

type Row = Selectable<WidgetTable> & {
  readonly around_client_id: string | null;
  readonly around_days: number | null;
  readonly around_refresh_ms: number | null;
};

export interface WidgetFilter {
  readonly id?: string | undefined;
  readonly dashboardId?: string | undefined;
  readonly plugin?: string | undefined;
  /** Only those on their dashboards. */
  readonly clients?: ClientScope;
}

/** In the order in which they stand on their dashboards: line by line. */
export async function readWidgets(db: Queryable, filter: WidgetFilter = {}): Promise<PlacedWidget[]> {
  let query = db
    .selectFrom('widget')
    .leftJoin('dashboard', 'dashboard.id', 'widget.dashboard_id')
    .selectAll('widget')
    .select([
      'dashboard.client_id as around_client_id',
      'dashboard.time_range_days as around_days',
      'dashboard.refresh_ms as around_refresh_ms',
    ])
    .orderBy('dashboard_id')
    .orderBy('grid_y')
    .orderBy('grid_x')
    .orderBy('widget.id');
  if (filter.id !== undefined) query = query.where('widget.id', '=', filter.id);
  if (filter.dashboardId !== undefined) query = query.where('dashboard_id', '=', filter.dashboardId);
  if (filter.plugin !== undefined) query = query.where('plugin', '=', filter.plugin);
  if (filter.clients !== undefined) query = query.where(ofClients(filter.clients, 'dashboard.client_id'));
  return (await query.execute()).map(toWidget);
}

/** @throws Problem `not_found` when there is none. */
export async function readWidget(db: Queryable, id: string): Promise<PlacedWidget> {
  const [widget] = await readWidgets(db, { id });
  if (widget === undefined) throw widgetNotFound(id);
  return widget;
}

export function widgetNotFound(id: string): Problem {
  return new Problem('not_found', `there is no widget "${id}"`, { next: 'GET /api/widgets lists what there is.' });
}

/** False when the id is taken. */
export async function insertWidget(db: Queryable, widget: Widget): Promise<boolean> {
  const inserted = await db
    .insertInto('widget')
    .values({ id: widget.id, plugin: widget.plugin, created_at: new Date(widget.createdAt), ...changeable(widget) })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .executeTakeFirst();
  return inserted !== undefined;
}

/** False when somebody has changed or deleted it since `seen` was its revision. */
export async function replaceWidget(db: Queryable, widget: Widget, seen: number): Promise<boolean> {
  const written = await db
    .updateTable('widget')
    .set(changeable(widget))
    .where('id', '=', widget.id)
    .where('revision', '=', seen)
    .returning('id')
    .executeTakeFirst();
  return written !== undefined;
}

/** False when there was none. */
export async function deleteWidget(db: Queryable, id: string): Promise<boolean> {
  return (await db.deleteFrom('widget').where('id', '=', id).returning('id').executeTakeFirst()) !== undefined;
}

function changeable(widget: Widget) {
  const { position, view, columns, y } = widget;
  return {
    dashboard_id: widget.dashboardId,
    title: widget.title,
    template: widget.template,
    query: widget.query,
    view: view && JSON.stringify(view),
    kind: widget.kind,
    params: JSON.stringify(widget.params),
    instances: JSON.stringify(widget.instances),
    columns: columns && JSON.stringify(columns),
    x: widget.x,
    y: y && JSON.stringify(y),
    refresh_ms: widget.refreshMs,
    runs_as: widget.runsAs,
    grid_x: position.x,
    grid_y: position.y,
    grid_w: position.w,
    grid_h: position.h,
    revision: widget.revision,
    updated_at: new Date(widget.updatedAt),
  };
}

function toWidget(row: Row): PlacedWidget {
  return {
    id: row.id,
    dashboardId: row.dashboard_id,
    plugin: row.plugin,
    template: row.template,
    query: row.query,
    view: row.view,
    title: row.title,
    kind: row.kind as WidgetKind | null,
    params: row.params,
    instances: row.instances,
    columns: row.columns,
    x: row.x,
    y: row.y,
    refreshMs: row.refresh_ms,
    position: { x: row.grid_x, y: row.grid_y, w: row.grid_w, h: row.grid_h },
    // A role that this host does not know gives no right.
    runsAs: isRole(row.runs_as) ? row.runs_as : 'user',
    revision: row.revision,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    around: { clientId: row.around_client_id, days: row.around_days, refreshMs: row.around_refresh_ms },
  };
}
