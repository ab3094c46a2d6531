// Instances → old tables: what changes in an instance while both shapes are written, or when the old one only follows.
import { sql } from 'kysely';
import { type InstanceMirror, type InstanceView, readView } from '../../instances/index.ts';
import type { PluginVersion } from '../../kernel/index.ts';
import type { Queryable } from '../../store/index.ts';
import { INSTANCES, type OldTable, SYSTEMS } from '../api/tables.ts';
import { findOld, holdOld, insertOld, lockOld, type OldRow, readOld, updateOld, type Values } from '../old-rows.ts';
import { type InstalledPlugins, pluginOfSystem } from '../plugins.ts';
import { booleanOf } from '../import/cells.ts';
import { saidClient } from '../import/said-client.ts';
import { jsonOf, recordOf } from '../rows.ts';
import { clientIdOf } from '../clients.ts';
import { nameOf } from './connection-values.ts';
import { addLink, removeLinks, sourcesOf } from './links.ts';
import { membersOf } from './members.ts';
import { holdMove, moveOf } from './modes.ts';
import { oldShapeOf } from './old-shape.ts';

/** Whoever makes the system of a plugin. */
const NEW_SYSTEM = 7_106_312;

export function createInstanceMirror(active: InstalledPlugins): InstanceMirror {
  return {
    begin: holdMove,
    async wrote(trx, { before, after, secretsSent, plugin: next }) {
      const plugins = next === undefined ? active : withVersion(active, next);
      const plugin = (after ?? before)?.plugin;
      if (plugin === undefined || (await moveOf(trx, plugin)).mode === 'legacy') return;
      if (after === undefined) {
        if (before !== undefined) await retire(trx, before.id);
        return;
      }
      const rows = await rowsOf(trx, after.id);
      for (const place of rows) {
        const row = await updateOld(
          trx,
          place.table,
          place.row.id,
          await valuesFor(trx, plugins, after, secretsSent, place),
        );
        if (place.table === SYSTEMS && gives(place.row) !== gives(row)) await rewriteMembers(trx, plugins, row.id);
      }
      // One that is switched off and has no row was deleted there.
      if (rows.length === 0 && after.enabled) await addRow(trx, plugins, after);
    },
  };
}

/** As it will be when the version has flipped. */
function withVersion(active: InstalledPlugins, next: PluginVersion): InstalledPlugins {
  const { name } = next.manifest;
  return {
    list: () => [...active.list().filter(({ manifest }) => manifest.name !== name), next],
    find: (wanted) => (wanted === name ? next : active.find(wanted)),
  };
}

interface Place {
  readonly table: OldTable;
  readonly row: OldRow;
}

/** The rows that stand for an instance, locked. */
async function rowsOf(trx: Queryable, instanceId: string): Promise<Place[]> {
  const places: Place[] = [];
  for (const { legacy_table, legacy_id } of await sourcesOf(trx, 'instance', instanceId)) {
    const table = [SYSTEMS, INSTANCES].find((one) => one.table === legacy_table);
    const row = table && (await lockOld(trx, table, legacy_id));
    if (table !== undefined && row !== undefined) places.push({ table, row });
  }
  return places;
}

/** What the instances of a system take from it. */
function gives({ base_url, auth_type, auth_config, connection_config }: OldRow): string {
  return JSON.stringify([base_url, auth_type, jsonOf(auth_config), jsonOf(connection_config)]);
}

/** A system says something else now, which its instances would take from it: their rows say what they have. */
async function rewriteMembers(trx: Queryable, plugins: InstalledPlugins, systemId: number): Promise<void> {
  for (const [id, instanceId] of await membersOf(trx, systemId)) {
    const row = await lockOld(trx, INSTANCES, id);
    if (row === undefined) continue;
    const view = await readView(trx, plugins, instanceId);
    await updateOld(trx, INSTANCES, id, await valuesFor(trx, plugins, view, new Set(), { table: INSTANCES, row }));
  }
}

/** It is gone here: there it is switched off, and nobody's. */
async function retire(trx: Queryable, instanceId: string): Promise<void> {
  for (const { table, row } of await rowsOf(trx, instanceId)) {
    await updateOld(trx, table, row.id, { is_active: false });
    await removeLinks(trx, table.table, row.id, 'instance');
  }
}

