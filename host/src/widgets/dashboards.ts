// Dashboards: made, changed, laid out, copied and deleted. A widget that can show nothing stands on its dashboard with its problem.
import { isDeepStrictEqual } from 'node:util';
import type { Audit, AuditEvent, ClientScope } from '../access/index.ts';
import type { Clock } from '../clock.ts';
import { Problem } from '../errors.ts';
import type { Instances } from '../instances/index.ts';
import { mergePatch } from '../merge-patch.ts';
import { idFromName, idsFor } from '../slug.ts';
import type { Queryable, Store } from '../store/index.ts';
import { copyWidgets } from './copy.ts';
import { parseCopy, parseDashboard, parseDashboardPatch, parseLayout } from './dashboard-input.ts';
import {
  type Dashboard,
  dashboardNotFound,
  deleteDashboard,
  insertDashboard,
  lockDashboard,
  readDashboard,
  readDashboards,
  updateDashboard,
} from './dashboard-rows.ts';
import { layOut } from './layout.ts';
import { NO_MIRROR, type WidgetMirror } from './mirror.ts';
import type { WidgetPlugins } from './plugins.ts';
import { assertMayAskAll } from './rights.ts';
import { readWidgets } from './rows.ts';
import { type By, seenBy } from './seen.ts';
import { toView, type WidgetView } from './view.ts';

export interface DashboardsParts {
  readonly store: Pick<Store, 'db' | 'readAs' | 'transact'>;
  readonly plugins: WidgetPlugins;
  readonly instances: Instances;
  readonly audit: Pick<Audit, 'record'>;
  readonly clock: Clock;
  /** Where it is written too that widgets go with their dashboard. */
  readonly mirror?: WidgetMirror;
}

export interface DashboardView extends Dashboard {
  /** Line by line. */
  readonly widgets: readonly WidgetView[];
}

interface IfRevision {
  readonly ifRevision?: number | undefined;
}

/** Whose widgets' instances are named in a view. */
type Sight = Pick<By, 'clients'>;

export interface Dashboards {
  list(filter: { readonly clientId?: string | undefined; readonly clients: ClientScope }): Promise<Dashboard[]>;
  get(id: string, by: Sight): Promise<DashboardView>;
  /** See `createDashboardSchema`. */
  create(input: unknown, by: Sight): Promise<DashboardView>;
  /**
   * See `updateDashboardSchema`. With `ifRevision`, only when nobody changed the dashboard since; so `layOut`.
   * @throws Problem `permission_denied` when another client or time range changes a question that needs a higher role; so `copy`.
   */
  update(id: string, patch: unknown, options: IfRevision & By): Promise<DashboardView>;
  /** See `layoutSchema`. */
  layOut(id: string, layout: unknown, options: IfRevision & Sight): Promise<DashboardView>;
  /** See `copyDashboardSchema`. */
  copy(id: string, input: unknown, by: By): Promise<DashboardView>;
  /** With its widgets. */
  remove(id: string): Promise<void>;
}

