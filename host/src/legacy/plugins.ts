// Whose a row of the old tables is: its plugin, as the import reads the same names.
import type { PluginVersion } from '../kernel/index.ts';
import type { Queryable } from '../store/index.ts';
import { pluginNamed } from './import/system-names.ts';
import { targetOf } from './move/links.ts';
import { readMoves } from './move/modes.ts';
import type { OldRow, Values } from './old-rows.ts';

export interface InstalledPlugins {
  /** Those that are active. */
  list(): readonly PluginVersion[];
  find(name: string): PluginVersion | undefined;
}

/** Undefined: no plugin here is of these names. */
export type NameOf = (system: Values) => string | undefined;

/** Those that have begun to move count while they are missing too: what is written for them is not written in one shape alone. */
export async function pluginNames(db: Queryable, plugins: InstalledPlugins): Promise<NameOf> {
  const active = plugins.list().map(({ manifest }) => manifest);
  const moved = [...(await readMoves(db)).keys()].filter((name) => !active.some((plugin) => plugin.name === name));
  const all = [...active, ...moved.map((name) => ({ name, displayName: name }))];
  return (system) => {
    const names = ['system_name', 'display_name', 'system_type'].map((column) => system[column]);
    return pluginNamed(all, ...names.map((name) => (typeof name === 'string' ? name : undefined)))?.plugin;
  };
}

export async function pluginNameOf(
  db: Queryable,
  plugins: InstalledPlugins,
  system: Values,
): Promise<string | undefined> {
  return (await pluginNames(db, plugins))(system);
}

/** What it was imported as counts, also while that plugin is missing. Undefined: it is for the old tables alone. */
export async function pluginOfSystem(
  db: Queryable,
  plugins: InstalledPlugins,
  system: OldRow | undefined,
): Promise<string | undefined> {
  if (system === undefined) return undefined;
  return (await targetOf(db, 'external_systems', system.id, 'plugin')) ?? pluginNameOf(db, plugins, system);
}
