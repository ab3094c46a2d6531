import { Problem } from '../errors.ts';
import type { PluginVersion } from '../kernel/index.ts';
import type { InstanceRow } from './rows.ts';

/** The plugins that are installed and loaded. */
export interface PluginFinder {
  find(name: string): PluginVersion | undefined;
  /** Another host may have changed which version is wanted: waits until this one has followed. */
  catchUp?(): Promise<void>;
  /** Why it is not active, such as `is switched off`. */
  whyMissing?(name: string): string | undefined;
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
  const why = plugins.whyMissing?.(row.plugin);
  const detail = `instance "${row.id}" needs the plugin "${row.plugin}", which ${why ?? 'is not installed or failed to load'}`;
  throw new Problem('not_found', detail, {
    next:
      why === undefined
        ? `Install the plugin "${row.plugin}" or remove the instance.`
        : `Ask an admin: GET /api/plugins says how the plugin "${row.plugin}" is.`,
    plugin: row.plugin,
    instanceId: row.id,
  });
}