export function createDashboards(parts: DashboardsParts): Dashboards {
  const { plugins, instances, audit, clock } = parts;
  const { db } = parts.store;
  const now = (): string => new Date(clock.now()).toISOString();

  const viewOf = (id: string, by: Sight): Promise<DashboardView> => readView(parts, id, by);

  /** Changes the dashboard, and what `change` writes beside it, in one transaction. */
  async function change(
    id: string,
    act: 'change' | 'lay-out',
    { ifRevision, clients }: IfRevision & Sight,
    write: (trx: Queryable, before: Dashboard) => Promise<Dashboard>,
    said: object = {},
  ): Promise<DashboardView> {
    await db.transaction().execute(async (trx) => {
      const before = await lockDashboard(trx, id);
      if (ifRevision !== undefined && ifRevision !== before.revision) throw outdated(before, ifRevision);
      const after = await write(trx, before);
      const next = { ...after, revision: before.revision + 1, updatedAt: now() };
      await updateDashboard(trx, next);
      await audit.record(trx, { ...eventOf(id, act), before, after: { ...next, ...said } });
    });
    return viewOf(id, { clients });
  }

  /** Saves it, and what `fill` adds to it, under the id that was asked for, else under a free one. */
  async function insert(
    wanted: Omit<Dashboard, 'id' | 'revision' | 'createdAt' | 'updatedAt'>,
    asked: string | undefined,
    by: Sight,
    fill: (trx: Queryable, made: Dashboard) => Promise<object>,
  ): Promise<DashboardView> {
    const fromTitle = idFromName(wanted.title, 'dashboard');
    for (const id of idsFor(asked, fromTitle, by.clients !== 'all')) {
      const made: Dashboard = { ...wanted, id, revision: 1, createdAt: now(), updatedAt: now() };
      const inserted = await db.transaction().execute(async (trx) => {
        if (!(await insertDashboard(trx, made))) return false;
        const said = await fill(trx, made);
        await audit.record(trx, { ...eventOf(id, 'create'), after: { ...made, ...said } });
        return true;
      });
      if (inserted) return viewOf(id, by);
    }
    throw taken(asked ?? fromTitle);
  }

  return {
    list: (filter) => parts.store.readAs(filter.clients, (seen) => readDashboards(seen, filter)),
    get: viewOf,

    async create(body, by) {
      const { id, ...wanted } = parseDashboard(body);
      return insert(wanted, id, by, async () => ({}));
    },

    async update(id, patch, options) {
      const sent = parseDashboardPatch(patch);
      return change(id, 'change', options, async (trx, before) => {
        const after = patched(before, sent);
        if (!isDeepStrictEqual(questionOf(before), questionOf(after)))
          assertMayAskAll(plugins, await readWidgets(trx, { dashboardId: id }), options.role);
        return after;
      });
    },

    async layOut(id, layout, options) {
      const { widgets } = parseLayout(layout);
      const write = (trx: Queryable, before: Dashboard) => layOut(trx, id, widgets, now()).then(() => before);
      return change(id, 'lay-out', options, write, { widgets });
    },

    async copy(id, body, by) {
      const input = parseCopy(body);
      const { id: _, revision: __, createdAt: ___, updatedAt: ____, ...original } = await readDashboard(db, id);
      const clientId = input.clientId === undefined ? original.clientId : input.clientId;
      const wanted = { ...original, title: input.title ?? original.title, clientId };
      // Before the transaction: the embedded database has one connection, and instances are read on another.
      const known = input.clientId == null ? [] : await instances.list();
      return insert(wanted, input.id, by, async (trx, made) => {
        assertMayAskAll(plugins, await readWidgets(trx, { dashboardId: id }), by.role);
        const to = { to: made, clientId: input.clientId ?? null };
        await copyWidgets(trx, { from: id, ...to, instances: known, runsAs: by.role });
        return { copyOf: id };
      });
    },

    remove: (id) => remove(parts, id),
  };
}

async function remove({ store: { transact }, audit, mirror = NO_MIRROR }: DashboardsParts, id: string): Promise<void> {
  await transact(async (trx) => {
    await mirror.begin(trx);
    const before = await lockDashboard(trx, id);
    const widgets = await readWidgets(trx, { dashboardId: id });
    if (!(await deleteDashboard(trx, id))) throw dashboardNotFound(id);
    for (const { around: _, ...widget } of widgets) await mirror.wrote(trx, { before: widget });
    const ids = widgets.map((widget) => widget.id);
    await audit.record(trx, { ...eventOf(id, 'delete'), before: { ...before, widgets: ids } });
  });
}

function eventOf(id: string, act: string): AuditEvent {
  return { action: `dashboard.${act}`, entity: { kind: 'dashboard', id } };
}

async function readView(
  { store, plugins, instances }: DashboardsParts,
  id: string,
  { clients }: Sight,
): Promise<DashboardView> {
  const { dashboard, widgets } = await store.readAs(clients, async (seen) => ({
    dashboard: await readDashboard(seen, id),
    widgets: await readWidgets(seen, { dashboardId: id }),
  }));
  const views = widgets.map((widget) => toView(plugins, widget));
  return { ...dashboard, widgets: await seenBy(instances, clients, views) };
}

function patched(before: Dashboard, sent: object): Dashboard {
  const { revision: _, createdAt: __, updatedAt: ___, ...settings } = before;
  return { ...before, ...parseDashboard(mergePatch(withoutNulls(settings), sent)), id: before.id };
}

/** What it adds to the question of its widgets. */
function questionOf({ clientId, timeRange }: Dashboard): object {
  return { clientId, timeRange };
}

/** Stored settings as a document: what is not set is left out. */
function withoutNulls(settings: object): object {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));
}

function taken(id: string): Problem {
  const errors = [{ pointer: '/id', message: 'is taken' }];
  return new Problem('conflict', `there is a dashboard "${id}" already`, { errors, next: 'Choose another id.' });
}

function outdated({ id, revision }: Dashboard, expected: number): Problem {
  const detail = `dashboard "${id}" is at revision ${revision}, the change was made for revision ${expected}`;
  return new Problem('conflict', detail);
}
