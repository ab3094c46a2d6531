// The rules of queries, streams, routes, widgets and jobs that JSON Schema cannot say: members that name other members.
import { pointerTo, type Finding } from './finding.ts';
import type {
  Column,
  ManifestJob,
  ManifestQuery,
  ManifestRoute,
  ManifestStream,
  ManifestView,
  ManifestWidget,
  ObjectSchema,
  PluginManifest,
} from './generated.ts';
import { isUnsafeName } from './unsafe-names.ts';
import { perColumn, viewColumns } from './view-columns.ts';
import { viewFindings } from './view-rules.ts';

/** Findings of every contribution but the schemas of its params. */
export function contributionFindings(manifest: PluginManifest): Finding[] {
  return [
    ...each(manifest.queries, '/queries', (query, at) => queryFindings(manifest, query, at)),
    ...each(manifest.streams, '/streams', streamFindings),
    ...each(manifest.routes, '/routes', (route, at) => routeFindings(manifest, route, at)),
    ...pathFindings(manifest.routes ?? {}),
    ...each(manifest.widgets, '/widgets', (widget, at) => widgetFindings(manifest, widget, at)),
    ...each(manifest.jobs, '/jobs', (job, at) => jobFindings(manifest, job, at)),
  ];
}

function each<T>(
  items: Readonly<Record<string, T>> | undefined,
  at: string,
  find: (item: T, at: string) => Finding[],
): Finding[] {
  return Object.entries(items ?? {}).flatMap(([id, item]) => find(item, pointerTo(at, id)));
}

function queryFindings(manifest: PluginManifest, query: ManifestQuery, at: string): Finding[] {
  const { columns, dynamicColumns, source = 'live', view } = query;
  if ((source === 'synced') !== (view !== undefined)) {
    return [{ pointer: `${at}/view`, message: 'belongs to "source": "synced", and to nothing else' }];
  }
  if (dynamicColumns) {
    if (view !== undefined) return [{ pointer: `${at}/dynamicColumns`, message: 'is of no use to a synced query' }];
    return columns.length === 0
      ? []
      : [{ pointer: `${at}/columns`, message: 'must be empty: they come with the answer' }];
  }
  if (columns.length === 0) return [{ pointer: `${at}/columns`, message: 'must have at least one column' }];
  const findings = columnFindings(columns, `${at}/columns`);
  return view === undefined ? findings : [...findings, ...syncedFindings(manifest, query, view, at)];
}

function syncedFindings(manifest: PluginManifest, query: ManifestQuery, view: ManifestView, at: string): Finding[] {
  const findings = streamViewFindings(manifest, view, `${at}/view`, query.params);
  if (findings.length > 0) return findings;
  if (query.cacheMs !== 0) return [{ pointer: `${at}/cacheMs`, message: 'must be 0: synced rows are not cached' }];
  const expected = viewColumns(view, columnsOf(manifest, view));
  const isSame =
    expected.length === query.columns.length &&
    expected.every((column, index) => isEqual(column, query.columns[index]));
  return isSame ? [] : [{ pointer: `${at}/columns`, message: 'must be the columns of its view' }];
}

function isEqual(a: Column, b: Column | undefined): boolean {
  return a.name === b?.name && a.type === b.type && a.unit === b.unit && a.label === b.label;
}

function columnFindings(columns: readonly Column[], at: string): Finding[] {
  const seen = new Set<string>();
  return columns.flatMap(({ name }, index) => {
    const pointer = `${at}/${index}/name`;
    if (isUnsafeName(name)) return [{ pointer, message: `${name} is not allowed as a name` }];
    if (seen.has(name)) return [{ pointer, message: `is the name of an earlier column (${JSON.stringify(name)})` }];
    seen.add(name);
    return [];
  });
}

/** Every name in `names` must be one of `known`. */
function nameFindings(names: readonly string[], known: ReadonlySet<string>, at: string, what: string): Finding[] {
  return names.flatMap((name, index) =>
    known.has(name) ? [] : [{ pointer: `${at}/${index}`, message: `names no ${what} (got ${JSON.stringify(name)})` }],
  );
}

function namesOf(columns: readonly Column[]): ReadonlySet<string> {
  return new Set(columns.map(({ name }) => name));
}

/** Columns that every stream's table has beside the declared ones. */
const TABLE_COLUMNS = new Set(['instance_id', 'row_hash', 'synced_at', 'deleted_at', 'deleted_reason']);

function streamFindings(stream: ManifestStream, at: string): Finding[] {
  const known = namesOf(stream.columns);
  const findings = [
    ...columnFindings(stream.columns, `${at}/columns`),
    ...nameFindings(stream.primaryKey, known, `${at}/primaryKey`, 'column'),
    ...takenFindings(stream.columns, `${at}/columns`),
  ];
  if (stream.version !== undefined && !known.has(stream.version)) {
    findings.push({ pointer: `${at}/version`, message: `names no column (got ${JSON.stringify(stream.version)})` });
  }
  if ((stream.deletion === 'census') !== (stream.census !== undefined)) {
    findings.push({ pointer: `${at}/census`, message: 'belongs to "deletion": "census", and to nothing else' });
  }
  return findings;
}

