// The widgets of a copied dashboard. A board that is made for another client must show nothing of anybody else's.
import { randomBytes } from 'node:crypto';
import type { Role } from '../access/index.ts';
import type { InstanceView } from '../instances/index.ts';
import type { Queryable } from '../store/index.ts';
import type { Dashboard } from './dashboard-rows.ts';
import type { InstanceSelection } from './input.ts';
import { insertWidget, readWidgets } from './rows.ts';

export interface Copy {
  readonly from: string;
  readonly to: Dashboard;
  /** The client that the copy is made for; null when the widgets keep their instances. */
  readonly clientId: string | null;
  /** Every instance there is. */
  readonly instances: readonly InstanceView[];
  /** Role of whoever copies, who may ask all that the widgets ask. */
  readonly runsAs: Role;
}

/** In the caller's transaction. */
export async function copyWidgets(trx: Queryable, { from, to, clientId, instances, runsAs }: Copy): Promise<void> {
  for (const { around: _, ...widget } of await readWidgets(trx, { dashboardId: from })) {
    const selection = clientId === null ? widget.instances : selectionFor(clientId, widget, instances);
    await insertWidget(trx, {
      ...widget,
      id: `w-${randomBytes(8).toString('hex')}`,
      dashboardId: to.id,
      instances: selection,
      runsAs,
      revision: 1,
      createdAt: to.createdAt,
      updatedAt: to.updatedAt,
    });
  }
}

/**
 * All instances, and those of another client, become the client's own of that plugin, now and later. Instances that belong to no
 * client are everybody's and stay; beside them the client's instances of today are named one by one.
 */
export function selectionFor(
  clientId: string,
  widget: { readonly plugin: string; readonly instances: InstanceSelection },
  instances: readonly InstanceView[],
): InstanceSelection {
  const { plugin, instances: selection } = widget;
  if (selection === 'all' || 'clientId' in selection) return { clientId };
  const byId = new Map(instances.map((instance) => [instance.id, instance]));
  const shared = selection.filter((id) => byId.get(id)?.clientId === null);
  const isForeign = selection.some((id) => byId.get(id)?.clientId !== null);
  if (shared.length === 0) return { clientId };
  if (!isForeign) return shared;
  const own = instances.filter((instance) => instance.plugin === plugin && instance.clientId === clientId);
  return [...shared, ...own.map((instance) => instance.id)];
}
