// What a widget or a template shows, in full: its columns have the types, units and labels of the query or stream they come from.
import type { Column, ManifestQuery, ManifestView, ManifestWidget, PluginManifest } from '@jackfield/schemas';
import { viewColumns } from './view-columns.ts';

export interface WidgetDescription {
  readonly title: string;
  readonly description?: string;
  readonly kind: ManifestWidget['kind'];
  readonly query?: string;
  readonly view?: ManifestView;
  readonly params: Readonly<Record<string, unknown>>;
  /** Columns that are shown, in this order; the data may have more. Empty when they come with the answer. */
  readonly columns: readonly Column[];
  readonly x: string | null;
  readonly y: readonly string[];
  readonly refreshMs: number;
}

export function describe(manifest: PluginManifest, widget: ManifestWidget): WidgetDescription {
  const { title, description, kind, query, view, params, columns, x, y, refreshMs } = widget;
  const known = columnsOf(manifest, widget);
  return {
    title,
    ...(description === undefined ? {} : { description }),
    kind,
    ...(query === undefined ? {} : { query }),
    ...(view === undefined ? {} : { view }),
    params,
    columns: columns === undefined ? known : columns.flatMap((name) => known.filter((column) => column.name === name)),
    x: x ?? null,
    y: y ?? [],
    refreshMs,
  };
}

/** The query with this id; undefined when the plugin has none. */
export function queryOf(manifest: PluginManifest, id: string): ManifestQuery | undefined {
  return Object.hasOwn(manifest.queries, id) ? manifest.queries[id] : undefined;
}

function columnsOf(manifest: PluginManifest, { query, view }: ManifestWidget): readonly Column[] {
  if (view !== undefined) return viewColumns(manifest, view);
  return query === undefined ? [] : (queryOf(manifest, query)?.columns ?? []);
}
