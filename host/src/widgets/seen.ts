// What a widget's settings tell somebody who is limited to clients: of the instances that it shows, those that are theirs.
import type { ClientScope, Role } from '../access/index.ts';
import type { Instances } from '../instances/index.ts';
import type { WidgetView } from './view.ts';

/** Who looks or acts. */
export interface By {
  readonly role: Role;
  readonly clients: ClientScope;
  /** Of a page of another site: which it may show was said one by one, and may be on anybody's dashboard. */
  readonly widgets?: ReadonlySet<string>;
}

/** Whose dashboards' widgets they are shown. */
export function reachOf({ clients, widgets }: Omit<By, 'role'>): ClientScope {
  return widgets === undefined ? clients : 'all';
}

export async function seenBy<T extends Pick<WidgetView, 'instances'>>(
  instances: Pick<Instances, 'list'>,
  clients: ClientScope,
  widgets: readonly T[],
): Promise<T[]> {
  if (clients === 'all') return [...widgets];
  const seen = new Set((await instances.list({ clients })).map(({ id }) => id));
  return widgets.map((widget) => {
    const { instances: selection } = widget;
    if (selection === 'all') return widget;
    if ('clientId' in selection) return clients.has(selection.clientId) ? widget : { ...widget, instances: [] };
    return { ...widget, instances: selection.filter((id) => seen.has(id)) };
  });
}
