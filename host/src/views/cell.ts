// How values leave the database: as both drivers read them alike, and as a query of the vendor would have answered them.
import type { Column } from '@jackfield/schemas';
import { type RawBuilder, sql } from 'kysely';
import { comparable } from '../sync/index.ts';

/** A column of the answer, and the expression that gives it. */
export interface Output {
  readonly column: Column;
  readonly value: RawBuilder<unknown>;
}

export function shown({ column, value }: Output): RawBuilder<unknown> {
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

export function sortable({ column, value }: Output): RawBuilder<unknown> {
  return comparable(column, value);
}
