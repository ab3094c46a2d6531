// The statements on the old tables, whatever columns they were found with. Each takes the database or the caller's transaction.
import { type RawBuilder, sql } from 'kysely';
import type { Queryable } from '../store/index.ts';
import type { OldTable } from './api/tables.ts';

export type OldRow = Readonly<Record<string, unknown>> & { readonly id: number };
export type Values = Readonly<Record<string, unknown>>;

type Place = Pick<OldTable, 'table' | 'columns'>;

export async function readOld(db: Queryable, { table }: Place, where: Values = {}): Promise<OldRow[]> {
  const conditions = Object.entries(where).map(([column, value]) => sql`${sql.ref(column)} = ${value}`);
  const { rows } = await sql<OldRow>`
    select * from ${sql.table(table)} where ${sql.join([sql`true`, ...conditions], sql` and `)} order by id`.execute(
    db,
  );
  return rows;
}

export async function findOld(db: Queryable, place: Place, id: number): Promise<OldRow | undefined> {
  return (await readOld(db, place, { id }))[0];
}

/** Waits for whoever else is changing it. */
export async function lockOld(db: Queryable, { table }: Place, id: number): Promise<OldRow | undefined> {
  await sql`select id from ${sql.table(table)} where id = ${id} for update`.execute(db);
  const { rows } = await sql<OldRow>`select * from ${sql.table(table)} where id = ${id}`.execute(db);
  return rows[0];
}

/** Stays as it is until the transaction ends, for whoever goes by it. Undefined: it is gone. */
export async function holdOld(db: Queryable, place: Place, id: number): Promise<OldRow | undefined> {
  await sql`select id from ${sql.table(place.table)} where id = ${id} for share`.execute(db);
  return findOld(db, place, id);
}

export async function insertOld(db: Queryable, place: Place, values: Values): Promise<OldRow> {
  await catchUp(db, place);
  const cells = Object.entries(values);
  const names = sql.join(cells.map(([column]) => sql.ref(column)));
  const { rows } = await sql<OldRow>`
    insert into ${sql.table(place.table)} (${names})
    values (${sql.join(cells.map((cell) => written(place, cell)))}) returning *`.execute(db);
  return theOne(rows);
}

export async function updateOld(db: Queryable, place: Place, id: number, values: Values): Promise<OldRow> {
  const sets = Object.entries(values).map((cell) => sql`${sql.ref(cell[0])} = ${written(place, cell)}`);
  const { rows } = await sql<OldRow>`
    update ${sql.table(place.table)} set ${sql.join([...sets, sql`updated_at = now()`])} where id = ${id}
    returning *`.execute(db);
  return theOne(rows);
}

export async function deleteOld(db: Queryable, { table }: Place, id: number): Promise<void> {
  await sql`delete from ${sql.table(table)} where id = ${id}`.execute(db);
}

/** Rows may have been put there with their ids: the next id comes after them. */
async function catchUp(db: Queryable, { table }: Place): Promise<void> {
  await sql`
    select setval(ids.name::regclass, ids.most)
    from (select pg_get_serial_sequence(${table}, 'id') as name, max(id) as most from ${sql.table(table)}) ids
    where ids.name is not null and ids.most > coalesce(pg_sequence_last_value(ids.name::regclass), 0)`.execute(db);
}

/** JSON as text, which columns of every type take. */
function written({ columns }: Place, [column, value]: readonly [string, unknown]): RawBuilder<unknown> {
  return columns[column] === 'json' && value !== null ? sql`${JSON.stringify(value)}` : sql`${value}`;
}

function theOne(rows: readonly OldRow[]): OldRow {
  const [row] = rows;
  if (row === undefined) throw new Error('the row that was just written is not there');
  return row;
}
