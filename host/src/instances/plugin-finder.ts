import { Problem } from '../errors.ts';
import type { PluginVersion } from '../kernel/index.ts';
import type { InstanceRow } from './rows.ts';

/** The plugins that are installed and loaded. */
export interface PluginFinder {
  find(name: string): PluginVersion | undefined;
}

/** The plugin that a sender names. */
export function pluginNamed(plugins: PluginFinder, name: string): PluginVersion {
  const plugin = plugins.find(name);
  if (plugin) return plugin;
  const errors = [{ pointer: '/plugin', message: 'is not installed, or failed to load' }];
  throw new Problem('config_invalid', `there is no plugin "${name}"`, { errors });
}

/** The plugin that a saved instance needs. */
export function pluginOf(plugins: PluginFinder, row: InstanceRow): PluginVersion {
  const plugin = plugins.find(row.plugin);
  if (plugin) return plugin;
  const detail = `instance "${row.id}" needs the plugin "${row.plugin}", which is not installed or failed to load`;
  throw new Problem('not_found', detail, {
    next: `Install the plugin "${row.plugin}" or remove the instance.`,
    plugin: row.plugin,
    instanceId: row.id,
  });
}
