// Streams: tables of vendor records that the host keeps in step with the vendor. A read yields steps; the host applies them.
import type { ColumnDefs, Context, Row } from './types.ts';

/** Where the next read starts: any small JSON value. */
export type Cursor = string | number | boolean | null | readonly Cursor[] | { readonly [name: string]: Cursor };
/** Primary key columns of a row. */
export type Key = Readonly<Record<string, unknown>>;
/** Values of columns that a set of rows has in common; `{}` is every row of the instance. */
export type Scope = Readonly<Record<string, string | number | boolean>>;

/** Rows that exist at the vendor, new or changed or as they were. */
export interface Upsert<R = object> {
  readonly step: 'upsert';
  readonly rows: readonly R[];
}
/** Rows that the vendor has deleted. */
export interface Remove {
  readonly step: 'remove';
  readonly keys: readonly Key[];
  readonly reason: string | null;
}
/** Everything yielded so far is committed together with this cursor. */
export interface Checkpoint {
  readonly step: 'checkpoint';
  readonly cursor: Cursor;
}
/** Every row, or key, of the scope has been yielded. */
export interface Complete {
  readonly step: 'complete';
  readonly scope: Scope;
}
/** Rows that exist, by their keys: what a census yields. */
export interface Present {
  readonly step: 'present';
  readonly keys: readonly Key[];
}
/** What a stream's `read` yields. */
export type ReadStep<R = object> = Upsert<R> | Remove | Checkpoint | Complete;
/** What a census yields. */
export type CensusStep = Present | Complete;

/** Rows to insert or update, in batches of up to 1,000. Unchanged ones cost the host a comparison and no write. */
export function upsert<R extends object>(rows: readonly R[]): Upsert<R> {
  return { step: 'upsert', rows };
}

/** Rows to mark as deleted, by their primary keys. `reason` is shown to people: `moved`, `session ended`. */
export function remove(keys: readonly Key[], reason: string | null = null): Remove {
  return { step: 'remove', keys, reason };
}

/** Commits everything yielded so far together with where the next read starts. Up to 64 KB of JSON. */
export function checkpoint(cursor: Cursor): Checkpoint {
  return { step: 'checkpoint', cursor };
}

/** Says that every row of a scope has been yielded since the read began: with `deletion: 'absence'`, others in it are gone. */
export function complete(scope: Scope = {}): Complete {
  return { step: 'complete', scope };
}

/** Keys of rows that exist, for a census. */
export function present(keys: readonly Key[]): Present {
  return { step: 'present', keys };
}

/** A count of what exists, for vendors whose changes do not tell what was deleted. */
export interface CensusDef<Config> {
  /** How often: `1h`. */
  readonly every: string;
  /** Share of a scope that may vanish at once, above 0 and up to 1; beyond it the vendor is doubted and nothing is deleted. */
  readonly most: number;
  /** Yields the keys of every row that exists, and which scopes they cover. */
  keys(ctx: Context<Config>): AsyncIterable<CensusStep>;
  /** Of up to 100 rows that the census did not find, the keys of those that are really gone. */
  gone(ctx: Context<Config>, keys: readonly Key[]): Promise<readonly Key[]>;
}

/** A stream. `C` are its columns. */
export interface StreamDef<C extends ColumnDefs, Config> {
  readonly title: string;
  readonly description?: string;
  readonly columns: C;
  /** Columns that tell the rows of one instance apart. */
  readonly primaryKey: readonly Extract<keyof C, string>[];
  /** Column that grows with every change: an older row never replaces a newer one. */
  readonly version?: Extract<keyof C, string>;
  /**
   * How a deletion is noticed. `absence`: a row of a completed scope was not yielded. `census`: the census did not find it, and it is
   * confirmed to be gone. `explicit`: the read yields {@link remove}. `never`: history that is only added to.
   */
  readonly deletion: 'absence' | 'census' | 'explicit' | 'never';
  /** How often it is read by default: `5m`, `1h`. */
  readonly every: string;
  /** How long history is kept: `90d`. Default: for ever. */
  readonly retain?: string;
  readonly census?: CensusDef<Config>;
  /**
   * Yields steps. `cursor` is null at first, then what was last checkpointed. A read that throws keeps what it checkpointed; what it
   * yielded after that is read again.
   */
  read(ctx: Context<Config>, cursor: Cursor): AsyncIterable<ReadStep<Row<C>>>;
}

/** A stream as `definePlugin` takes it, whatever its columns. */
export interface AnyStream<Config = never> {
  readonly title: string;
  readonly description?: string;
  readonly columns: ColumnDefs;
  readonly primaryKey: readonly string[];
  readonly version?: string;
  readonly deletion: 'absence' | 'census' | 'explicit' | 'never';
  readonly every: string;
  readonly retain?: string;
  readonly census?: CensusDef<Config>;
  read(ctx: Context<Config>, cursor: Cursor): AsyncIterable<ReadStep>;
}

/**
 * Declares a stream: a table that the host keeps in step with the vendor.
 *
 * @example
 * import { checkpoint, readJson, stream, upsert } from '@jackfield/sdk';
 *
 * export const tickets = stream({
 *   title: 'Tickets',
 *   columns: { id: { type: 'string' }, title: { type: 'string' }, updated: { type: 'datetime' } },
 *   primaryKey: ['id'],
 *   version: 'updated',
 *   deletion: 'explicit',
 *   every: '5m',
 *   async *read(ctx, cursor) {
 *     const since = typeof cursor === 'string' ? cursor : '1970-01-01T00:00:00Z';
 *     const rows = await readJson<{ id: string; title: string; updated: string }[]>(
 *       await ctx.fetch(`/tickets?order=updated&since=${encodeURIComponent(since)}`),
 *     );
 *     yield upsert(rows);
 *     const last = rows.at(-1);
 *     if (last !== undefined) yield checkpoint(last.updated);
 *   },
 * });
 */
export function stream<const C extends ColumnDefs>(
  def: StreamDef<C, Record<string, unknown>>,
): StreamDef<C, Record<string, unknown>> {
  return def;
}
