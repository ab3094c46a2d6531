// Widgets → templates, for those that were one. What is made in the new world stands on its dashboards, which the old one never had here.
import { isDeepStrictEqual } from 'node:util';
import type { Queryable } from '../../store/index.ts';
import type { Widget, WidgetMirror } from '../../widgets/index.ts';
import { TEMPLATES } from '../api/tables.ts';
import { lockOld, type OldRow, updateOld, type Values } from '../old-rows.ts';
import type { InstalledPlugins } from '../plugins.ts';
import { recordOf } from '../rows.ts';
import { removeLinks, sourcesOf } from './links.ts';
import { holdMove, moveOf } from './modes.ts';
import { widgetOf } from './template-widget.ts';

export function createWidgetMirror(plugins: InstalledPlugins): WidgetMirror {
  return {
    begin: holdMove,
    async wrote(trx, { before, after }) {
      const widget = after ?? before;
      // A new one has no row: its id may be one that another had before.
      if (widget === undefined || before === undefined) return;
      if ((await moveOf(trx, widget.plugin)).mode === 'legacy') return;
      for (const { legacy_table, legacy_id } of await sourcesOf(trx, 'widget', widget.id)) {
        if (legacy_table !== TEMPLATES.table) continue;
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
