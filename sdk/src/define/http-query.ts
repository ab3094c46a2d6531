// Queries as data: what to ask, where the rows are, what of them goes into which column. They compile to the queries that `query`
// declares, so the host knows nothing of them.
import type { Epoch } from './http-cell.ts';
import type { Paging } from './http-pages.ts';
import type { RequestTemplate } from './http-request.ts';
import { compileRows, type PlainHttpQuery } from './http-rows.ts';
import type { CellTypes, ColumnDef, Context, ObjectSchemaDef, QueryDef, Role, Row, Values } from './types.ts';

type Types = ColumnDef['type'];

/** What code of an {@link HttpQueryDef} may look at. */
export interface RowSource<P extends ObjectSchemaDef, Config> {
  readonly ctx: Context<Config>;
  readonly params: Values<P>;
  /** As the vendor gave it. */
  readonly row: unknown;
}

type ColumnOf<T extends Types, P extends ObjectSchemaDef, Config> = ColumnDef & {
  readonly type: T;
  /**
   * Where its value is in a row: `fields.priority.name`. `@key` is the name of the member that the row was in an object, `^` goes out to
   * what the `*` before the row stood for and at last to the answer, an empty text is the row itself. Of several paths the first with a value counts. Default: its name.
   */
  readonly at?: string | readonly string[];
  /** Of dates and times that are numbers: seconds or milliseconds since 1970. */
  readonly epoch?: Epoch;
  /** Stands where the row has none. */
  readonly default?: CellTypes[T];
  /** Makes the cell, where data cannot say it. */
  readonly read?: (value: unknown, source: RowSource<P, Config>) => CellTypes[T] | null;
};

/** A column and where its cells come from. */
export type HttpColumn<P extends ObjectSchemaDef = ObjectSchemaDef, Config = Record<string, unknown>> = {
  [T in Types]: ColumnOf<T, P, Config>;
}[Types];

type ParamName<P extends ObjectSchemaDef> = Extract<keyof P['properties'], string>;
type NamesIn<T extends string> = T extends `${string}{${infer N}}${infer Rest}` ? N | NamesIn<Rest> : never;
type Unknown<T extends string, P extends ObjectSchemaDef> = Exclude<NamesIn<T>, ParamName<P> | `config.${string}`>;
/** The template itself, or what is wrong with it. */
type Known<T, P extends ObjectSchemaDef> = T extends string
  ? [Unknown<T, P>] extends [never]
    ? T
    : `there is no param ${Unknown<T, P>}`
  : T extends object
    ? { readonly [K in keyof T]: Known<T[K], P> }
    : T;

/** What {@link httpQuery} takes. */
export type HttpQueryDef<
  P extends ObjectSchemaDef,
  C extends { readonly [name: string]: HttpColumn<P, Config> },
  R extends RequestTemplate,
  Config,
> = {
  readonly title: string;
  readonly description?: string;
  /** JSON Schema of the params; left out when there are none. */
  readonly params?: P;
  /** Who may run it. Default: every user. */
  readonly role?: Role;
  /** How long a result is served without asking the vendor again: `60s`. Default: not at all. */
  readonly cache?: string;
  /**
   * Where the rows are in an answer: `data.items`, `results.*`; an empty text is the answer itself. `*` is each item of an array or each
   * value of an object. A name that ends with `?` may be missing: then there are no rows.
   */
  readonly rows: string;
  readonly columns: C;
  /** Columns that tell rows apart: a vendor gives a row twice when it is changed while its pages are read. The first one counts. */
  readonly unique?: readonly Extract<keyof C, string>[];
  /** Rows for which it is false are left out. */
  where?(row: Row<C>, source: RowSource<P, Config>): boolean;
  /** Stops after so many rows; or the name of the param that says how many. */
  readonly limit?: number | ParamName<P>;
} & (
  | {
      /**
       * A GET, or with a `body` a POST that reads. `{project}` stands for a param, `{config.org}` for a field of the config; values are
       * encoded for the place they stand in. A member that is nothing but the name of a param that is not given is left out.
       */
      readonly request: R & Known<R, P>;
      /** Left out: there is one page. */
      readonly pages?: Paging;
      readonly answers?: never;
    }
  | {
      /** Answers that take code to get: one, or one after another. */
      answers(ctx: Context<Config>, params: Values<P>): Promise<unknown> | AsyncIterable<unknown>;
      readonly request?: never;
      readonly pages?: never;
    }
);

type NoParams = {
  readonly type: 'object';
  readonly additionalProperties: false;
  readonly properties: Record<never, never>;
};

/**
 * Declares a query as data. Pages are read as their rows are wanted; a vendor that repeats a page or does not end is stopped. A value
 * that cannot be one of its column's type is the vendor's mistake, and fails the query with its column and row.
 * @throws Error for a path or a name that cannot be right, when the plugin is built.
 *
 * @example
 * import { httpQuery } from '@jackfield/sdk';
 *
 * export const tickets = httpQuery({
 *   title: 'Tickets of a project',
 *   params: {
 *     type: 'object',
 *     additionalProperties: false,
 *     required: ['project'],
 *     properties: { project: { type: 'string' }, state: { enum: ['open', 'closed'] }, limit: { type: 'integer', default: 500 } },
 *   },
 *   request: { path: '/projects/{project}/tickets', query: { state: '{state}', pageSize: 100 } },
 *   pages: { by: 'token', param: 'pageToken', next: 'nextPageToken' },
 *   rows: 'tickets',
 *   columns: {
 *     key: { type: 'string', at: 'id' },
 *     priority: { type: 'string', at: 'fields.priority.name', default: 'None' },
 *     updated: { type: 'datetime', at: 'fields.updatedAt', epoch: 's' },
 *   },
 *   limit: 'limit',
 *   cache: '60s',
 * });
 */
export function httpQuery<
  const P extends ObjectSchemaDef = NoParams,
  const C extends { readonly [name: string]: HttpColumn<P> } = Record<string, HttpColumn<P>>,
  const R extends RequestTemplate = RequestTemplate,
>(def: HttpQueryDef<P, C, R, Record<string, unknown>>): QueryDef<P, C, Record<string, unknown>> {
  return compileHttpQuery<P, C, Record<string, unknown>>(def);
}

/** {@link httpQuery} for any type of config. The types have done their work: what is compiled is plain data. */
export function compileHttpQuery<P extends ObjectSchemaDef, C extends { readonly [name: string]: ColumnDef }, Config>(
  def: object,
): QueryDef<P, C, Config> {
  return compileRows(def as PlainHttpQuery) as unknown as QueryDef<P, C, Config>;
}
