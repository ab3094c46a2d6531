// One condition of a view. A value is checked against its column's type here, so that the database has nothing to refuse.
import type { Column, ManifestView } from '@jackfield/schemas';
import { type RawBuilder, sql } from 'kysely';
import { columnNamed, comparable, type TableShape, typeOf } from './table-shape.ts';

type Condition = NonNullable<ManifestView['where']>[number];
type Scalar = string | number | boolean;

const COMPARISONS = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

/** With the table in front: else ORDER BY takes the name for the column of the answer, which is text where this is a time. */
export function columnReference(name: string): RawBuilder<unknown> {
  return sql.id('_rows', name);
}

/** The condition as SQL, or why there is none. */
export function conditionOf(condition: Condition, shape: TableShape): RawBuilder<unknown> | string {
  const { op } = condition;
  const column = columnNamed(shape, condition.column);
  if (!column) return `names no column (got ${JSON.stringify(condition.column)})`;
  const name = columnReference(column.name);
  if (op === 'null' || op === 'notNull') {
    if (condition.value !== undefined || condition.agoMs !== undefined) return `${op} takes no value`;
    return op === 'null' ? sql`${name} is null` : sql`${name} is not null`;
  }
  if (column.type === 'json') return `column "${column.name}" holds JSON, which is compared with null only`;
  const operands = operandsOf(condition, column);
  if (typeof operands === 'string') return operands;
  const [first] = operands;
  if (op === 'in') return first === undefined ? sql`false` : sql`${name} in (${sql.join(operands)})`;
  if (first === undefined) return `${op} takes one value`;
  switch (op) {
    case 'eq':
      return sql`${name} = ${first}`;
    case 'ne':
      // A null is something else than any value.
      return sql`${name} is distinct from ${first}`;
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return sql`${comparable(column, name)} ${sql.raw(COMPARISONS[op])} ${first}`;
  }
}

function operandsOf({ op, value, agoMs }: Condition, column: Column): RawBuilder<unknown>[] | string {
  if ((value === undefined) === (agoMs === undefined)) return `${op} takes a value, or how long ago`;
  if (agoMs !== undefined) {
    if (op === 'in') return 'in takes a list of values';
    const moment = momentOf(column, agoMs);
    return moment === undefined ? `column "${column.name}" is no date or time` : [moment];
  }
  if (Array.isArray(value) !== (op === 'in'))
    return op === 'in' ? 'in takes a list of values' : `${op} takes one value`;
  const values = (Array.isArray(value) ? value : [value]) as readonly Scalar[];
  const unfit = values.find((item) => !fits(item, column));
  if (unfit !== undefined) return `column "${column.name}" is compared with ${EXPECTED[column.type]}`;
  // As text, which both drivers send alike; the database reads it as what the column is.
  return values.map((item) => sql`${String(item)}::text::${sql.raw(typeOf(column))}`);
}

/** The database's clock: it is also the one that says when a row was synced. */
function momentOf({ type }: Column, agoMs: number): RawBuilder<unknown> | undefined {
  const moment = sql`now() - ${String(agoMs)}::text::double precision * interval '1 millisecond'`;
  if (type === 'datetime') return sql`(${moment})`;
  return type === 'date' ? sql`((${moment}) at time zone 'UTC')::date` : undefined;
}

const EXPECTED: Readonly<Record<Column['type'], string>> = {
  string: 'text without NUL',
  integer: 'a number',
  number: 'a number',
  boolean: 'true or false',
  date: 'a date, YYYY-MM-DD',
  datetime: 'a time, RFC 3339 with an offset',
  json: 'null only',
};

const DATE = /^\d{4}-\d\d-\d\d$/;
const DATETIME = /^(\d{4}-\d\d-\d\d)[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;

function fits(value: Scalar, { type }: Column): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string' && !value.includes('\0') && value.isWellFormed();
    case 'integer':
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'date':
      return typeof value === 'string' && DATE.test(value) && isDay(value);
    case 'datetime': {
      const day = typeof value === 'string' ? DATETIME.exec(value)?.[1] : undefined;
      return day !== undefined && isDay(day) && !Number.isNaN(Date.parse(String(value)));
    }
    case 'json':
      return false;
  }
}

/** Date.parse takes 31 February for the third of March. The year 0 is no year to PostgreSQL. */
function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && !text.startsWith('0000') && new Date(time).toISOString().startsWith(text);
}
