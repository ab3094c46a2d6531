// The statements that write rows, a batch at a time. Names with an underscore in front are
// ours, because a column that a plugin declares starts with a letter.
import type { TableEncoding } from '@jackfield/sdk/runtime';
import { type RawBuilder, sql } from 'kysely';
import type { Queryable } from '../store/index.ts';
import { hashesOf, type RowLines, toJsonArray } from './row-lines.ts';
import { stageRows } from './staged-rows.ts';
import { columnNamed, comparable, definitionOf, type TableShape, tableOf } from './table-shape.ts';

/** What became of the rows of a batch. Their sum is the number of rows that were sent. */
export interface RowCounts {
  readonly inserted: number;
  readonly updated: number;
  /** As they were, older than what is stored, or sent again later in the same batch. */
  readonly unchanged: number;
  readonly deleted: number;
  /** Rows that the table cannot hold: a null in the key, a date that does not exist, a number out of range. */
  readonly rejected: number;
}

export interface RowTarget {
  readonly shape: TableShape;
  readonly instanceId: string;
  /** How its rows are encoded. In one database always the same: hashes are of encoded rows. */
  readonly encoding: TableEncoding;
  /** JSON as bytes, or as text for the embedded database, which takes no bytes for text. */
  readonly encode: (json: Buffer) => Buffer | string;
}

/** Undefined when the instance is gone. */
export type RowStatement = (trx: Queryable, target: RowTarget, lines: RowLines) => Promise<RowCounts | undefined>;

/** Inserts and updates rows that are encoded as NDJSON, in one round trip. */
export const upsertRows: RowStatement = (trx, target, lines) => {
  const { shape, encode } = target;
  return writeSent(
    trx,
    target,
    // Of `json`, not `jsonb`: it is read once, and building the latter costs as much as all the rest.
    sql`materialized (select * from rows from (
      json_to_recordset(${encode(toJsonArray(lines))}::text::json) as (${sql.join(shape.columns.map(definitionOf))}),
      unnest(string_to_array(${hashesOf(lines)}::text, ','))
    ) with ordinality as _sent(${sql.join(shape.columns.map(({ name }) => sql.id(name)))}, _hash, _place))`,
  );
};

/** The same for rows that are encoded for COPY. */
export async function upsertCopied(
  trx: Queryable,
  target: RowTarget,
  chunks: readonly Uint8Array[],
  columns: readonly string[],
): Promise<RowCounts | undefined> {
  const staged = await stageRows(trx, target.shape, chunks, columns);
  // Read three times, for less than it takes to make a copy first.
  return writeSent(trx, target, sql`not materialized (${staged})`);
}

/**
 * Of rows with one key the newest wins, by the version if there is one, else by place. The instance's row is
 * held, so that rows and the deletion of their instance cannot miss each other.
 */
async function writeSent(
  trx: Queryable,
  { shape, instanceId }: RowTarget,
  sentRows: RawBuilder<unknown>,
): Promise<RowCounts | undefined> {
  const table = tableOf(shape);
  const names = shape.columns.map(({ name }) => sql.id(name));
  const keys = shape.primaryKey.map((name) => sql.id(name));
  const stored = (name: string): RawBuilder<unknown> => sql`_stored.${sql.id(name)}`;
  const sent = (name: string): RawBuilder<unknown> => sql`excluded.${sql.id(name)}`;
  const version = shape.version === undefined ? undefined : columnNamed(shape, shape.version);
  const newestFirst = version ? sql`${comparable(version, sql.id(version.name))} desc nulls last,` : sql``;
  const isNewer = version
    ? sql`and (${stored(version.name)} is null or ${comparable(version, stored(version.name))} <= ${sent(version.name)})`
    : sql``;
  const sets = shape.columns
    .filter(({ name }) => !shape.primaryKey.includes(name))
    .map(({ name }) => sql`${sql.id(name)} = ${sent(name)},`);
  const { rows } = await sql<Totals>`
    with _sent as ${sentRows}, _latest as (
      select distinct on (${sql.join(keyOrder(shape))}) * from _sent
      where ${allSet(keys)}
      order by ${sql.join(keyOrder(shape))}, ${newestFirst} _place desc
    ), ${ownerOf(shape, instanceId)}, _written as (
      insert into ${table} as _stored (instance_id, ${sql.join(names)}, row_hash, synced_at)
      select _instance, ${sql.join(names)}, _hash, now() from _latest, _owner
      on conflict (instance_id, ${sql.join(keys)}) do update set
        ${sql.join(sets, sql` `)}
        row_hash = excluded.row_hash, synced_at = excluded.synced_at, deleted_at = null, deleted_reason = null
      where (_stored.row_hash <> excluded.row_hash or _stored.deleted_at is not null) ${isNewer}
      -- A new row has no xmax; one that was there is locked by this transaction before it is updated.
      returning (xmax = 0) as _is_new
    )
    select (select count(*) from _owner)::int as owners, (select count(*) from _sent)::int as sent,
      (select count(*) from _sent where not (${allSet(keys)}))::int as rejected,
      (count(*) filter (where _is_new))::int as inserted, (count(*) filter (where not _is_new))::int as changed
    from _written`.execute(trx);
  return countsOf(rows[0], 'updated');
}

