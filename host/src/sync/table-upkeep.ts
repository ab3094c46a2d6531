// Makes the table of a stream and adds columns to it. What it cannot do without losing rows it leaves to a person, and says why.
import { sql } from 'kysely';
import type { Limits } from '../limits.ts';
import type { Queryable, Store } from '../store/index.ts';
import { readStored, type StoredTable } from './stored-tables.ts';
import { CURRENT_INSTANCE, definitionOf, type TableShape, tableOf, typeOf } from './table-shape.ts';

/** Any number that nobody else in this database uses for advisory locks. */
const LOCKS = 0x6a66_7374;

/** PostgreSQL's own columns of every table. */
const SYSTEM_COLUMNS: ReadonlySet<string> = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']);

/** Why a stream has no table that fits it, by the stream's id. Others are as they should be. */
export type Repairs = ReadonlyMap<string, string>;

/**
 * Brings the tables of one plugin to these shapes, and may be called by several hosts at once. A table that cannot be brought there
 * stays as it was. When all of them fit already it costs one statement.
 */
export async function keepTables(
  { db, guard }: Pick<Store, 'db' | 'guard'>,
  shapes: readonly TableShape[],
  limits: Limits['sync'],
): Promise<Repairs> {
  const [first] = shapes;
  if (first === undefined) return new Map();
  const stored = await readStored(db, first);
  if (shapes.every((shape) => needOf(shape, stored.get(shape.table)) === 'nothing')) return new Map();
  return db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${LOCKS}::int, hashtext(${first.schema}))`.execute(trx);
    await sql`select set_config('lock_timeout', ${`${limits.tableLock}ms`}, true)`.execute(trx);
    // Read again: another host may have been here while this one waited.
    const current = await readStored(trx, first);
    const repairs = new Map<string, string>();
    for (const shape of shapes) {
      const repair = await keepTable(trx, shape, current.get(shape.table), guard);
      if (repair !== undefined) repairs.set(shape.stream, repair);
    }
    return repairs;
  });
}

async function keepTable(
  trx: Queryable,
  shape: TableShape,
  stored: StoredTable | undefined,
  guard: Store['guard'],
): Promise<string | undefined> {
  const need = needOf(shape, stored);
  if (typeof need !== 'string') return need.repair;
  if (need === 'nothing') return undefined;
  await sql`savepoint stream_table`.execute(trx);
  try {
    if (need === 'table') await create(trx, shape, guard);
    else await extend(trx, shape, stored);
  } catch (error) {
    const reason = refusalOf(error);
    if (reason === undefined) throw error;
    await sql`rollback to savepoint stream_table`.execute(trx);
    // Rows get there all the same, on a longer way.
    if (need === 'filling') return undefined;
    return `its table ${nameOf(shape)} cannot be made or changed: ${reason}`;
  }
  await sql`release savepoint stream_table`.execute(trx);
  return undefined;
}

type Need = 'nothing' | 'table' | 'columns' | 'filling' | { readonly repair: string };

function needOf(shape: TableShape, stored: StoredTable | undefined): Need {
  const taken = shape.columns.find((column) => SYSTEM_COLUMNS.has(column.name));
  if (taken) return { repair: `column "${taken.name}" has a name that PostgreSQL keeps for itself` };
  if (stored === undefined) return 'table';
  if (!stored.isOurs) {
    return { repair: `there is a table ${nameOf(shape)} already, and it was not made for this stream` };
  }
  const repair = changeOf(shape, stored);
  if (repair !== undefined) return { repair };
  if (!shape.columns.every((column) => stored.columns.has(column.name))) return 'columns';
  return stored.isFilled ? 'nothing' : 'filling';
}

/** What differs and would lose rows or meaning. A column that is no longer declared stays as it is. */
function changeOf(shape: TableShape, { columns, key }: StoredTable): string | undefined {
  for (const column of shape.columns) {
    const type = columns.get(column.name);
    if (type !== undefined && type !== typeOf(column)) {
      return `column "${column.name}" of ${nameOf(shape)} is ${type}, and this version of the plugin declares it ${typeOf(column)}`;
    }
  }
  const wanted = ['instance_id', ...shape.primaryKey];
  if (key.length === wanted.length && key.every((name, index) => name === wanted[index])) return undefined;
  const [was, is] = [key.slice(1), shape.primaryKey].map((names) => names.map((name) => `"${name}"`).join(', '));
  return `the primary key of ${nameOf(shape)} is ${was}, and this version of the plugin declares ${is}`;
}

async function create(trx: Queryable, shape: TableShape, guard: Store['guard']): Promise<void> {
  // Without the right to create schemas, one that somebody made for the host is still good.
  const { rows } = await sql`select 1 from pg_namespace where nspname = ${shape.schema}`.execute(trx);
  if (rows.length === 0) await sql`create schema ${sql.id(shape.schema)}`.execute(trx);
  const key = shape.primaryKey.map((name) => sql.id(name));
  await sql`create table ${tableOf(shape)} (
    instance_id text not null default ${CURRENT_INSTANCE},
    ${sql.join(shape.columns.map(definitionOf))},
    row_hash text not null,
    synced_at timestamptz not null default now(),
    deleted_at timestamptz,
    deleted_reason text,
    primary key (instance_id, ${sql.join(key)})
  )`.execute(trx);
  const { plugin, stream, schema, table } = shape;
  // It is there already when somebody has dropped the table.
  await trx
    .insertInto('stream_table')
    .values({ plugin, stream, schema_name: schema, table_name: table })
    .onConflict((conflict) => conflict.columns(['plugin', 'stream']).doNothing())
    .execute();
  await guard(trx, { schema, table });
}

async function extend(trx: Queryable, shape: TableShape, stored: StoredTable | undefined): Promise<void> {
  for (const column of shape.columns.filter(({ name }) => !stored?.columns.has(name))) {
    await sql`alter table ${tableOf(shape)} add column ${definitionOf(column)}`.execute(trx);
  }
  if (stored?.isFilled) return;
  await sql`
    alter table ${tableOf(shape)}
      alter column instance_id set default ${CURRENT_INSTANCE}, alter column synced_at set default now()`.execute(trx);
}

/** Refusals of the database that are about this table; others, a lost connection say, are not. */
function refusalOf(error: unknown): string | undefined {
  const { code } = error as { code?: unknown };
  switch (code) {
    case '42501':
      return 'the database user lacks the right; grant CREATE on the database, and CREATE and USAGE with grant option on the schema';
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
