// Widget templates → widgets.
import { isDeepStrictEqual } from 'node:util';
import type { Audit, Role } from '../../access/index.ts';
import type { Clock } from '../../clock.ts';
import { Problem } from '../../errors.ts';
import type { Written } from '../../instances/index.ts';
import { assertMayRun } from '../../queries/index.ts';
import { idFromName, idsFor } from '../../slug.ts';
import type { Queryable } from '../../store/index.ts';
import { deleteWidget, insertWidget, readWidgets, replaceWidget, type Widget } from '../../widgets/index.ts';
import { TEMPLATES } from '../api/tables.ts';
import type { OldRow, Values } from '../old-rows.ts';
import type { InstalledPlugins } from '../plugins.ts';
import { addLink, removeLinks, targetOf } from './links.ts';
import { templateFor } from './template-mirror.ts';
import { placeOf, type TemplateWidget, widgetOf } from './template-widget.ts';
import type { By, Twin } from './twin.ts';

export interface TemplateTwinParts {
  readonly plugins: InstalledPlugins;
  readonly audit: Pick<Audit, 'record'>;
  readonly clock: Clock;
}

/** Half the grid, as for every widget that nobody has placed. */
const SOMEWHERE = { x: 0, y: 0, w: 6, h: 4 };

export function createTemplateTwin({ plugins, audit, clock }: TemplateTwinParts): Twin {
  const now = (): string => new Date(clock.now()).toISOString();
  /** As for whoever saves a widget: it is run with their right. */
  const assertMayAsk = (
    role: Role,
    { plugin: name, query, template }: Pick<Widget, 'plugin' | 'query' | 'template'>,
  ): void => {
    const version = plugins.find(name);
    const id = query ?? (template === null ? undefined : version?.manifest.widgets?.[template]?.query);
    const asked = id === undefined ? undefined : version?.manifest.queries[id];
    if (version !== undefined && id !== undefined && asked !== undefined) assertMayRun(role, version, id, asked);
  };

  const make = async (trx: Queryable, row: OldRow, plain: Values, { role }: By): Promise<Written[]> => {
    const settings = await widgetOf(trx, plugins, plain);
    assertMayAsk(role, settings);
    const base = idFromName(`${settings.plugin} ${settings.title ?? ''}`, 'widget');
    const rest = { dashboardId: null, view: null, columns: null, x: null, y: null, position: SOMEWHERE };
    const stamps = { revision: 1, createdAt: now(), updatedAt: now() };
    for (const id of idsFor(undefined, base)) {
      const widget: Widget = { ...settings, ...rest, ...stamps, id };
      if (!(await insertWidget(trx, widget))) continue;
      await addLink(trx, {
        ...{ legacy_table: TEMPLATES.table, legacy_id: row.id, kind: 'widget', target_id: id },
        ...{ plugin: settings.plugin, origin: 'legacy' },
      });
      await audit.record(trx, { action: 'widget.create', entity: { kind: 'widget', id }, after: widget });
      return [];
    }
    throw new Problem('conflict', `no id like "${base}" is free`);
  };

  return {
    async pluginOf(db, row) {
      const place = await placeOf(db, plugins, row);
      // Its system may be gone: it moves with what it has become.
      if (place === undefined && typeof row['id'] === 'number') return (await linked(db, row['id']))?.plugin;
      return place?.plugin;
    },

    async lock(trx, row) {
      const id = await targetOf(trx, TEMPLATES.table, row.id, 'widget');
      if (id !== undefined) await trx.selectFrom('widget').select('id').where('id', '=', id).forUpdate().execute();
    },

    // Everybody who sees a widget sees what it asks: a secret is none of it.
    keeps: async () => [],
    create: make,

    async update(trx, before, after, by) {
      const widget = await linked(trx, before.id);
      if (widget === undefined) return make(trx, before, after, by);
      const change = changed(
        await widgetOf(trx, plugins, before).catch(() => undefined),
        await widgetOf(trx, plugins, after),
      );
      if (Object.keys(change).length === 0) return [];
      const next: Widget = { ...widget, ...change, revision: widget.revision + 1, updatedAt: now() };
      assertMayAsk(by.role, next);
      await replaceWidget(trx, next, widget.revision);
      const entity = { kind: 'widget', id: widget.id };
      await audit.record(trx, { action: 'widget.change', entity, before: widget, after: next });
      return [];
    },

    async remove(trx, row) {
      const widget = await linked(trx, row.id);
      await removeLinks(trx, TEMPLATES.table, row.id);
      // Where somebody has placed it, it is on a dashboard of the new world.
      if (widget === undefined || widget.dashboardId !== null) return [];
      await deleteWidget(trx, widget.id);
      await audit.record(trx, { action: 'widget.delete', entity: { kind: 'widget', id: widget.id }, before: widget });
      return [];
    },

    async shown(db, rows) {
      const shown = new Map<number, Values>();
      for (const row of rows) {
        const widget = await linked(db, row.id);
        if (widget !== undefined) shown.set(row.id, await templateFor(db, plugins, row, widget));
      }
      return shown;
    },
  };
}

async function linked(db: Queryable, id: number): Promise<Widget | undefined> {
  const widgetId = await targetOf(db, TEMPLATES.table, id, 'widget');
  const [placed] = widgetId === undefined ? [] : await readWidgets(db, { id: widgetId });
  if (placed === undefined) return undefined;
  const { around: _, ...widget } = placed;
  return widget;
}

/** What the template says differently now. */
function changed(before: TemplateWidget | undefined, after: TemplateWidget): Partial<TemplateWidget> {
  if (before === undefined) return after;
  const entries = Object.entries(after).filter(
    ([name, value]) => !isDeepStrictEqual(value, before[name as keyof TemplateWidget]),
  );
  return Object.fromEntries(entries);
}
