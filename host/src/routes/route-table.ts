// The routes of the active plugins. Fastify takes none after it has started, so its one dispatcher looks here.
import type { ManifestRoute } from '@jackfield/schemas';
import type { Hooks, PluginVersion } from '../kernel/index.ts';

export interface PluginRoute {
  readonly id: string;
  readonly plugin: PluginVersion;
  readonly manifest: ManifestRoute;
}

export interface RouteTable {
  list(plugin: string): readonly PluginRoute[];
  /** Method and path as they were asked for. */
  find(plugin: string, method: string, path: string): PluginRoute | undefined;
}

export function createRouteTable(hooks: Pick<Hooks, 'contribute'>): RouteTable {
  const active = new Map<string, PluginVersion>();
  hooks.contribute.for('routes').tap('routes', ({ plugin, active: isActive }) => {
    const { name } = plugin.manifest;
    if (isActive) active.set(name, plugin);
    // A version that went may have been followed by another already.
    else if (active.get(name) === plugin) active.delete(name);
  });
  const list = (name: string): PluginRoute[] => {
    const plugin = active.get(name);
    return Object.entries(plugin?.manifest.routes ?? {}).flatMap(([id, manifest]) =>
      plugin ? [{ id, plugin, manifest }] : [],
    );
  };
  return {
    list,
    find: (plugin, method, path) =>
      list(plugin).find(({ manifest }) => manifest.method === method && manifest.path === path),
  };
}
