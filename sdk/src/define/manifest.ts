// Turns what an author wrote into plugin.json. Runs in the builder, never in a host.
import { type AuthScheme, type Bundle, type ManifestQuery, type PluginManifest, viewColumns } from '@jackfield/schemas';
import { columnList, jobOf, routeOf, streamOf, widgetOf } from './contributions.ts';
import { parseDuration } from './duration.ts';
import type { Migration } from './migration.ts';
import type { Plugin } from './plugin.ts';
import type { AnySyncedQuery } from './synced-query.ts';
import type { AnyQuery } from './types.ts';
import { viewOf } from './view-manifest.ts';

/** What the builder knows and the author's code does not say. */
export interface BuildFacts {
  /** Version in the plugin's package.json. */
  readonly version: string;
  readonly bundle: Bundle;
  readonly sdkVersion: string;
}

/** Hosts that speak this SDK's contract: the same minor version below 1.0.0, the same major version after. */
function defaultHostRange(sdkVersion: string): string {
  const [major = 0, minor = 0] = sdkVersion.split('.').map(Number);
  return `>=${major}.${minor}.0 <${major === 0 ? `0.${minor + 1}.0` : `${major + 1}.0.0`}`;
}

/**
 * The manifest of a plugin, every default filled in. It is not validated: `validatePluginManifest` does that.
 * @throws Error when a duration cannot be read.
 */
export function toManifest(plugin: Plugin, build: BuildFacts): PluginManifest {
  const { name, displayName, description, icon } = plugin;
  const queries = Object.entries(plugin.queries ?? {}).map(
    ([id, query]) => [id, toManifestQuery(query, id, plugin)] as const,
  );
  return {
    apiVersion: 1,
    name,
    displayName,
    ...(description === undefined ? {} : { description }),
    version: build.version,
    host: plugin.host ?? defaultHostRange(build.sdkVersion),
    ...(icon === undefined ? {} : { icon }),
    config: plain(plugin.config),
    configVersion: plugin.configVersion ?? 1,
    ...(plugin.migrations === undefined ? {} : { migrations: plugin.migrations.map(migrationOf) }),
    auth: (plugin.auth ?? []).map((scheme) => structuredClone(scheme) as AuthScheme),
    network: {
      baseUrl: plugin.network?.baseUrl === undefined ? 'baseUrl' : plugin.network.baseUrl,
      hosts: [...(plugin.network?.hosts ?? [])],
      ...(plugin.network?.tls === undefined ? {} : { tls: plugin.network.tls }),
      ...(plugin.network?.clientCertificate === undefined
        ? {}
        : { clientCertificate: { ...plugin.network.clientCertificate } }),
    },
    limits: { ...plugin.limits },
    rateLimits: rateLimitsOf(plugin),
    check: typeof plugin.check === 'function',
    queries: Object.fromEntries(queries),
    streams: mapped(plugin.streams, streamOf),
    routes: mapped(plugin.routes, routeOf),
    widgets: mapped(plugin.widgets, widgetOf),
    jobs: mapped(plugin.jobs, jobOf),
    bundle: build.bundle,
  };
}

function rateLimitsOf({ rateLimits: { concurrency, rate } = {} }: Plugin): PluginManifest['rateLimits'] {
  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(rate === undefined
      ? {}
      : {
          rate: {
            requests: rate.requests,
            perMs: parseDuration(rate.per, 'rateLimits.rate.per'),
            burst: rate.burst ?? Math.max(1, Math.round(rate.requests / 10)),
          },
        }),
  };
}

function migrationOf({ from, to, up, down }: Migration, index: number): { from: number; to: number } {
  for (const [name, member] of Object.entries({ up, down })) {
    if (typeof member !== 'function') throw new Error(`migrations[${index}].${name} must be a function`);
  }
  return { from, to };
}

type LiveQuery = AnyQuery<Record<string, unknown>>;

function toManifestQuery(query: LiveQuery | AnySyncedQuery, id: string, plugin: Plugin): ManifestQuery {
  const about = {
    title: query.title,
    ...(query.description === undefined ? {} : { description: query.description }),
    params: plain(query.params ?? { type: 'object', additionalProperties: false, properties: {} }),
  };
  const role = query.role === undefined ? {} : { role: query.role };
  if ('view' in query) return { ...about, ...syncedPart(query, id, plugin), ...role, cacheMs: 0 };
  if (typeof query.rows !== 'function') throw new Error(`queries.${id}.rows must be an async generator function`);
  return {
    ...about,
    ...(query.columns === 'dynamic'
      ? { columns: [], dynamicColumns: true as const }
      : { columns: columnList(query.columns ?? {}) }),
    ...role,
    cacheMs: query.cache === undefined ? 0 : parseDuration(query.cache, `queries.${id}.cache`),
  };
}

function syncedPart({ stream, view }: AnySyncedQuery, id: string, { streams = {} }: Plugin) {
  const streamId = Object.keys(streams).find((name) => streams[name] === stream);
  if (streamId === undefined) throw new Error(`queries.${id}.stream is none of the plugin's streams`);
  const declared = viewOf(view, streamId, `queries.${id}`);
  const columns = viewColumns(declared, columnList(stream.columns));
  return { columns, source: 'synced' as const, view: declared };
}

function mapped<T, M>(
  items: Readonly<Record<string, T>> | undefined,
  map: (item: T, id: string) => M,
): Record<string, M> {
  return Object.fromEntries(Object.entries(items ?? {}).map(([id, item]) => [id, map(item, id)]));
}

/** A copy as it will read from plugin.json. */
function plain(schema: Plugin['config']): PluginManifest['config'] {
  return JSON.parse(JSON.stringify(schema));
}
