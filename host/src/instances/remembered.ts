// Instances as they were a moment ago, for queries and widgets, which are asked all the time.
import { type ClientScope, keyOfScope } from '../access/index.ts';
import type { Memories } from '../memory.ts';
import type { MemoryLimits } from '../memory-limits.ts';
import type { PluginVersion } from '../kernel/index.ts';
import type { Instances } from './instances.ts';
import type { PluginFinder } from './plugin-finder.ts';
import type { InstanceView, ResolvedInstance } from './view.ts';

export interface RememberedParts extends Pick<Instances, 'resolve' | 'list'> {
  readonly memories: Memories;
  readonly limits: Pick<MemoryLimits, 'instances' | 'listed'>;
  readonly plugins: PluginFinder;
}

/** Those of a plugin that somebody sees. */
export interface InstanceList {
  readonly views: readonly InstanceView[];
  readonly byId: ReadonlyMap<string, InstanceView>;
}

interface Listed extends InstanceList {
  /** What is shown of a config depends on it. */
  readonly version: PluginVersion | undefined;
}

export function remember(
  parts: RememberedParts,
): Pick<Instances, 'recall' | 'remembers' | 'recallAll' | 'remembersAll'> {
  const { memories, limits, plugins, resolve, list } = parts;
  // Of a client its instances know the parameters.
  const one = memories.open<ResolvedInstance>({ of: ['instance', 'client'], by: 'instance', most: limits.instances });
  const lists = memories.open<Listed>({ of: ['instance'], most: limits.listed }, ({ views }) => views.length + 1);

  // Of another version of the plugin it is another instance.
  const holds = ({ view, plugin }: ResolvedInstance): boolean => plugins.find(view.plugin) === plugin;

  return {
    recall: (id) => one.recall(id, () => resolve(id), { holds, lasts }),

    remembers: (instance) => one.get(instance.view.id) === instance && holds(instance),

    async recallAll(plugin, clients) {
      const version = plugins.find(plugin);
      const read = async (): Promise<Listed> => {
        const views = await list({ plugin, clients });
        return { version, views, byId: new Map(views.map((view) => [view.id, view])) };
      };
      return lists.recall(keyOf(plugin, clients), read, { holds: (listed) => listed.version === version });
    },

    remembersAll(plugin, clients, known) {
      const listed = lists.get(keyOf(plugin, clients));
      return listed === known && listed.version === plugins.find(plugin);
    },
  };
}

function keyOf(plugin: string, clients: ClientScope): string {
  return `${plugin} ${keyOfScope(clients)}`;
}

/** Secrets that are elsewhere are read for each run, and a vendor's refresh token is replaced without a change of the instance. */
function lasts({ view, plugin }: ResolvedInstance): number {
  const isTold =
    Object.keys(view.secretReferences).length === 0 && !plugin.manifest.auth.some(({ type }) => type === 'oauth2');
  return isTold ? Number.POSITIVE_INFINITY : 0;
}
