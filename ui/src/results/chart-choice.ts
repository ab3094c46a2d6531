import type { Column } from '@jackfield/schemas';
import { isNumeric } from './cell-text.ts';
import type { Row } from './row-stream.ts';

export interface ChartChoice {
  readonly kind: 'bar' | 'line';
  readonly x: Column;
  readonly y: readonly Column[];
}

/** Points that a chart can show and somebody can tell apart. */
export const POINTS_MOST = 500;

/** How these columns are drawn: numbers over time, or over names. Undefined when they cannot be. */
export function chartOf(columns: readonly Column[], rows: readonly Row[]): ChartChoice | undefined {
  const y = columns.filter((column) => isNumeric(column) && !/(^|_)(id|port)$/i.test(column.name)).slice(0, 4);
  const time = columns.find(({ type }) => type === 'date' || type === 'datetime');
  const name = columns.find(({ type }) => type === 'string');
  if (y.length === 0 || rows.length === 0) return undefined;
  if (name !== undefined && columns.indexOf(name) === 0) return { kind: 'bar', x: name, y };
  if (time !== undefined) return { kind: 'line', x: time, y };
  return name === undefined ? undefined : { kind: 'bar', x: name, y };
}
