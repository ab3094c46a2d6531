// Which rows of a batch are new or changed: only those are sent. Asked with keys and hashes alone, a tenth of the bytes, because most
// rows of most reads are as they were.
import { sql } from 'kysely';
import type { Queryable } from '../store/index.ts';
import { type KeyArrays, selectKeys } from './key-arrays.ts';
import { ownerOf, type RowTarget } from './row-statements.ts';
import { tableOf } from './table-shape.ts';

export interface Asked {
  /** Of the rows that have to be sent, from 1 and in order. */
  readonly places: readonly number[];
  /** Rows whose key is in the table. */
  readonly stored: number;
}

/**
 * Undefined when the instance is gone. Where a batch has a key twice, all of its rows have to be sent as soon as one has: which of
 * them wins is not decided here.
 */
export async function findChanged(
  trx: Queryable,
  { shape, instanceId }: RowTarget,
  keys: KeyArrays,
): Promise<Asked | undefined> {
  const matches = shape.primaryKey.map((name) => sql`${sql.id(name)} = _sent.${sql.id(name)}`);
  const { rows } = await sql<{ owners: number; stored: number; places: string | null }>`
    with _sent as (${selectKeys(shape, keys)}), ${ownerOf(shape, instanceId)}, _found as (
      -- Rows with the same key are the same stored row, however their keys are written. The limit says that there is one at most,
      -- which the planner does not see in a table without statistics.
      select _place, _at, _is_same from _sent left join lateral (
        select ctid as _at, row_hash = _sent._hash and deleted_at is null as _is_same from ${tableOf(shape)} as _stored
        where instance_id = ${instanceId} and ${sql.join(matches, sql` and `)} limit 1
      ) as _match on true
    )
    select (select count(*) from _owner)::int as owners, (select count(_at) from _found)::int as stored,
      (select string_agg(_place::text, ',' order by _place) from _found
        where _is_same is not true or _at in (select _at from _found where not _is_same)) as places`.execute(trx);
  const [found] = rows;
  if (found === undefined || found.owners === 0) return undefined;
  return { stored: found.stored, places: found.places === null ? [] : found.places.split(',').map(Number) };
}