/** An instance that the old world does not know yet. */
export async function addRow(trx: Queryable, plugins: InstalledPlugins, view: InstanceView): Promise<void> {
  const system = await heldSystemFor(trx, plugins, view.plugin);
  const values = await valuesFor(trx, plugins, view, new Set(view.secretsSet), { system });
  const row = await insertOld(trx, INSTANCES, { system_id: system.id, ...values });
  await addLink(trx, {
    ...{ legacy_table: 'external_system_instances', legacy_id: row.id, kind: 'instance', target_id: view.id },
    ...{ plugin: view.plugin, origin: 'plugin' },
  });
}

/** As it stays until the row that is made by it is there. */
async function heldSystemFor(trx: Queryable, plugins: InstalledPlugins, plugin: string): Promise<OldRow> {
  for (;;) {
    const system = await holdOld(trx, SYSTEMS, (await systemFor(trx, plugins, plugin)).id);
    // Whoever had it before has deleted it or switched it off.
    if (system !== undefined && system['is_active'] !== false) return system;
  }
}

/** The oldest system of the plugin; made when there is none. */
export async function systemFor(trx: Queryable, plugins: InstalledPlugins, plugin: string): Promise<OldRow> {
  const find = async (): Promise<OldRow | undefined> => {
    for (const system of await readOld(trx, SYSTEMS)) {
      if (system['is_active'] !== false && (await pluginOfSystem(trx, plugins, system)) === plugin) return system;
    }
    return undefined;
  };
  const known = await find();
  if (known !== undefined) return known;
  await sql`select pg_advisory_xact_lock(${NEW_SYSTEM})`.execute(trx);
  const made = await find();
  if (made !== undefined) return made;
  const display_name = plugins.find(plugin)?.manifest.displayName ?? plugin;
  const system = await insertOld(trx, SYSTEMS, { system_name: plugin, display_name, is_active: true });
  await addLink(trx, {
    ...{ legacy_table: 'external_systems', legacy_id: system.id, kind: 'plugin', target_id: plugin },
    ...{ plugin, origin: 'plugin' },
  });
  return system;
}

/** What the row of an instance has to say; of a plugin that is missing only what needs no plugin to be understood. */
export async function valuesFor(
  trx: Queryable,
  plugins: InstalledPlugins,
  view: InstanceView,
  secretsSent: ReadonlySet<string>,
  at: Place | { readonly system: OldRow },
): Promise<Values> {
  const place = 'table' in at ? at : undefined;
  const isSystem = place?.table === SYSTEMS;
  const systemId = place?.row['system_id'];
  const system = 'system' in at ? at.system : isSystem ? undefined : await systemOf(trx, systemId);
  const column = isSystem ? 'display_name' : 'instance_name';
  // What says it already stays as it was written, or left out.
  const named =
    place !== undefined && nameOf({ row: place.row, system }, isSystem) === view.name ? {} : { [column]: view.name };
  const wasActive = place === undefined ? undefined : booleanOf(place.row['is_active'] ?? true);
  const isActive = wasActive === view.enabled ? {} : { is_active: view.enabled };
  const version = plugins.find(view.plugin);
  if (version === undefined) return { ...named, ...isActive };
  const shape = oldShapeOf({ manifest: version.manifest, view, secretsSent, row: place?.row, system });
  const connection_config = await withClient(trx, version, place?.row ?? {}, shape.connection_config, view.clientId);
  return { ...named, ...shape, connection_config, ...isActive };
}

async function systemOf(trx: Queryable, id: unknown): Promise<OldRow | undefined> {
  return typeof id === 'number' ? findOld(trx, SYSTEMS, id) : undefined;
}

/** Whose it is, in the settings: of a column that says something else they say it too. */
async function withClient(
  trx: Queryable,
  { manifest }: PluginVersion,
  row: Values,
  settings: Values | null,
  clientId: string | null,
): Promise<Values | null> {
  if (Object.hasOwn(manifest.config.properties, 'clientId')) return settings;
  if ((await clientIdOf(trx, saidClient({ ...row, connection_config: settings }))) === (clientId ?? undefined))
    return settings;
  const { clientId: _, client_id: __, ...others } = recordOf(settings);
  const isElsewhere = (row['client_id'] ?? null) !== null;
  return clientId === null && !isElsewhere ? others : { ...others, clientId };
}
