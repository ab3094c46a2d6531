// Queries whose columns are not known before the vendor has answered.
import type { ColumnDefs, Context, ObjectSchemaDef, Role, Values } from './types.ts';

/** The columns of the rows that follow: the first thing that a dynamic query yields, once. */
export interface ColumnsStep {
  readonly step: 'columns';
  readonly columns: ColumnDefs;
}

/** Names the columns of a dynamic query's rows. */
export function columns(defs: ColumnDefs): ColumnsStep {
  return { step: 'columns', columns: defs };
}

/** A query whose columns come with its answer. */
export interface DynamicQueryDef<P extends ObjectSchemaDef, Config> {
  readonly title: string;
  readonly description?: string;
  /** JSON Schema of the params; left out when there are none. */
  readonly params?: P;
  readonly columns: 'dynamic';
  /** Who may run it. Default: every user. */
  readonly role?: Role;
  readonly cache?: string;
  /** Yields {@link columns} first, then rows, one at a time or in arrays of up to 1,000. */
  rows(ctx: Context<Config>, params: Values<P>): AsyncIterable<ColumnsStep | object | readonly object[]>;
}

/**
 * Declares a query whose columns come with its answer.
 *
 * @example
 * import { columns, dynamicQuery, readJson } from '@jackfield/sdk';
 *
 * export const get = dynamicQuery({
 *   title: 'Any table',
 *   role: 'engineer',
 *   params: {
 *     type: 'object',
 *     additionalProperties: false,
 *     required: ['table'],
 *     properties: { table: { type: 'string', pattern: '^[a-z]+$' } },
 *   },
 *   columns: 'dynamic',
 *   async *rows(ctx, params) {
 *     const rows = await readJson<Record<string, string>[]>(await ctx.fetch(`/tables/${params.table}`));
 *     yield columns(Object.fromEntries(Object.keys(rows[0] ?? {}).map((name) => [name, { type: 'string' }])));
 *     yield rows;
 *   },
 * });
 */
export function dynamicQuery<const P extends ObjectSchemaDef>(
  def: DynamicQueryDef<P, Record<string, unknown>>,
): DynamicQueryDef<P, Record<string, unknown>> {
  return def;
}