/** PostgreSQL tells names apart by case, people and BI tools do not. */
function takenFindings(columns: readonly Column[], at: string): Finding[] {
  const seen = new Map<string, string>();
  return columns.flatMap(({ name }, index) => {
    const pointer = `${at}/${index}/name`;
    const folded = name.toLowerCase();
    if (TABLE_COLUMNS.has(folded)) return [{ pointer, message: `${name} is a column that every stream's table has` }];
    const earlier = seen.get(folded);
    seen.set(folded, name);
    return earlier === undefined || earlier === name
      ? []
      : [{ pointer, message: `differs from the column ${earlier} in case only` }];
  });
}

function routeFindings(manifest: PluginManifest, route: ManifestRoute, at: string): Finding[] {
  return [
    ...route.verify.flatMap(({ secret }, index) => secretFindings(manifest, secret, `${at}/verify/${index}/secret`)),
    ...nameFindings(route.streams, new Set(Object.keys(manifest.streams ?? {})), `${at}/streams`, 'stream'),
  ];
}

/** A member of config that is secret: what it holds must not be readable. */
function secretFindings({ config }: PluginManifest, field: string, pointer: string): Finding[] {
  const property = Object.hasOwn(config.properties, field) ? config.properties[field] : undefined;
  if (property === undefined)
    return [{ pointer, message: `names no property of config (got ${JSON.stringify(field)})` }];
  return property['writeOnly'] === true
    ? []
    : [{ pointer, message: 'names a config property without "writeOnly": true, so it would not be kept secret' }];
}

function pathFindings(routes: Readonly<Record<string, ManifestRoute>>): Finding[] {
  const seen = new Map<string, string>();
  return Object.entries(routes).flatMap(([id, { method, path }]) => {
    const key = `${method} ${path}`;
    const owner = seen.get(key);
    seen.set(key, id);
    return owner === undefined
      ? []
      : [{ pointer: `/routes/${id}/path`, message: `with ${method} is taken by the route ${owner}` }];
  });
}

function widgetFindings(manifest: PluginManifest, widget: ManifestWidget, at: string): Finding[] {
  const { query: id, view } = widget;
  if ((id === undefined) === (view === undefined)) {
    return [{ pointer: at, message: 'must show a query or a view: one of the two' }];
  }
  if (view !== undefined) {
    const findings = streamViewFindings(manifest, view, `${at}/view`);
    if (findings.length > 0) return findings;
    if (Object.keys(widget.params).length > 0) return [{ pointer: `${at}/params`, message: 'a view has no params' }];
    return shownFindings(widget, answerNames(viewColumns(view, columnsOf(manifest, view)), view), at);
  }
  const query = Object.hasOwn(manifest.queries, id ?? '') ? manifest.queries[id ?? ''] : undefined;
  if (query === undefined) return [{ pointer: `${at}/query`, message: `names no query (got ${JSON.stringify(id)})` }];
  return query.dynamicColumns ? [] : shownFindings(widget, answerNames(query.columns, query.view), at);
}

/** Over many instances synced rows also say what they are of. */
function answerNames(columns: readonly Column[], view: ManifestView | undefined): ReadonlySet<string> {
  const per = view === undefined ? undefined : perColumn(view);
  return namesOf(per === undefined ? columns : [per, ...columns]);
}

function shownFindings({ columns = [], x, y = [] }: ManifestWidget, known: ReadonlySet<string>, at: string): Finding[] {
  const findings = [
    ...nameFindings(columns, known, `${at}/columns`, 'column'),
    ...nameFindings(y, known, `${at}/y`, 'column'),
  ];
  if (x !== undefined && !known.has(x)) {
    findings.push({ pointer: `${at}/x`, message: `names no column (got ${JSON.stringify(x)})` });
  }
  return findings;
}

function columnsOf({ streams = {} }: PluginManifest, { stream }: ManifestView): readonly Column[] {
  return (Object.hasOwn(streams, stream) ? streams[stream]?.columns : undefined) ?? [];
}

function streamViewFindings(
  manifest: PluginManifest,
  view: ManifestView,
  at: string,
  params?: ObjectSchema,
): Finding[] {
  if (!Object.hasOwn(manifest.streams ?? {}, view.stream)) {
    return [{ pointer: `${at}/stream`, message: `names no stream (got ${JSON.stringify(view.stream)})` }];
  }
  return viewFindings(view, columnsOf(manifest, view), params, at);
}

function jobFindings({ config }: PluginManifest, job: ManifestJob, at: string): Finding[] {
  return nameFindings(job.requires, new Set(Object.keys(config.properties)), `${at}/requires`, 'property of config');
}
