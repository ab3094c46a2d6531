// Who may hear of what. Whatever an event names, its hearer could also have asked for.
import { covers, type Principal } from '../access/index.ts';
import type { Queryable } from '../store/index.ts';
import type { LiveEvent } from './events.ts';

export type Sight = (event: LiveEvent) => boolean;

export async function sightOf(db: Queryable, { clients, widgets }: Principal): Promise<Sight> {
  if (widgets === undefined) return ({ type, client }) => type === 'plugin' || covers(clients, client);
  const shown = await readShown(db, [...widgets]);
  return ({ type, widget, plugin, instance = '', client }) => {
    if (widget !== undefined) return widgets.has(widget);
    if (type === 'plugin') return shown.some((one) => one.plugin === plugin);
    if (type !== 'sync' && type !== 'rows' && type !== 'health') return false;
    return covers(clients, client) && shown.some((one) => one.plugin === plugin && isShown(one, instance, client));
  };
}

interface Shown {
  readonly plugin: string;
  readonly instances: 'all' | { readonly clientId: string } | readonly string[];
}

function readShown(db: Queryable, widgets: readonly string[]): Promise<Shown[]> {
  if (widgets.length === 0) return Promise.resolve([]);
  return db.selectFrom('widget').select(['plugin', 'instances']).where('id', 'in', widgets).execute();
}

function isShown({ instances }: Shown, instance: string, client: string | null): boolean {
  if (instances === 'all') return true;
  return 'clientId' in instances ? instances.clientId === client : instances.includes(instance);
}
