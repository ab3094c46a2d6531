// Queries that the host answers from synced rows: nothing of them runs, and no vendor is asked.
import type { ColumnDefs, ObjectSchemaDef, Role } from './types.ts';
import type { ViewDef, ViewGroup, ViewMeasure } from './view.ts';

type NoParams = {
  readonly type: 'object';
  readonly additionalProperties: false;
  readonly properties: Record<never, never>;
};

/** A stream, as far as a query over its rows needs it. `C` are its columns. */
export interface QueriedStream<C extends ColumnDefs = ColumnDefs> {
  readonly title: string;
  readonly columns: C;
  readonly primaryKey: readonly string[];
}

interface About<P> {
  readonly title: string;
  readonly description?: string;
  /** JSON Schema of the params; left out when there are none. Their values are bound, never written into the statement. */
  readonly params?: P;
  /** Who may run it. Default: every user. */
  readonly role?: Role;
}

/** What {@link syncedQuery} takes. */
export interface SyncedQueryDef<
  C extends ColumnDefs,
  P extends ObjectSchemaDef,
  G extends readonly ViewGroup<C>[],
  M extends readonly ViewMeasure<C, P>[],
>
  extends About<P>, ViewDef<C, P, G, M> {
  /** The stream itself, one of the plugin's. */
  readonly stream: QueriedStream<C>;
}

/** A synced query as `definePlugin` takes it, whatever its columns and params. */
export interface AnySyncedQuery extends About<ObjectSchemaDef> {
  readonly source: 'synced';
  readonly stream: QueriedStream;
  readonly view: ViewDef;
}

/**
 * Declares a query over the rows of a stream. The host compiles it into one statement, over any number of instances at once, and
 * answers it as it answers every query; its rows are as old as the last sync.
 *
 * @example
 * import { stream, syncedQuery } from '@jackfield/sdk';
 *
 * const tickets = stream({
 *   title: 'Tickets',
 *   columns: {
 *     id: { type: 'string' },
 *     priority: { type: 'string', label: 'Priority' },
 *     created: { type: 'datetime' },
 *     resolved: { type: 'datetime' },
 *   },
 *   primaryKey: ['id'],
 *   deletion: 'explicit',
 *   every: '5m',
 *   async *read() {},
 * });
 *
 * export const timeToResolve = syncedQuery({
 *   title: 'Hours to resolution by priority',
 *   stream: tickets,
 *   params: {
 *     type: 'object',
 *     additionalProperties: false,
 *     properties: { days: { type: 'integer', minimum: 1, maximum: 366, default: 30 } },
 *   },
 *   where: [{ column: 'resolved', op: 'gte', ago: { param: 'days', unit: 'd' } }],
 *   groupBy: ['priority'],
 *   measures: [
 *     { name: 'count', fn: 'count' },
 *     { name: 'mean', fn: 'avg', since: 'created', column: 'resolved', unit: 'h' },
 *   ],
 *   orderBy: [{ column: 'mean', descending: true }],
 * });
 *
 * export const createdAndResolved = syncedQuery({
 *   title: 'Created and resolved per day',
 *   stream: tickets,
 *   per: 'all',
 *   where: [{ column: 'day', op: 'gt', ago: '30d' }],
 *   groupBy: [{ name: 'day', bucket: 'day', of: ['created', 'resolved'] }],
 *   measures: [
 *     { name: 'created', fn: 'count', at: 'created' },
 *     { name: 'resolved', fn: 'count', at: 'resolved' },
 *   ],
 *   orderBy: [{ column: 'day' }],
 * });
 */
export function syncedQuery<
  const C extends ColumnDefs,
  const P extends ObjectSchemaDef = NoParams,
  const G extends readonly ViewGroup<C>[] = readonly [],
  const M extends readonly ViewMeasure<C, P>[] = readonly [],
>(def: SyncedQueryDef<C, P, G, M>): AnySyncedQuery {
  const { title, description, params, role, stream, ...view } = def;
  return {
    source: 'synced',
    title,
    ...(description === undefined ? {} : { description }),
    ...(params === undefined ? {} : { params }),
    ...(role === undefined ? {} : { role }),
    stream,
    view: view as ViewDef,
  };
}
