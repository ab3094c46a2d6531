// Makes the table of a stream and adds columns to it. What it cannot do without losing rows it leaves to a person, and says why.
import { sql } from 'kysely';
import type { Limits } from '../limits.ts';
import type { Queryable, Store } from '../store/index.ts';
import { definitionOf, type TableShape, tableOf, typeOf } from './table-shape.ts';

/** Any number that nobody else in this database uses for advisory locks. */
const LOCKS = 0x6a66_7374;

/** PostgreSQL's own columns of every table. */
const SYSTEM_COLUMNS: ReadonlySet<string> = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']);

/**
 * Brings the table to this shape, and may be called by several hosts at once. Answers why it cannot: then the table is as it was.
 */
export async function keepTable(
  db: Store['db'],
  shape: TableShape,
  limits: Limits['sync'],
): Promise<string | undefined> {
  try {
    return await db.transaction().execute(async (trx) => {
      await sql`select pg_advisory_xact_lock(${LOCKS}::int, hashtext(${shape.schema}))`.execute(trx);
      await sql`select set_config('lock_timeout', ${`${limits.tableLock}ms`}, true)`.execute(trx);
      return await keep(trx, shape);
    });
  } catch (error) {
    const reason = refusalOf(error);
    if (reason === undefined) throw error;
    return `its table ${nameOf(shape)} cannot be made or changed: ${reason}`;
  }
}

async function keep(trx: Queryable, shape: TableShape): Promise<string | undefined> {
  const taken = shape.columns.find((column) => SYSTEM_COLUMNS.has(column.name));
  if (taken) return `column "${taken.name}" has a name that PostgreSQL keeps for itself`;
  const stored = await storedColumns(trx, shape);
  const isOurs = await isRegistered(trx, shape);
  if (stored === undefined) {
    await create(trx, shape);
    if (!isOurs) await register(trx, shape);
    return undefined;
  }
  if (!isOurs) return `there is a table ${nameOf(shape)} already, and it was not made for this stream`;
  const changed = changeOf(shape, stored, await storedKey(trx, shape));
  if (changed !== undefined) return changed;
  const added = shape.columns.filter((column) => !stored.has(column.name));
  for (const column of added) {
    await sql`alter table ${tableOf(shape)} add column ${definitionOf(column)}`.execute(trx);
  }
  return undefined;
}

/** What differs and would lose rows or meaning. A column that is no longer declared stays as it is. */
function changeOf(shape: TableShape, stored: ReadonlyMap<string, string>, key: readonly string[]): string | undefined {
  for (const column of shape.columns) {
    const type = stored.get(column.name);
    if (type !== undefined && type !== typeOf(column)) {
      return `column "${column.name}" of ${nameOf(shape)} is ${type}, and this version of the plugin declares it ${typeOf(column)}`;
    }
  }
  const wanted = ['instance_id', ...shape.primaryKey];
  if (key.length === wanted.length && key.every((name, index) => name === wanted[index])) return undefined;
  const [was, is] = [key.slice(1), shape.primaryKey].map((names) => names.map((name) => `"${name}"`).join(', '));
  return `the primary key of ${nameOf(shape)} is ${was}, and this version of the plugin declares ${is}`;
}

async function create(trx: Queryable, shape: TableShape): Promise<void> {
  // Without the right to create schemas, one that somebody made for the host is still good.
  const { rows } = await sql`select 1 from pg_namespace where nspname = ${shape.schema}`.execute(trx);
  if (rows.length === 0) await sql`create schema ${sql.id(shape.schema)}`.execute(trx);
  const key = shape.primaryKey.map((name) => sql.id(name));
  await sql`create table ${tableOf(shape)} (
    instance_id text not null,
    ${sql.join(shape.columns.map(definitionOf))},
    row_hash text not null,
    synced_at timestamptz not null,
    deleted_at timestamptz,
    deleted_reason text,
    primary key (instance_id, ${sql.join(key)})
  )`.execute(trx);
}

function register(trx: Queryable, { plugin, stream, schema, table }: TableShape): Promise<unknown> {
  return trx.insertInto('stream_table').values({ plugin, stream, schema_name: schema, table_name: table }).execute();
}

async function isRegistered(trx: Queryable, { plugin, stream, schema, table }: TableShape): Promise<boolean> {
  const found = await trx
    .selectFrom('stream_table')
    .select('stream')
    .where('plugin', '=', plugin)
    .where('stream', '=', stream)
    .where('schema_name', '=', schema)
    .where('table_name', '=', table)
    .executeTakeFirst();
  return found !== undefined;
}

/** Columns and their types as they are in the database, which people may have changed; undefined when there is no such table. */
async function storedColumns(trx: Queryable, shape: TableShape): Promise<ReadonlyMap<string, string> | undefined> {
  const { rows } = await sql<{ name: string | null; type: string }>`
    select a.attname as name, format_type(a.atttypid, a.atttypmod) as type
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where n.nspname = ${shape.schema} and c.relname = ${shape.table}`.execute(trx);
  if (rows.length === 0) return undefined;
  return new Map(rows.flatMap(({ name, type }) => (name === null ? [] : [[name, type] as const])));
}

async function storedKey(trx: Queryable, shape: TableShape): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select a.attname as name
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_constraint k on k.conrelid = c.oid and k.contype = 'p'
    cross join unnest(k.conkey) with ordinality as part(number, place)
    join pg_attribute a on a.attrelid = c.oid and a.attnum = part.number
    where n.nspname = ${shape.schema} and c.relname = ${shape.table}
    order by part.place`.execute(trx);
  return rows.map(({ name }) => name);
}

/** Refusals of the database that are about this table; others, a lost connection say, are not. */
function refusalOf(error: unknown): string | undefined {
  const { code } = error as { code?: unknown };
  switch (code) {
    case '42501':
      return 'the database user lacks the right; grant CREATE on the database and on the schema';
    case '55P03':
      return 'another session holds it; start the host again when that has ended';
    case '54011':
      return 'it has too many columns';
    default:
      return undefined;
  }
}

function nameOf({ schema, table }: TableShape): string {
  return `"${schema}"."${table}"`;
}
