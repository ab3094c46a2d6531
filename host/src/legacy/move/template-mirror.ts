// Widgets → templates: a widget that stands on no dashboard is what the old world calls one. Dashboards it never had here: what is made on
// one has no row, as long as nobody takes it off.
import { isDeepStrictEqual } from 'node:util';
import type { Queryable } from '../../store/index.ts';
import { effectiveWidget, readWidgets, type Widget, type WidgetMirror } from '../../widgets/index.ts';
import { INSTANCES, SYSTEMS, TEMPLATES } from '../api/tables.ts';
import { findOld, insertOld, lockOld, type OldRow, updateOld, type Values } from '../old-rows.ts';
import type { InstalledPlugins } from '../plugins.ts';
import { recordOf } from '../rows.ts';
import { addLink, removeLinks, type Source, sourcesOf } from './links.ts';
import { systemFor } from './mirror.ts';
import { holdMove, moveOf } from './modes.ts';
import { widgetOf } from './template-widget.ts';

export function createWidgetMirror(plugins: InstalledPlugins): WidgetMirror {
  return {
    begin: holdMove,
    async wrote(trx, { before, after }) {
      const widget = after ?? before;
      if (widget === undefined || (await moveOf(trx, widget.plugin)).mode === 'legacy') return;
      const rows = await rowsOf(trx, widget.id);
      // Its id may be one that another had before.
      if (before === undefined) for (const { legacy_id } of rows) await removeLinks(trx, TEMPLATES.table, legacy_id);
      if (after !== undefined && (before === undefined || rows.length === 0)) {
        if (after.dashboardId === null) await addTemplate(trx, plugins, after);
        return;
      }
      for (const { legacy_id } of rows) {
        const row = await lockOld(trx, TEMPLATES, legacy_id);
        if (row === undefined) continue;
        if (after === undefined) {
          await updateOld(trx, TEMPLATES, legacy_id, { is_active: false });
          await removeLinks(trx, TEMPLATES.table, legacy_id);
        } else await updateOld(trx, TEMPLATES, legacy_id, await templateFor(trx, plugins, row, after));
      }
    },
  };
}

async function rowsOf(trx: Queryable, widgetId: string): Promise<Source[]> {
  return (await sourcesOf(trx, 'widget', widgetId)).filter(({ legacy_table }) => legacy_table === TEMPLATES.table);
}

/** Those that stand on no dashboard, and that no template is. */
export async function sayWidgets(trx: Queryable, plugins: InstalledPlugins, plugin: string): Promise<void> {
  for (const { around: _, ...widget } of await readWidgets(trx, { plugin })) {
    const isTemplate = widget.dashboardId !== null || (await rowsOf(trx, widget.id)).length > 0;
    if (!isTemplate) await addTemplate(trx, plugins, widget);
  }
}

/** Not of one that asks what is synced: the old world could not. */
async function addTemplate(trx: Queryable, plugins: InstalledPlugins, widget: Widget): Promise<void> {
  const version = plugins.find(widget.plugin);
  const shown = version && effectiveWidget(version.manifest, widget, 0);
  if (shown?.query === undefined) return;
  const place = await placeFor(trx, plugins, widget);
  const named = { ...widget, title: shown.title };
  const values = await templateFor(trx, plugins, { ...place, id: 0 }, named);
  const row = await insertOld(trx, TEMPLATES, { ...place, is_active: true, ...values });
  await addLink(trx, {
    ...{ legacy_table: TEMPLATES.table, legacy_id: row.id, kind: 'widget', target_id: widget.id },
    ...{ plugin: widget.plugin, origin: 'plugin' },
  });
}

/** Of the first of its instances that has a row, else of the system of its plugin. */
async function placeFor(trx: Queryable, plugins: InstalledPlugins, { instances, plugin }: Widget): Promise<Values> {
  for (const id of Array.isArray(instances) ? (instances as readonly string[]) : []) {
    const [source] = await sourcesOf(trx, 'instance', id);
    if (source?.legacy_table === SYSTEMS.table) return { system_id: source.legacy_id };
    const row = source && (await findOld(trx, INSTANCES, source.legacy_id));
    if (row !== undefined) return { system_id: row['system_id'], instance_id: row.id };
  }
  return { system_id: (await systemFor(trx, plugins, plugin)).id };
}

/** What the row has to say to be this widget, as it was written where that says it already. */
export async function templateFor(
  db: Queryable,
  plugins: InstalledPlugins,
  row: OldRow,
  widget: Widget,
): Promise<Values> {
  const said = await widgetOf(db, plugins, row).catch(() => undefined);
  const version = plugins.find(widget.plugin);
  const template = widget.template === null ? undefined : version?.manifest.widgets?.[widget.template];
  const asks = ['template', 'query', 'params'] as const;
  const isSame = said !== undefined && asks.every((name) => isDeepStrictEqual(said[name], widget[name]));
  const { query_id: _, queryId: __, ...display } = recordOf(row['display_config']);
  const query = widget.query ?? template?.query;
  const question = isSame
    ? {}
    : {
        ...{ query: null, method: null, parameters: { ...template?.params, ...widget.params } },
        display_config: query === undefined ? display : { ...display, query_id: query },
      };
  const kind = widget.kind ?? template?.kind;
  return {
    ...(widget.title === null || said?.title === widget.title ? {} : { name: widget.title }),
    ...question,
    ...(kind === undefined || said?.kind === widget.kind ? {} : { widget_type: kind }),
    ...(said?.refreshMs === widget.refreshMs
      ? {}
      : refreshFor(recordOf(row['display_config']), question, widget.refreshMs)),
  };
}

/** Whole seconds have a column. */
function refreshFor({ refresh_interval: _, ...display }: Values, question: Values, ms: number | null): Values {
  const seconds = ms === null ? null : ms / 1000;
  const shown = recordOf(question['display_config'] ?? display);
  if (seconds === null || Number.isInteger(seconds)) return { refresh_interval: seconds, display_config: shown };
  return { refresh_interval: null, display_config: { ...shown, refresh_interval: seconds } };
}
