// Parameters of clients → mappings: what the old world knows of a client in each system.
import { type ParametersMirror, readClients, readParameters } from '../../clients/index.ts';
import type { Queryable } from '../../store/index.ts';
import { MAPPINGS, SYSTEMS } from '../api/tables.ts';
import { clientIdOf } from '../clients.ts';
import { insertOld, lockOld, type OldRow, readOld, updateOld, type Values } from '../old-rows.ts';
import { type InstalledPlugins, pluginNames } from '../plugins.ts';
import type { LinkRow } from '../rows.ts';
import { addLink } from './links.ts';
import { keyOf, mappingFor, type Parameters, parametersOf } from './mapping-values.ts';
import { sayDefaults } from './defaults.ts';
import { holdMove, moveOf, readMoves } from './modes.ts';

export function createMappingMirror(plugins: InstalledPlugins): ParametersMirror {
  return {
    begin: holdMove,
    async wrote(trx, { clientId, after }) {
      for (const [plugin, { mode }] of await readMoves(trx)) {
        if (mode !== 'legacy') await follow(trx, plugins, plugin, clientId, after);
      }
    },
    async wroteTemplates(trx, plugin, parameters) {
      if ((await moveOf(trx, plugin)).mode !== 'legacy') await sayDefaults(trx, plugins, plugin, parameters);
    },
  };
}

/** The mappings of a client in the systems of a plugin that are in use. */
export async function mappingsOf(
  db: Queryable,
  plugins: InstalledPlugins,
  plugin: string,
  clientId: string,
): Promise<OldRow[]> {
  const rows: OldRow[] = [];
  const nameOf = await pluginNames(db, plugins);
  for (const row of await readOld(db, MAPPINGS)) {
    if (row['is_active'] === false || nameOf({ system_name: row['system_name'] }) !== plugin) continue;
    if ((await clientIdOf(db, row['client_id'])) === clientId) rows.push(row);
  }
  return rows;
}

async function follow(
  trx: Queryable,
  plugins: InstalledPlugins,
  plugin: string,
  clientId: string,
  after: Parameters | undefined,
): Promise<void> {
  const rows = await mappingsOf(trx, plugins, plugin, clientId);
  if (after === undefined) {
    for (const { id } of rows) await updateOld(trx, MAPPINGS, id, { is_active: false });
    return;
  }
  const theirs = Object.fromEntries(Object.entries(after).filter(([name]) => keyOf(plugin, name) !== undefined));
  if (rows.length === 0) {
    await addMapping(trx, plugins, { plugin, clientId, parameters: theirs });
    return;
  }
  await update(trx, plugin, rows, theirs);
}

interface Said {
  readonly plugin: string;
  readonly clientId: string;
  readonly parameters: Parameters;
}

/** A mapping that says this of a client; none when no mapping can. */
async function addMapping(
  trx: Queryable,
  plugins: InstalledPlugins,
  { plugin, clientId, parameters }: Said,
): Promise<void> {
  const values = mappingFor(plugin, {}, parameters, new Set());
  if (Object.keys(parametersOf(plugin, values)).length === 0) return;
  const system_name = await systemNameOf(trx, plugins, plugin);
  const row = await insertOld(trx, MAPPINGS, { client_id: clientId, system_name, ...values, is_active: true });
  await linkMapping(trx, row, { plugin, clientId, origin: 'plugin' });
}

export async function linkMapping(
  trx: Queryable,
  { id }: OldRow,
  { plugin, clientId, origin }: Pick<Said, 'plugin' | 'clientId'> & Pick<LinkRow, 'origin'>,
): Promise<void> {
  const link = { legacy_table: MAPPINGS.table, legacy_id: id, kind: 'client', target_id: clientId } as const;
  await addLink(trx, { ...link, plugin, origin });
}

/** What clients have of the plugin, and no mapping says: from now on one does. */
export async function sayParameters(trx: Queryable, plugins: InstalledPlugins, plugin: string): Promise<void> {
  for (const { id: clientId } of await readClients(trx)) {
    const rows = await mappingsOf(trx, plugins, plugin, clientId);
    const said = new Set(rows.flatMap((row) => Object.keys(parametersOf(plugin, row))));
    const unsaid = Object.entries(await readParameters(trx, clientId)).filter(
      ([name]) => keyOf(plugin, name) !== undefined && !said.has(name),
    );
    if (unsaid.length > 0) await addMapping(trx, plugins, { plugin, clientId, parameters: Object.fromEntries(unsaid) });
  }
}

/** The other mappings say what the parameters are. */
export async function alignMappings(
  trx: Queryable,
  plugins: InstalledPlugins,
  at: { readonly plugin: string; readonly clientId: string; readonly parameters: Parameters; readonly except: number },
): Promise<void> {
  for (const { id } of await mappingsOf(trx, plugins, at.plugin, at.clientId)) {
    if (id === at.except) continue;
    const row = await lockOld(trx, MAPPINGS, id);
    if (row === undefined) continue;
    const own = Object.keys(parametersOf(at.plugin, row)).filter((name) => at.parameters[name] !== undefined);
    const wanted = Object.fromEntries(own.map((name) => [name, at.parameters[name] ?? '']));
    await updateOld(trx, MAPPINGS, id, mappingFor(at.plugin, row, wanted, new Set()));
  }
}

/** What none of them says yet, the first says from then on. */
async function update(trx: Queryable, plugin: string, rows: readonly OldRow[], theirs: Parameters): Promise<void> {
  const said = rows.map((row) => Object.keys(parametersOf(plugin, row)));
  for (const [index, seen] of rows.entries()) {
    const row = (await lockOld(trx, MAPPINGS, seen.id)) ?? seen;
    const elsewhere = index === 0 ? said.slice(1).flat() : Object.keys(theirs);
    const values: Values = mappingFor(plugin, row, theirs, new Set(elsewhere));
    const isSilent = Object.keys(parametersOf(plugin, { ...row, ...values })).length === 0;
    await updateOld(trx, MAPPINGS, row.id, { ...values, is_active: !isSilent });
  }
}

/** As the old world calls it. */
async function systemNameOf(trx: Queryable, plugins: InstalledPlugins, plugin: string): Promise<string> {
  const systems = await readOld(trx, SYSTEMS);
  const nameOf = await pluginNames(trx, plugins);
  const system = systems.find((row) => nameOf(row) === plugin);
  const name = system?.['system_name'];
  // Another name may be one that only its system is known by.
  return typeof name === 'string' && nameOf({ system_name: name }) === plugin ? name : plugin;
}
