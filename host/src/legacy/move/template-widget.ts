// The widget that a template of the old world is: as an import makes it, of the row as it is now.
import { Problem } from '../../errors.ts';
import type { Queryable } from '../../store/index.ts';
import type { Widget } from '../../widgets/index.ts';
import { INSTANCES, SYSTEMS, TEMPLATES } from '../api/tables.ts';
import { invalid } from '../api/input.ts';
import { readOldWidget } from '../import/cards.ts';
import { inheriting, isSameConnection, readConnection } from '../import/connections.ts';
import { makeWidget } from '../import/plan-widgets.ts';
import type { Place } from '../import/system-ids.ts';
import { withKept } from '../masks.ts';
import { findOld, type OldRow, readOld, type Values } from '../old-rows.ts';
import { type InstalledPlugins, pluginOfSystem } from '../plugins.ts';
import { targetOf } from './links.ts';

export type TemplateWidget = Pick<
  Widget,
  'plugin' | 'template' | 'query' | 'title' | 'kind' | 'params' | 'instances' | 'refreshMs' | 'runsAs'
>;

/** Whose instances it shows: of the one that it names, or of its system. Undefined: it belongs to no plugin. */
export async function placeOf(db: Queryable, plugins: InstalledPlugins, row: Values): Promise<Place | undefined> {
  const [instanceId, systemId] = [row['instance_id'], row['system_id']];
  const instance = typeof instanceId === 'number' ? await findOld(db, INSTANCES, instanceId) : undefined;
  const own = instance && (await targetOf(db, INSTANCES.table, instance.id, 'instance'));
  const id = own === undefined ? systemId : instance?.['system_id'];
  const system = typeof id === 'number' ? await findOld(db, SYSTEMS, id) : undefined;
  const plugin = await pluginOfSystem(db, plugins, system);
  if (system === undefined || plugin === undefined) return undefined;
  return { plugin, instanceIds: own === undefined ? await instancesOfSystem(db, system) : [own] };
}

/** Its own, the one that has the same connection, or those that it is only a name over. */
async function instancesOfSystem(db: Queryable, system: OldRow): Promise<string[]> {
  const own = await targetOf(db, SYSTEMS.table, system.id, 'instance');
  if (own !== undefined) return [own];
  const connection = readConnection(withKept(system));
  const members = await readOld(db, INSTANCES, { system_id: system.id });
  const same = members.find((row) =>
    isSameConnection(connection, inheriting(readConnection(withKept(row)), connection)),
  );
  const over = connection.baseUrl === undefined || same === undefined ? members : [same];
  const ids = await Promise.all(over.map(({ id }) => targetOf(db, INSTANCES.table, id, 'instance')));
  return ids.filter((id) => id !== undefined);
}

/** @throws Problem `config_invalid` when no widget asks what the template asks. */
export async function widgetOf(db: Queryable, plugins: InstalledPlugins, row: Values): Promise<TemplateWidget> {
  const place = await placeOf(db, plugins, row);
  if (place === undefined) throw new Problem('conflict', 'the template belongs to no plugin');
  const made = makeWidget(
    { plugin: (name) => plugins.find(name) },
    { id: '', dashboardId: null, place, old: readOldWidget(row), position: undefined },
  );
  if ('reason' in made) throw invalid(TEMPLATES, [{ pointer: '/query', message: made.detail }]);
  const { plugin, template, query, title, show, params, instances, refreshMs, runsAs } = made;
  return { plugin, template, query, title, kind: show, params, instances, refreshMs, runsAs };
}
