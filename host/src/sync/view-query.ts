// A view of synced rows as one SELECT: names come from the stream's declaration, values go as parameters. Whatever does not fit the
// stream is refused with a pointer into the view.
import type { Column, ManifestView } from '@jackfield/schemas';
import { type RawBuilder, sql } from 'kysely';
import { type FieldError, Problem } from '../errors.ts';
import { columnNamed, comparable, type TableShape, tableOf } from './table-shape.ts';
import { columnReference, conditionOf } from './view-condition.ts';

/** A column of the answer, and the expression that gives it. */
interface Output {
  readonly column: Column;
  readonly value: RawBuilder<unknown>;
}

export interface ViewQuery {
  readonly columns: readonly Column[];
  /** Rows with a member more, {@link SYNCED}. */
  readonly select: RawBuilder<Record<string, unknown>>;
}

/** When the row, or the newest of its group, was written. No declared column starts with an underscore. */
export const SYNCED = '_synced';

const INSTANCE: Column = { name: 'instance', type: 'string', label: 'Instance' };
const WRITTEN: Column = { name: SYNCED, type: 'datetime' };

/** `limit` is the number of rows that are fetched. @throws Problem `params_invalid` when the view does not fit the stream. */
export function compileView(
  view: ManifestView,
  shape: TableShape,
  instanceIds: readonly string[],
  limit: number,
): ViewQuery {
  const errors: FieldError[] = [];
  const refuse = (pointer: string, message: string): void => void errors.push({ pointer, message });
  const { groupBy = [], measures = [], where = [], orderBy = [] } = view;
  const grouped = groupBy.length > 0 || measures.length > 0;
  const instance: Output = { column: INSTANCE, value: columnReference('instance_id') };

  const groups = groupBy.flatMap((name, index) => {
    const column = columnNamed(shape, name);
    if (!column) refuse(`/groupBy/${index}`, `names no column (got ${JSON.stringify(name)})`);
    return column ? [outputOf(column)] : [];
  });
  const measured = measures.flatMap((measure, index) => {
    const output = measureOf(measure, shape);
    if (typeof output === 'string') refuse(`/measures/${index}`, output);
    return typeof output === 'string' ? [] : [output];
  });
  const outputs = [instance, ...(grouped ? [...groups, ...measured] : shape.columns.map(outputOf))];
  for (const name of repeated(outputs)) refuse('', `has more than one column "${name}"`);
  const conditions = where.flatMap((condition, index) => {
    const built = conditionOf(condition, shape);
    if (typeof built === 'string') refuse(`/where/${index}`, built);
    return typeof built === 'string' ? [] : [built];
  });
  const order = orderBy.flatMap(({ column: name, descending }, index) => {
    const output = outputs.find(({ column }) => column.name === name);
    if (!output) refuse(`/orderBy/${index}`, `names no column of the answer (got ${JSON.stringify(name)})`);
    return output ? [sql`${sortable(output)} ${sql.raw(descending ? 'desc' : 'asc')} nulls last`] : [];
  });
  if (errors.length > 0) throw invalid(view, errors);

  // Without an order, and among equals, rows come in the order of their key: the same on every call.
  const rest = grouped ? groups.map(sortable) : shape.primaryKey.map(columnReference);
  const byInstance = grouped ? sql`group by ${sql.join([instance, ...groups].map(({ value }) => value))}` : sql``;
  const select = sql<Record<string, unknown>>`
    select ${sql.join(outputs.map((output) => sql`${shown(output)} as ${sql.id(output.column.name)}`))},
      ${shown({ column: WRITTEN, value: grouped ? sql`max(synced_at)` : sql`synced_at` })} as ${sql.id(SYNCED)}
    from ${tableOf(shape)} as _rows
    where ${sql.join([inInstances(instanceIds), sql`deleted_at is null`, ...conditions], sql` and `)}
    ${byInstance}
    order by ${sql.join([...order, instance.value, ...rest])}
    limit ${limit}`;
  return { columns: outputs.map(({ column }) => column), select };
}

function outputOf(column: Column): Output {
  return { column, value: columnReference(column.name) };
}

type Measure = NonNullable<ManifestView['measures']>[number];

/** The measure as a column, or why there is none. */
function measureOf({ name, fn, column: of, label }: Measure, shape: TableShape): Output | string {
  const about = label === undefined ? {} : { label };
  if (of === undefined) {
    if (fn !== 'count') return `${fn} needs a column`;
    return { column: { name, type: 'integer', ...about }, value: sql`count(*)` };
  }
  const column = columnNamed(shape, of);
  if (!column) return `names no column (got ${JSON.stringify(of)})`;
  const unit = column.unit === undefined ? {} : { unit: column.unit };
  const value = comparable(column, columnReference(of));
  switch (fn) {
    case 'count':
      return { column: { name, type: 'integer', ...about }, value: sql`count(${value})` };
    case 'sum':
    case 'avg': {
      if (column.type !== 'integer' && column.type !== 'number') return `${fn} needs a column of numbers`;
      const type = fn === 'sum' ? column.type : 'number';
      return { column: { name, type, ...unit, ...about }, value: sql`${sql.raw(fn)}(${value})` };
    }
    case 'min':
    case 'max':
      if (column.type === 'boolean' || column.type === 'json') return `${fn} needs a column that has an order`;
      return { column: { name, type: column.type, ...unit, ...about }, value: sql`${sql.raw(fn)}(${value})` };
  }
}

/** As both drivers read it alike, and as a query of the vendor would have answered it. */
function shown({ column, value }: Output): RawBuilder<unknown> {
  switch (column.type) {
    case 'integer':
    case 'number':
      return sql`(${value})::double precision`;
    case 'date':
      return sql`to_char(${value}, 'YYYY-MM-DD')`;
    case 'datetime':
      return sql`to_char(${value} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
    case 'string':
    case 'boolean':
    case 'json':
      return value;
  }
}

function sortable({ column, value }: Output): RawBuilder<unknown> {
  return comparable(column, value);
}

function inInstances(ids: readonly string[]): RawBuilder<unknown> {
  if (ids.length === 0) return sql`false`;
  return sql`instance_id in (${sql.join(ids.map((id) => sql`${id}::text`))})`;
}

function repeated(outputs: readonly Output[]): Set<string> {
  const names = outputs.map(({ column }) => column.name);
  return new Set(names.filter((name, index) => names.indexOf(name) !== index));
}

function invalid(view: ManifestView, errors: readonly FieldError[]): Problem {
  const detail = `the view does not fit the stream "${view.stream}": ${errors.map(({ pointer, message }) => `${pointer} ${message}`.trim()).join('; ')}`;
  return new Problem('params_invalid', detail, { errors });
}
