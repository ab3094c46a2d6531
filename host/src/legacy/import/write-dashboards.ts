// Dashboards and widgets of an import, as the rooms of widgets keep them.
import type { Queryable } from '../../store/index.ts';
import {
  deleteWidget,
  insertDashboard,
  insertWidget,
  readDashboards,
  readWidgets,
  replaceWidget,
  updateDashboard,
  type Widget,
} from '../../widgets/index.ts';
import { plainJson } from './quarantine.ts';
import type { WriteDashboard, WriteWidget } from './writes.ts';

/** What people have set on it since stays: columns, axes, and the view of a widget that asks nothing of the old world. */
export async function writeWidget(trx: Queryable, write: WriteWidget, at: Date): Promise<void> {
  const { kind: _, show, ...settings } = write;
  const now = at.toISOString();
  const [before] = await readWidgets(trx, { id: write.id });
  const widget: Widget = {
    ...settings,
    kind: show,
    view: null,
    columns: before?.columns ?? null,
    x: before?.x ?? null,
    y: before?.y ?? null,
    revision: (before?.revision ?? 0) + 1,
    createdAt: before?.createdAt ?? now,
    updatedAt: now,
  };
  if (before === undefined) await insertWidget(trx, widget);
  else await replaceWidget(trx, widget, before.revision);
}

export async function writeDashboard(
  trx: Queryable,
  write: WriteDashboard,
  at: Date,
  importer: string | null,
): Promise<void> {
  const { id, title, description, ownerId, oldOwner } = write;
  const now = at.toISOString();
  const before = (await readDashboards(trx, { clients: 'all' })).find((dashboard) => dashboard.id === id);
  const rest = { clientId: null, timeRange: null, refreshMs: null };
  if (before === undefined) {
    await insertDashboard(trx, { ...rest, id, title, description, revision: 1, createdAt: now, updatedAt: now });
  } else {
    await updateDashboard(trx, { ...before, title, description, revision: before.revision + 1, updatedAt: now });
  }
  for (const widget of write.goneWidgets) await deleteWidget(trx, widget);
  const row = {
    ...{ owner_id: ownerId ?? importer, old_owner: oldOwner, owner_is_missing: ownerId === null },
    ...{ document: plainJson(write.document), flags: JSON.stringify(write.flags) },
  };
  await trx
    .insertInto('legacy_dashboard')
    .values({ dashboard_id: id, ...row })
    .onConflict((conflict) => conflict.column('dashboard_id').doUpdateSet(row))
    .execute();
}
