// Which keys a run has seen, so that the rows it did not see can be told. Kept in the database: the host never holds a stream's keys.
import type { Scope } from '@jackfield/sdk/runtime';
import { type RawBuilder, sql } from 'kysely';
import type { Queryable } from '../store/index.ts';
import { attempt } from './apply.ts';
import { halvesOfKeys, type KeyArrays, selectKeys } from './key-arrays.ts';
import { halves, lineCount, toJsonArray, type RowLines } from './row-lines.ts';
import type { RowTarget } from './row-statements.ts';
import type { ScheduleKey } from './schedule-rows.ts';
import { columnNamed, definitionOf, type TableShape, tableOf, typeOf } from './table-shape.ts';

export interface SeenBy {
  readonly key: ScheduleKey;
  readonly epoch: number;
}

/**
 * Notes the keys of rows: each line is a whole row or a key, or they are those of rows that are encoded for COPY. One that no row can
 * have, such as a day that does not exist, is left out.
 */
export async function noteSeen(
  trx: Queryable,
  seen: SeenBy,
  target: RowTarget,
  sent: RowLines | KeyArrays,
): Promise<void> {
  const count = 'arrays' in sent ? sent.rows : lineCount(sent);
  if (count === 0) return;
  const noted = await attempt(trx, target, () => note(trx, seen, target, sent));
  if (noted !== 'noted' && count > 1) {
    for (const half of 'arrays' in sent ? halvesOfKeys(sent) : halves(sent)) await noteSeen(trx, seen, target, half);
  }
}

async function note(
  trx: Queryable,
  { key, epoch }: SeenBy,
  { shape, encode }: RowTarget,
  sent: RowLines | KeyArrays,
): Promise<'noted'> {
  const columns = shape.primaryKey.flatMap((name) => columnNamed(shape, name) ?? []);
  const from =
    'arrays' in sent
      ? sql`(${selectKeys(shape, sent)}) as _sent`
      : sql`json_to_recordset(${encode(toJsonArray(sent))}::text::json) as _sent(${sql.join(columns.map(definitionOf))})`;
  await sql`
    insert into sync_seen (instance_id, stream, kind, epoch, key_hash)
    select ${key.instanceId}, ${key.stream}, ${key.kind}, ${epoch}::integer, ${keyHash(shape, '_sent')}
    from ${from}
    on conflict do nothing`.execute(trx);
  return 'noted';
}

/** Marks the rows of the scope that the run has not seen as deleted, and tells how many. */
export async function removeUnseen(trx: Queryable, seen: SeenBy, shape: TableShape, scope: Scope): Promise<number> {
  const { rows } = await sql<{ deleted: number }>`
    with _written as (
      update ${tableOf(shape)} as _stored
      set deleted_at = now(), deleted_reason = 'absent', synced_at = now()
      where ${unseen(seen, shape, scope)}
      returning 1
    ) select count(*)::int as deleted from _written`.execute(trx);
  return rows[0]?.deleted ?? 0;
}

export interface Absence {
  /** Rows of the scope that are not marked as deleted. */
  readonly stored: number;
  readonly absent: number;
}

export async function countUnseen(db: Queryable, seen: SeenBy, shape: TableShape, scope: Scope): Promise<Absence> {
  const { rows } = await sql<Absence>`
    select count(*)::int as stored, (count(*) filter (where ${unseen(seen, shape, scope)}))::int as absent
    from ${tableOf(shape)} as _stored
    where ${inScope(seen.key.instanceId, shape, scope)}`.execute(db);
  return rows[0] ?? { stored: 0, absent: 0 };
}

/** Keys of rows that were not seen, as JSON text each, in the order of the keys and after `after`. */
export async function readUnseen(
  db: Queryable,
  seen: SeenBy,
  shape: TableShape,
  scope: Scope,
  limit: number,
  after: string | null,
): Promise<{ readonly hash: string; readonly key: Record<string, unknown> }[]> {
  const members = shape.primaryKey.map((name) => sql`${name}::text, _stored.${sql.id(name)}`);
  const { rows } = await sql<{ hash: string; key: Record<string, unknown> }>`
    select ${keyHash(shape, '_stored')} as hash, json_build_object(${sql.join(members)}) as key
    from ${tableOf(shape)} as _stored
    where ${unseen(seen, shape, scope)} and (${after}::text is null or ${keyHash(shape, '_stored')} > ${after}::text)
    order by 1 limit ${limit}`.execute(db);
  return rows;
}

export async function forgetSeen(db: Queryable, { key, epoch }: SeenBy): Promise<void> {
  await sql`
    delete from sync_seen
    where instance_id = ${key.instanceId} and stream = ${key.stream} and kind = ${key.kind} and epoch <= ${epoch}`.execute(
    db,
  );
}

/** Typed columns give the same text whether they come from the plugin or from the table. */
function keyHash({ primaryKey }: TableShape, from: string): RawBuilder<unknown> {
  const cells = primaryKey.map((name) => sql`${sql.id(from, name)}`);
  return sql`md5(jsonb_build_array(${sql.join(cells)})::text)`;
}

function unseen({ key, epoch }: SeenBy, shape: TableShape, scope: Scope): RawBuilder<unknown> {
  return sql`${inScope(key.instanceId, shape, scope)} and not exists (
    select 1 from sync_seen as _seen
    where _seen.instance_id = ${key.instanceId} and _seen.stream = ${key.stream} and _seen.kind = ${key.kind}
      and _seen.epoch = ${epoch}::integer and _seen.key_hash = ${keyHash(shape, '_stored')}
  )`;
}

function inScope(instanceId: string, shape: TableShape, scope: Scope): RawBuilder<unknown> {
  const parts = Object.entries(scope).map(([name, value]) => {
    const column = columnNamed(shape, name);
    if (column === undefined)
      throw new Error(`the scope names the column ${name}, which ${shape.stream} does not have`);
    return sql` and _stored.${sql.id(name)} = ${String(value)}::text::${sql.raw(typeOf(column))}`;
  });
  return sql`_stored.instance_id = ${instanceId} and _stored.deleted_at is null${sql.join(parts, sql``)}`;
}
