// The instances that a question is asked of: here, and nowhere else, it is decided whose synced rows a caller gets.
import { type ClientScope, covers } from '../access/index.ts';
import { Problem } from '../errors.ts';
import { instanceNotFound, type InstanceList, type Instances, type InstanceView } from '../instances/index.ts';
import type { FanOutRequest } from './request.ts';

export interface Member {
  readonly id: string;
  readonly name: string;
  /** Undefined when there is no such instance. */
  readonly view: InstanceView | undefined;
}

/**
 * Of `list`, the plugin's: those that are named, in that order, or every enabled one. An id that no instance has stays in: it fails by itself, as
 * one does that is deleted meanwhile, and a dashboard that outlives an instance still shows the others.
 * @throws Problem `params_invalid` for an instance of another plugin.
 */
export async function membersOf(
  instances: Instances,
  { views, byId }: InstanceList,
  { plugin, clients, instanceIds }: Pick<FanOutRequest, 'plugin' | 'clients' | 'instanceIds'>,
): Promise<Member[]> {
  if (instanceIds === undefined) return views.filter((view) => view.enabled).map((view) => memberOf(view.id, view));
  const wanted = [...new Set(instanceIds)];
  if (wanted.some((id) => !byId.has(id))) await refuseForeign(instances, plugin, instanceIds, clients);
  return wanted.map((id) => memberOf(id, byId.get(id)));
}

/** One instance, with its plugin's name. @throws Problem `not_found` when there is none. */
export async function theMember(
  instances: Instances,
  id: string,
  clients: ClientScope,
): Promise<Member & { readonly view: InstanceView }> {
  const view = await instances.get(id, clients);
  if (!covers(clients, view.clientId)) throw instanceNotFound(id);
  return { id, name: view.name, view };
}

function memberOf(id: string, view: InstanceView | undefined): Member {
  return { id, name: view?.name ?? id, view };
}

async function refuseForeign(
  instances: Instances,
  plugin: string,
  ids: readonly string[],
  clients: ClientScope,
): Promise<void> {
  const plugins = new Map((await instances.list({ clients })).map((view) => [view.id, view.plugin]));
  const errors = ids.flatMap((id, index) => {
    const other = plugins.get(id);
    if (other === undefined || other === plugin) return [];
    return [{ pointer: `/instances/${index}`, message: `"${id}" is an instance of the plugin "${other}"` }];
  });
  if (errors.length === 0) return;
  const detail = errors.map(({ pointer, message }) => `${pointer} ${message}`).join('; ');
  throw new Problem('params_invalid', `only instances of the plugin "${plugin}" can be asked here: ${detail}`, {
    errors,
    plugin,
    next: `GET /api/instances?plugin=${plugin} lists its instances.`,
  });
}
