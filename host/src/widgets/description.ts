// What a widget or a template shows, in full: its columns have the types, units and labels of the query or stream they come from.
import {
  type Column,
  type ManifestQuery,
  type ManifestView,
  type ManifestWidget,
  perColumn,
  type PluginManifest,
  viewColumns,
} from '@jackfield/schemas';

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
  const whose = whoseColumn(manifest, widget);
  return {
    title,
    ...(description === undefined ? {} : { description }),
    kind,
    ...(query === undefined ? {} : { query }),
    ...(view === undefined ? {} : { view }),
    params,
    columns: columns?.flatMap((name) => [...whose, ...known].filter((column) => column.name === name)) ?? known,
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
  if (view === undefined) return query === undefined ? [] : (queryOf(manifest, query)?.columns ?? []);
  const { streams = {} } = manifest;
  return viewColumns(view, (Object.hasOwn(streams, view.stream) ? streams[view.stream]?.columns : undefined) ?? []);
}

/** Synced rows also say what they are of, which may be shown. */
function whoseColumn(manifest: PluginManifest, { query, view }: ManifestWidget): readonly Column[] {
  const read = view ?? (query === undefined ? undefined : queryOf(manifest, query)?.view);
  return (read && perColumn(read)) === undefined ? [] : [perColumn(read ?? {}) as Column];
}
