import type { Auth } from './auth.ts';
import type { AnyJob } from './job.ts';
import type { Migration } from './migration.ts';
import type { AnyRoute } from './route.ts';
import type { AnyStream } from './stream.ts';
import type { AnySyncedQuery } from './synced-query.ts';
import type { WidgetDef } from './widget.ts';
import type { AnyQuery, CheckResult, Context, ObjectSchemaDef, PublicConfig } from './types.ts';

/** A token bucket: in any time, no more than the average and one burst. */
export interface RateDef {
  /** Requests, retries and redirects included, in every `per` on average. */
  readonly requests: number;
  /** A duration: `1s`, `60s`, `1h`. */
  readonly per: string;
  /** Requests at once after a quiet time. Default: a tenth of `requests`, at least 1. */
  readonly burst?: number;
}

/** Names of config fields. */
export interface ClientCertificateDef<F extends string = string> {
  readonly certificate: F;
  readonly key: F;
}

/** What {@link definePlugin} takes. `S` is the config's schema. */
export interface PluginDef<S extends ObjectSchemaDef> {
  /** Identifies the plugin on a host: lower case letters, digits and dashes. */
  readonly name: string;
  /** The vendor system's name as people write it. */
  readonly displayName: string;
  readonly description?: string;
  /** PNG or SVG as a data URI. */
  readonly icon?: string;
  /** Semantic version range of the hosts it works with. Default: the minor version of this SDK. */
  readonly host?: string;
  /** JSON Schema of an instance's config. Mark secret fields `writeOnly: true`: the host keeps them, the plugin never sees them. */
  readonly config: S;
  /** Raised when `config` changes its shape. Default 1. */
  readonly configVersion?: number;
  /** From version to version, without a gap and up to `configVersion`: the host migrates every instance when the plugin is upgraded or rolled back. */
  readonly migrations?: readonly Migration[];
  /** The first scheme whose fields are all set is used. Default: none. */
  readonly auth?: readonly Auth<Extract<keyof S['properties'], string>>[];
  readonly network?: {
    /** Config field that holds the base URL. Default `baseUrl`; null when the plugin has none. */
    readonly baseUrl?: Extract<keyof S['properties'], string> | null;
    /** Hosts beside the base URL (`api.example.com`, `*.example.com`), HTTPS only, without credentials. */
    readonly hosts?: readonly string[];
    /** Config field with the schema `tlsConfig`: how the vendor's certificate is checked. */
    readonly tls?: Extract<keyof S['properties'], string>;
    /** Config fields with a certificate and its private key, in PEM, that the host shows to the base URL. `key` must be a secret one. */
    readonly clientCertificate?: ClientCertificateDef<Extract<keyof S['properties'], string>>;
  };
  readonly limits?: {
    /** Memory of one thread, in MB. */
    readonly memoryMb?: number;
    /** Deadline of a query, in milliseconds. */
    readonly queryTimeoutMs?: number;
  };
  /** How hard one instance's vendor may be asked, by each host; an admin may set other numbers for an instance. */
  readonly rateLimits?: {
    /** Requests in flight. Default 4, most 64. */
    readonly concurrency?: number;
    /** Requests wait for their turn, within the deadline of their run. Default: as many as there are. */
    readonly rate?: RateDef;
  };
  /** Tests the connection: one cheap call that fails when the credentials are wrong. */
  check?(ctx: Context<PublicConfig<S>>): Promise<CheckResult>;
  readonly queries?: { readonly [id: string]: AnyQuery<PublicConfig<S>> | AnySyncedQuery };
  readonly streams?: { readonly [id: string]: AnyStream<PublicConfig<S>> };
  readonly routes?: { readonly [id: string]: AnyRoute<PublicConfig<S>> };
  readonly widgets?: { readonly [id: string]: WidgetDef };
  readonly jobs?: { readonly [id: string]: AnyJob<PublicConfig<S>> };
}

/** A plugin whose config type no longer matters: what the build and the runtime work with. */
export type Plugin = Omit<
  PluginDef<ObjectSchemaDef>,
  'check' | 'queries' | 'streams' | 'routes' | 'jobs' | 'auth' | 'network'
> & {
  readonly auth?: readonly Auth[];
  readonly network?: {
    readonly baseUrl?: string | null;
    readonly hosts?: readonly string[];
    readonly tls?: string;
    readonly clientCertificate?: ClientCertificateDef;
  };
  check?(ctx: Context): Promise<CheckResult>;
  readonly queries?: { readonly [id: string]: AnyQuery<Record<string, unknown>> | AnySyncedQuery };
  readonly streams?: { readonly [id: string]: AnyStream<Record<string, unknown>> };
  readonly routes?: { readonly [id: string]: AnyRoute<Record<string, unknown>> };
  readonly jobs?: { readonly [id: string]: AnyJob<Record<string, unknown>> };
};

/**
 * Declares a plugin: the default export of its entry file.
 *
 * @example
 * import { bearer, definePlugin, query, readJson } from '@jackfield/sdk';
 *
 * export default definePlugin({
 *   name: 'status-page',
 *   displayName: 'Status page',
 *   config: {
 *     type: 'object',
 *     required: ['baseUrl', 'token'],
 *     properties: { baseUrl: { type: 'string', format: 'uri' }, token: { type: 'string', writeOnly: true } },
 *   },
 *   auth: [bearer({ token: 'token' })],
 *   async check(ctx) {
 *     const { name } = await readJson<{ name: string }>(await ctx.fetch('/me'));
 *     return { message: `signed in as ${name}` };
 *   },
 *   queries: {
 *     incidents: query({
 *       title: 'Open incidents',
 *       columns: { title: { type: 'string' } },
 *       async *rows(ctx) {
 *         yield await readJson<{ title: string }[]>(await ctx.fetch('/incidents'));
 *       },
 *     }),
 *   },
 * });
 */
export function definePlugin<const S extends ObjectSchemaDef>(def: PluginDef<S>): Plugin {
  return def;
}
