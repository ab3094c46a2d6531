// Whose a row of the old tables is: its plugin, as the import reads the same names.
import type { PluginVersion } from '../kernel/index.ts';
import type { Queryable } from '../store/index.ts';
import { pluginNamed } from './import/system-names.ts';
import { targetOf } from './move/links.ts';
import type { OldRow, Values } from './old-rows.ts';

export interface InstalledPlugins {
  /** Those that are active. */
  list(): readonly PluginVersion[];
  find(name: string): PluginVersion | undefined;
}

/** Undefined: no plugin here is of these names. */
export function pluginNameOf(plugins: InstalledPlugins, system: Values): string | undefined {
  const names = ['system_name', 'display_name', 'system_type'].map((column) => system[column]);
  const installed = plugins.list().map(({ manifest }) => manifest);
  return pluginNamed(installed, ...names.map((name) => (typeof name === 'string' ? name : undefined)))?.plugin;
}

/** What it was imported as counts, also while that plugin is missing. Undefined: it is for the old tables alone. */
export async function pluginOfSystem(
  db: Queryable,
  plugins: InstalledPlugins,
  system: OldRow | undefined,
): Promise<string | undefined> {
  if (system === undefined) return undefined;
  return (await targetOf(db, 'external_systems', system.id, 'plugin')) ?? pluginNameOf(plugins, system);
}
