// Where a move begins: what there is of a plugin in the old tables, and what has to be there before both shapes are written.
import { Problem } from '../../errors.ts';
import type { Instances } from '../../instances/index.ts';
import type { Queryable } from '../../store/index.ts';
import { INSTANCES, SYSTEMS } from '../api/tables.ts';
import { type OldRow, readOld } from '../old-rows.ts';
import { type InstalledPlugins, pluginOfSystem } from '../plugins.ts';
import { targetsOf } from './links.ts';
import { sayParameters } from './mapping-mirror.ts';
import { addRow } from './mirror.ts';
import { sayWidgets } from './template-mirror.ts';

/** Both shapes know the same: rows become instances by an import, instances become rows here. */
export async function meet(
  trx: Queryable,
  plugin: string,
  { plugins, instances }: { readonly plugins: InstalledPlugins; readonly instances: Pick<Instances, 'writes'> },
): Promise<void> {
  const version = plugins.find(plugin);
  if (version === undefined) {
    throw new Problem('not_found', `there is no plugin "${plugin}"`, { next: 'GET /api/plugins lists the plugins.' });
  }
  const rows = (await rowsByPlugin(trx, plugins)).get(plugin) ?? NO_ROWS;
  const unmoved = await unmovedOf(trx, rows);
  if (unmoved.length > 0) {
    throw new Problem(
      'conflict',
      `${unmoved.length} rows of "${plugin}" are not imported: ${unmoved.slice(0, 5).join(', ')}`,
      {
        next: 'Import them: jackfield legacy import.',
      },
    );
  }
  const linked = new Set(
    [...(await targetsOf(trx, SYSTEMS.table, 'instance')).values()].concat([
      ...(await targetsOf(trx, INSTANCES.table, 'instance')).values(),
    ]),
  );
  for (const view of await instances.writes.list(trx, plugin)) {
    if (view.enabled && !linked.has(view.id)) await addRow(trx, plugins, view);
  }
  await sayParameters(trx, plugins, plugin);
  await sayWidgets(trx, plugins, plugin);
}

export interface Rows {
  readonly systems: readonly OldRow[];
  readonly instances: readonly OldRow[];
}

export const NO_ROWS: Rows = { systems: [], instances: [] };

/** Those of no plugin here are in none. */
export async function rowsByPlugin(db: Queryable, plugins: InstalledPlugins): Promise<ReadonlyMap<string, Rows>> {
  const rows = new Map<string, Rows>();
  const members = Map.groupBy(await readOld(db, INSTANCES), (row) => row['system_id']);
  for (const system of await readOld(db, SYSTEMS)) {
    const plugin = await pluginOfSystem(db, plugins, system);
    if (plugin === undefined) continue;
    const before = rows.get(plugin) ?? NO_ROWS;
    const own = members.get(system.id) ?? [];
    rows.set(plugin, { systems: [...before.systems, system], instances: [...before.instances, ...own] });
  }
  return rows;
}

/** Rows that are in use, and neither linked nor in the quarantine. */
export async function unmovedOf(db: Queryable, { systems, instances }: Rows): Promise<string[]> {
  const quarantined = await db.selectFrom('legacy_quarantine').select(['legacy_table', 'legacy_id']).execute();
  const kept = new Set(quarantined.map(({ legacy_table, legacy_id }) => `${legacy_table} ${legacy_id}`));
  const [asPlugin, asInstance] = [
    await targetsOf(db, SYSTEMS.table, 'plugin'),
    await targetsOf(db, INSTANCES.table, 'instance'),
  ];
  return [
    ...systems.filter(({ id }) => !asPlugin.has(id)).map(({ id }) => `${SYSTEMS.table} ${id}`),
    ...instances
      .filter((row) => row['is_active'] !== false && !asInstance.has(row.id))
      .map(({ id }) => `${INSTANCES.table} ${id}`),
  ].filter((name) => !kept.has(name));
}
