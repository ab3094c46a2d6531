// Who may hear of what. Whatever an event names, its hearer could also have asked for.
//
// Events come from memory, where no row is read that the database could keep back. So it says in advance, to the hearer that it knows,
// whose events they are; and of an event it said whose it is in the transaction of the change.
import { type ClientScope, covers, type Principal } from '../access/index.ts';
import type { Queryable, Store } from '../store/index.ts';
import type { LiveEvent } from './events.ts';

export type Sight = (event: LiveEvent) => boolean;

export async function sightOf(
  store: Pick<Store, 'db' | 'readAs'>,
  { clients, widgets }: Pick<Principal, 'clients' | 'widgets'>,
): Promise<Sight> {
  const isSeen = await seenClients(store, clients);
  const isOwn = (client: string | null): boolean => covers(clients, client) && isSeen(client);
  if (widgets === undefined) return ({ type, client }) => type === 'plugin' || isOwn(client);
  const shown = await readShown(store.db, [...widgets]);
  return ({ type, widget, plugin, instance = '', client }) => {
    if (widget !== undefined) return widgets.has(widget);
    if (type === 'plugin') return shown.some((one) => one.plugin === plugin);
    if (type !== 'sync' && type !== 'rows' && type !== 'health') return false;
    return isOwn(client) && shown.some((one) => one.plugin === plugin && isShown(one, instance, client));
  };
}

/** Whose things the database shows them. */
async function seenClients(
  { readAs }: Pick<Store, 'readAs'>,
  clients: ClientScope,
): Promise<(client: string | null) => boolean> {
  if (clients === 'all') return () => true;
  const rows = await readAs(clients, (seen) => seen.selectFrom('client').select('id').execute());
  const ids = new Set(rows.map(({ id }) => id));
  return (client) => client !== null && ids.has(client);
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
