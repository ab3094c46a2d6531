// `default_mapping` of systems, and what clients have that do not say it themselves.
import { readTemplates, replaceTemplates } from '../../clients/index.ts';
import type { Queryable } from '../../store/index.ts';
import { SYSTEMS } from '../api/tables.ts';
import { lockOld, type OldRow, readOld, updateOld, type Values } from '../old-rows.ts';
import { systemFor } from './mirror.ts';
import { type InstalledPlugins, pluginOfSystem } from '../plugins.ts';
import { mappingFor, type Parameters, parametersOf } from './mapping-values.ts';

export async function systemsOf(db: Queryable, plugins: InstalledPlugins, plugin: string): Promise<OldRow[]> {
  const systems: OldRow[] = [];
  for (const system of await readOld(db, SYSTEMS)) {
    if ((await pluginOfSystem(db, plugins, system)) === plugin) systems.push(system);
  }
  return systems;
}

export function defaultsOf(plugin: string, system: Values | undefined): Parameters {
  return system === undefined ? {} : parametersOf(plugin, { metadata: system['default_mapping'] });
}

/** What a system does not say any more goes, unless another one says it. */
export async function followDefaults(
  trx: Queryable,
  plugins: InstalledPlugins,
  plugin: string,
  before: OldRow | undefined,
  after: OldRow | undefined,
): Promise<void> {
  const [was, is] = [defaultsOf(plugin, before), defaultsOf(plugin, after)];
  const id = (before ?? after)?.id;
  const news = Object.entries(is).filter(([name, value]) => was[name] !== value);
  const gone = Object.keys(was).filter((name) => is[name] === undefined);
  if (news.length + gone.length === 0) return;
  const others = (await systemsOf(trx, plugins, plugin)).filter((system) => system.id !== id);
  const said = new Set(others.flatMap((system) => Object.keys(defaultsOf(plugin, system))));
  const known = (await readTemplates(trx)).find((view) => view.plugin === plugin)?.parameters ?? {};
  const kept = Object.entries(known).filter(([name]) => !gone.includes(name) || said.has(name));
  await replaceTemplates(trx, plugin, Object.fromEntries([...kept, ...news]));
}

/** The other way: what none of the systems says yet, the first says from then on. */
export async function sayDefaults(
  trx: Queryable,
  plugins: InstalledPlugins,
  plugin: string,
  parameters: Parameters,
): Promise<void> {
  if (Object.keys(parameters).length > 0) await systemFor(trx, plugins, plugin);
  const systems = await systemsOf(trx, plugins, plugin);
  const said = systems.map((system) => Object.keys(defaultsOf(plugin, system)));
  for (const [index, { id }] of systems.entries()) {
    const row = await lockOld(trx, SYSTEMS, id);
    const elsewhere = index === 0 ? said.slice(1).flat() : Object.keys(parameters);
    const document = { metadata: row?.['default_mapping'] };
    const { metadata } = mappingFor(plugin, document, parameters, new Set(elsewhere), []);
    await updateOld(trx, SYSTEMS, id, { default_mapping: metadata });
  }
}
