// Which rows of a batch are new or changed: only those are sent. Asked with keys and hashes alone, a tenth of the bytes, because most
// rows of most reads are as they were.
import { sql } from 'kysely';
import type { Queryable } from '../store/index.ts';
import { type RowLines, toJsonArray } from './row-lines.ts';
import { ownerOf, type RowTarget } from './row-statements.ts';
import { columnNamed, definitionOf, tableOf } from './table-shape.ts';

export interface Asked {
  /** Of the lines that have to be sent, from 1 and in order. */
  readonly places: readonly number[];
  /** Lines whose key is in the table. */
  readonly stored: number;
}

/**
 * Undefined when the instance is gone. Where a batch has a key twice, all of its rows have to be sent as soon as one has: which of
 * them wins is not decided here.
 */
export async function findChanged(
  trx: Queryable,
  { shape, instanceId, encode }: RowTarget,
  keys: RowLines,
): Promise<Asked | undefined> {
  const columns = shape.primaryKey.flatMap((name) => columnNamed(shape, name) ?? []);
  const names = columns.map(({ name }) => sql.id(name));
  const matches = names.map((name) => sql`_stored.${name} = _sent.${name}`);
  const { rows } = await sql<{ owners: number; stored: number; places: string | null }>`
    with _sent as (
      select * from rows from (
        json_to_recordset(${encode(toJsonArray(keys))}::text::json) as (${sql.join(columns.map(definitionOf))}, _hash text)
      ) with ordinality as _sent(${sql.join(names)}, _hash, _place)
    ), ${ownerOf(shape, instanceId)}, _found as (
      -- Rows with the same key are the same stored row, however their keys are written.
      select _place, _stored.ctid as _at, _stored.row_hash = _hash and _stored.deleted_at is null as _same
      from _sent left join ${tableOf(shape)} as _stored
        on _stored.instance_id = ${instanceId} and ${sql.join(matches, sql` and `)}
    )
    select (select count(*) from _owner)::int as owners, (select count(_at) from _found)::int as stored,
      (select string_agg(_place::text, ',' order by _place) from _found
        where _same is not true or _at in (select _at from _found where not _same)) as places`.execute(trx);
  const [found] = rows;
  if (found === undefined || found.owners === 0) return undefined;
  return { stored: found.stored, places: found.places === null ? [] : found.places.split(',').map(Number) };
}