/** Marks rows as deleted. Those that are not there, or were marked before, count as unchanged. */
export function removeRows(reason: string | null): RowStatement {
  return async (trx, { shape, instanceId, encode }, lines) => {
    const columns = shape.primaryKey.flatMap((name) => columnNamed(shape, name) ?? []);
    const keys = columns.map(({ name }) => sql.id(name));
    const matches = keys.map((key) => sql`_stored.${key} = _gone.${key}`);
    const { rows } = await sql<Totals>`
      with _sent as (
        select * from json_to_recordset(${encode(toJsonArray(lines))}::text::json)
          as _sent(${sql.join(columns.map(definitionOf))})
      ), _gone as (
        select distinct on (${sql.join(keyOrder(shape))}) * from _sent
        where ${allSet(keys)} order by ${sql.join(keyOrder(shape))}
      ), ${ownerOf(shape, instanceId)}, _written as (
        update ${tableOf(shape)} as _stored
        set deleted_at = now(), deleted_reason = ${reason}::text, synced_at = now()
        from _gone, _owner
        where _stored.instance_id = _instance and ${sql.join(matches, sql` and `)} and _stored.deleted_at is null
        returning 1
      )
      select (select count(*) from _owner)::int as owners, (select count(*) from _sent)::int as sent,
        (select count(*) from _sent where not (${allSet(keys)}))::int as rejected,
        0 as inserted, count(*)::int as changed
      from _written`.execute(trx);
    return countsOf(rows[0], 'deleted');
  };
}

interface Totals {
  readonly owners: number;
  readonly sent: number;
  readonly rejected: number;
  readonly inserted: number;
  readonly changed: number;
}

function countsOf(totals: Totals | undefined, change: 'updated' | 'deleted'): RowCounts | undefined {
  if (totals === undefined || totals.owners === 0) return undefined;
  const { sent, rejected, inserted, changed } = totals;
  const none = { inserted, updated: 0, deleted: 0, rejected, unchanged: sent - rejected - inserted - changed };
  return { ...none, [change]: changed };
}

/** A row `_instance` when the instance is there; it cannot be deleted before the transaction ends. */
export function ownerOf({ plugin }: TableShape, instanceId: string): RawBuilder<unknown> {
  return sql`_owner as (
    select id as _instance from instance where id = ${instanceId} and plugin = ${plugin} for key share
  )`;
}

/** Everybody writes in this order, so that two who write the same rows do not wait for each other. */
function keyOrder(shape: TableShape): RawBuilder<unknown>[] {
  return shape.primaryKey.flatMap((name) => {
    const column = columnNamed(shape, name);
    return column ? [comparable(column, sql.id(name))] : [];
  });
}

function allSet(keys: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  return sql.join(
    keys.map((key) => sql`${key} is not null`),
    sql` and `,
  );
}
