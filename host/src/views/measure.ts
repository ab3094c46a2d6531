// What a group of rows comes to, as SQL.
import type { Column, ViewMeasure } from '@jackfield/schemas';
import { type RawBuilder, sql } from 'kysely';
import { comparable } from '../sync/index.ts';
import { columnReference, type Reach } from './reach.ts';

const SECONDS = { s: 1, min: 60, h: 3600, d: 86_400 } as const;

/** `holds`: only rows for which all of these do. */
export function measureValue(
  measure: ViewMeasure,
  reach: Reach,
  holds: readonly RawBuilder<unknown>[],
): RawBuilder<unknown> {
  const { fn, at, column } = measure;
  const counted = at === undefined ? [] : [sql`_event.kind = ${at}::text`];
  const filter = filterOf([...counted, ...holds]);
  switch (fn) {
    case 'count':
      return sql`count(${column === undefined ? sql`*` : columnReference(column)})${filter}`;
    case 'countDistinct':
      return sql`count(distinct ${valueOf(measure, reach)})${filter}`;
    case 'percent':
      return sql`(100.0 * count(*)${filter} / nullif(count(*)${filterOf(counted)}, 0))`;
    case 'median':
      return sql`percentile_cont(0.5) within group (order by (${valueOf(measure, reach)})::double precision)${filter}`;
    case 'sum':
    case 'avg':
    case 'min':
    case 'max':
      return sql`${sql.raw(fn)}(${valueOf(measure, reach)})${filter}`;
  }
}

function valueOf({ column, since, unit = 's' }: ViewMeasure, reach: Reach): RawBuilder<unknown> {
  if (since !== undefined) {
    const end = column === undefined ? sql`now()` : columnReference(column);
    return sql`(extract(epoch from (${end} - ${columnReference(since)})) / ${sql.raw(String(SECONDS[unit]))})`;
  }
  const name = column ?? '';
  const of: Column | undefined = reach.outputs.get(name)?.column;
  return of === undefined ? columnReference(name) : comparable(of, columnReference(name));
}

function filterOf(conditions: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  return conditions.length === 0 ? sql`` : sql` filter (where ${sql.join(conditions, sql` and `)})`;
}
