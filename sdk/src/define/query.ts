import type { DynamicQueryDef } from './dynamic-query.ts';
import { compileHttpQuery, type HttpColumn, type HttpQueryDef } from './http-query.ts';
import type { RequestTemplate } from './http-request.ts';
import type { JobDef } from './job.ts';
import type { RouteDef } from './route.ts';
import type { StreamDef } from './stream.ts';
import type { ColumnDefs, ObjectSchemaDef, PublicConfig, QueryDef } from './types.ts';

type NoParams = {
  readonly type: 'object';
  readonly additionalProperties: false;
  readonly properties: Record<never, never>;
};

/**
 * Declares a query. `params` and the yielded rows are typed from the schemas beside them; `ctx.config` is untyped here,
 * use {@link forConfig} when a query reads it.
 *
 * @example
 * import { query, readJson } from '@jackfield/sdk';
 *
 * export const openTickets = query({
 *   title: 'Open tickets',
 *   params: { type: 'object', additionalProperties: false, properties: { limit: { type: 'integer', default: 20 } } },
 *   columns: { key: { type: 'string' }, age: { type: 'number', unit: 'h' } },
 *   cache: '60s',
 *   async *rows(ctx, params) {
 *     const response = await ctx.fetch(`/tickets?limit=${params.limit}`);
 *     yield await readJson<{ key: string; age: number }[]>(response);
 *   },
 * });
 */
export function query<const P extends ObjectSchemaDef = NoParams, const C extends ColumnDefs = ColumnDefs>(
  def: QueryDef<P, C, Record<string, unknown>>,
): QueryDef<P, C, Record<string, unknown>> {
  return def;
}

/** The helpers of {@link forConfig}. */
export interface ConfigHelpers<Config> {
  query<const P extends ObjectSchemaDef = NoParams, const C extends ColumnDefs = ColumnDefs>(
    def: QueryDef<P, C, Config>,
  ): QueryDef<P, C, Config>;
  httpQuery<
    const P extends ObjectSchemaDef = NoParams,
    const C extends { readonly [name: string]: HttpColumn<P, Config> } = Record<string, HttpColumn<P, Config>>,
    const R extends RequestTemplate = RequestTemplate,
  >(
    def: HttpQueryDef<P, C, R, Config>,
  ): QueryDef<P, C, Config>;
  dynamicQuery<const P extends ObjectSchemaDef>(def: DynamicQueryDef<P, Config>): DynamicQueryDef<P, Config>;
  stream<const C extends ColumnDefs>(def: StreamDef<C, Config>): StreamDef<C, Config>;
  route(def: RouteDef<Config>): RouteDef<Config>;
  job(def: JobDef<Config>): JobDef<Config>;
}

/**
 * Gives helpers whose `ctx.config` is typed from the plugin's config schema.
 *
 * @example
 * import { forConfig } from '@jackfield/sdk';
 *
 * const config = { type: 'object', required: ['site'], properties: { site: { type: 'string' } } } as const;
 * const { query } = forConfig(config);
 *
 * export const site = query({
 *   title: 'Site',
 *   columns: { name: { type: 'string' } },
 *   async *rows(ctx) {
 *     yield { name: ctx.config.site.toUpperCase() };
 *   },
 * });
 */
export function forConfig<const S extends ObjectSchemaDef>(_config: S): ConfigHelpers<PublicConfig<S>> {
  return {
    query: (def) => def,
    httpQuery: compileHttpQuery,
    dynamicQuery: (def) => def,
    stream: (def) => def,
    route: (def) => def,
    job: (def) => def,
  };
}
