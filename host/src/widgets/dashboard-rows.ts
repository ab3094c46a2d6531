// Dashboards as rows. Each function takes the database or the caller's transaction.
import { type Selectable, sql } from 'kysely';
import { type ClientScope, ofClients } from '../access/index.ts';
import { Problem } from '../errors.ts';
import { refusingUnknownClient } from '../instances/index.ts';
import type { DashboardTable, Queryable } from '../store/index.ts';
import type { DashboardInput } from './dashboard-input.ts';
import { GRID, type Position } from './input.ts';

export interface Dashboard extends DashboardInput {
  readonly id: string;
  /** Raised by every change of the dashboard itself and of its layout. */
  readonly revision: number;
  /** ISO 8601 */
  readonly createdAt: string;
  /** ISO 8601 */
  readonly updatedAt: string;
}

export async function readDashboards(
  db: Queryable,
  filter: { readonly clientId?: string | undefined; readonly clients: ClientScope },
): Promise<Dashboard[]> {
  let query = db.selectFrom('dashboard').selectAll().orderBy('id');
  query = query.where(ofClients(filter.clients, 'client_id'));
  if (filter.clientId !== undefined) query = query.where('client_id', '=', filter.clientId);
  return (await query.execute()).map(toDashboard);
}

/** @throws Problem `not_found` when there is none. */
export async function readDashboard(db: Queryable, id: string): Promise<Dashboard> {
  const row = await db.selectFrom('dashboard').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw dashboardNotFound(id);
  return toDashboard(row);
}

/** The dashboard, with everybody else who changes it or places widgets on it made to wait. */
export async function lockDashboard(trx: Queryable, id: string): Promise<Dashboard> {
  const row = await trx.selectFrom('dashboard').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  if (row === undefined) throw dashboardNotFound(id);
  return toDashboard(row);
}

export function dashboardNotFound(id: string): Problem {
  return new Problem('not_found', `there is no dashboard "${id}"`, {
    next: 'GET /api/dashboards lists what there is.',
  });
}

/** False when the id is taken. */
export async function insertDashboard(db: Queryable, dashboard: Dashboard): Promise<boolean> {
  const inserting = db
    .insertInto('dashboard')
    .values({ id: dashboard.id, created_at: new Date(dashboard.createdAt), ...changeable(dashboard) })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .executeTakeFirst();
  return (await refusingUnknownClient(dashboard.clientId, inserting)) !== undefined;
}

export async function updateDashboard(db: Queryable, dashboard: Dashboard): Promise<void> {
  const updating = db.updateTable('dashboard').set(changeable(dashboard)).where('id', '=', dashboard.id).execute();
  await refusingUnknownClient(dashboard.clientId, updating);
}

/** False when there was none. Its widgets go with it. */
export async function deleteDashboard(db: Queryable, id: string): Promise<boolean> {
  return (await db.deleteFrom('dashboard').where('id', '=', id).returning('id').executeTakeFirst()) !== undefined;
}

/**
 * Holds the dashboard for one more widget, in the caller's transaction.
 * @throws Problem `config_invalid` when it is not there, `conflict` when it is full.
 */
export async function assertRoom(trx: Queryable, id: string, most: number): Promise<void> {
  const found = await trx.selectFrom('dashboard').select('id').where('id', '=', id).forUpdate().executeTakeFirst();
  if (found === undefined) {
    const errors = [{ pointer: '/dashboardId', message: `names no dashboard (got ${JSON.stringify(id)})` }];
    throw new Problem('config_invalid', `there is no dashboard "${id}"`, { errors });
  }
  const { count } = await trx
    .selectFrom('widget')
    .select(sql<number>`count(*)::int`.as('count'))
    .where('dashboard_id', '=', id)
    .executeTakeFirstOrThrow();
  if (count < most) return;
  throw new Problem('conflict', `the dashboard "${id}" has ${count} widgets, the most is ${most}`, {
    next: 'Delete a widget, or use another dashboard.',
  });
}

/** Half the grid, below everything that is there. */
export async function nextPosition(db: Queryable, dashboardId: string | null): Promise<Position> {
  const below =
    dashboardId === null
      ? undefined
      : await db
          .selectFrom('widget')
          .select(sql<number | null>`max(grid_y + grid_h)`.as('y'))
          .where('dashboard_id', '=', dashboardId)
          .executeTakeFirst();
  return { x: 0, y: below?.y ?? 0, w: GRID / 2, h: 4 };
}

function changeable(dashboard: Dashboard) {
  return {
    title: dashboard.title,
    description: dashboard.description,
    client_id: dashboard.clientId,
    time_range_days: dashboard.timeRange?.days ?? null,
    refresh_ms: dashboard.refreshMs,
    revision: dashboard.revision,
    updated_at: new Date(dashboard.updatedAt),
  };
}

function toDashboard(row: Selectable<DashboardTable>): Dashboard {
  return {
    id: row.id,
    title: row.title,
    description: row.description,
    clientId: row.client_id,
    timeRange: row.time_range_days === null ? null : { days: row.time_range_days },
    refreshMs: row.refresh_ms,
    revision: row.revision,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
