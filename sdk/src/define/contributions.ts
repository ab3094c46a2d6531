// Streams, routes, widgets and jobs as plugin.json has them.
import type { Column, ManifestJob, ManifestRoute, ManifestStream, ManifestWidget } from '@jackfield/schemas';
import { parseDuration } from './duration.ts';
import type { AnyJob } from './job.ts';
import type { AnyRoute } from './route.ts';
import type { AnyStream } from './stream.ts';
import type { ColumnDefs } from './types.ts';
import { viewOf } from './view-manifest.ts';
import type { WidgetDef } from './widget.ts';

type Config = Record<string, unknown>;

/** A vendor tries again for hours, an attacker at any time: the same request is refused for this long. */
const REPLAY = '7d';

/** Columns in the order in which they are written. */
export function columnList(columns: ColumnDefs): Column[] {
  return Object.entries(columns).map(([name, column]) => ({ name, ...column }));
}

/** A stream of the manifest. @throws Error that names the member that is wrong. */
export function streamOf(stream: AnyStream<Config>, id: string): ManifestStream {
  const at = `streams.${id}`;
  const { census } = stream;
  if (typeof stream.read !== 'function') throw new Error(`${at}.read must be an async generator function`);
  if (census !== undefined && (typeof census.keys !== 'function' || typeof census.gone !== 'function')) {
    throw new Error(`${at}.census must have the functions keys and gone`);
  }
  return {
    title: stream.title,
    ...described(stream),
    columns: columnList(stream.columns),
    primaryKey: [...stream.primaryKey],
    ...(stream.version === undefined ? {} : { version: stream.version }),
    deletion: stream.deletion,
    everyMs: parseDuration(stream.every, `${at}.every`),
    ...(stream.retain === undefined ? {} : { retainMs: parseDuration(stream.retain, `${at}.retain`) }),
    ...(census === undefined
      ? {}
      : { census: { everyMs: parseDuration(census.every, `${at}.census.every`), most: census.most } }),
  };
}

/** A route of the manifest. @throws Error that names the member that is wrong. */
export function routeOf(route: AnyRoute<Config>, id: string): ManifestRoute {
  const at = `routes.${id}`;
  if (typeof route.handle !== 'function') throw new Error(`${at}.handle must be a function`);
  return {
    title: route.title,
    ...described(route),
    method: route.method,
    path: route.path,
    verify: route.verify.map((verification) => ({ ...verification })),
    replayMs: parseDuration(route.replay ?? REPLAY, `${at}.replay`),
    streams: [...(route.streams ?? [])],
  };
}

/** A widget template of the manifest. @throws Error that names the member that is wrong. */
export function widgetOf(widget: WidgetDef, id: string): ManifestWidget {
  const at = `widgets.${id}`;
  const { columns, x, y, query, view } = widget;
  return {
    title: widget.title,
    ...described(widget),
    kind: widget.kind,
    ...(query === undefined ? {} : { query }),
    ...(view === undefined ? {} : { view: viewOf(view, view.stream, `${at}.view`) }),
    params: { ...widget.params },
    ...(columns === undefined ? {} : { columns: [...columns] }),
    ...(x === undefined ? {} : { x }),
    ...(y === undefined ? {} : { y: [...y] }),
    refreshMs: parseDuration(widget.refresh, `${at}.refresh`),
  };
}

/** A job of the manifest. @throws Error that names the member that is wrong. */
export function jobOf(job: AnyJob<Config>, id: string): ManifestJob {
  if (typeof job.run !== 'function') throw new Error(`jobs.${id}.run must be a function`);
  const { title, trigger, daysBefore, requires } = job;
  return { title, ...described(job), trigger, daysBefore: [...daysBefore], requires: [...(requires ?? [])] };
}

function described({ description }: { readonly description?: string }): { description?: string } {
  return description === undefined ? {} : { description };
}
