// A widget's own settings laid over its template's: the same shape as a template, whatever it was made from.
import type { ManifestWidget, PluginManifest } from '@jackfield/schemas';
import { Problem } from '../errors.ts';
import type { WidgetSettings } from './input.ts';
import { queryOf } from './description.ts';
import type { WidgetPlugins } from './plugins.ts';

export function templateOf(manifest: PluginManifest, id: string): ManifestWidget | undefined {
  const { widgets = {} } = manifest;
  return Object.hasOwn(widgets, id) ? widgets[id] : undefined;
}

/** Undefined when the plugin has no such template. Whether the query, view and columns exist is not looked at. `refreshMs`: when nobody says it. */
export function effectiveWidget(
  manifest: PluginManifest,
  own: WidgetSettings,
  refreshMs: number,
): ManifestWidget | undefined {
  const base = own.template === null ? bare(manifest, own, refreshMs) : templateOf(manifest, own.template);
  if (base === undefined) return undefined;
  return {
    ...base,
    ...(own.title === null ? {} : { title: own.title }),
    ...(own.kind === null ? {} : { kind: own.kind }),
    ...(own.columns === null ? {} : { columns: [...own.columns] }),
    ...(own.x === null ? {} : { x: own.x }),
    ...(own.y === null ? {} : { y: [...own.y] }),
    ...(own.refreshMs === null ? {} : { refreshMs: own.refreshMs }),
    params: { ...base.params, ...own.params },
  };
}

/** The widget that a query or view is when nothing is said about it. */
function bare(manifest: PluginManifest, { query, view }: WidgetSettings, refreshMs: number): ManifestWidget {
  const title = query === null ? view && manifest.streams?.[view.stream]?.title : queryOf(manifest, query)?.title;
  return {
    title: title ?? query ?? view?.stream ?? '',
    kind: 'table',
    ...(query === null ? {} : { query }),
    ...(view === null ? {} : { view }),
    params: {},
    refreshMs,
  };
}

/**
 * What a saved widget shows now.
 * @throws Problem `gone` when its plugin, template, query or stream is no longer there.
 */
export function currentWidget(
  plugins: WidgetPlugins,
  own: WidgetSettings,
): { readonly manifest: PluginManifest; readonly widget: ManifestWidget } {
  const manifest = plugins.find(own.plugin)?.manifest;
  if (manifest === undefined) {
    throw gone(own.plugin, `the plugin "${own.plugin}" is not installed, is disabled or failed to load`, {
      next: `Install the plugin "${own.plugin}", or delete the widget.`,
    });
  }
  const widget = effectiveWidget(manifest, own, plugins.refreshMs);
  if (widget === undefined) throw gone(own.plugin, missing(manifest, `widget template "${own.template}"`));
  if (widget.query !== undefined && queryOf(manifest, widget.query) === undefined)
    throw gone(own.plugin, missing(manifest, `query "${widget.query}"`));
  if (widget.view !== undefined && !Object.hasOwn(manifest.streams ?? {}, widget.view.stream))
    throw gone(own.plugin, missing(manifest, `stream "${widget.view.stream}"`));
  return { manifest, widget };
}

function missing({ name, version }: PluginManifest, what: string): string {
  return `version ${version} of the plugin "${name}" has no ${what}`;
}

function gone(plugin: string, detail: string, options: { readonly next?: string } = {}): Problem {
  return new Problem('gone', detail, { plugin, next: 'Change the widget, or delete it.', ...options });
}
