// What is drawn: for each column of values, and of many instances for each of them, the values in order.
import type { Column } from '@jackfield/schemas';
import type { Cell } from '../answer.ts';
import { headingOf, shortened } from '../cells.ts';
import { ownerOf, type Shape } from '../shape.ts';

export interface Series {
  readonly name: string;
  readonly unit: string | undefined;
  /** Place on the x axis, and value. */
  readonly points: readonly (readonly [x: string, y: number | null])[];
}

/** More colours than that nobody tells apart. */
export const MOST_SERIES = 12;
const LABEL = 40;

export function seriesOf(shape: Shape): readonly Series[] {
  const { rows, x, y } = shape;
  const series = new Map<string, { readonly column: Column; readonly points: (readonly [string, number | null])[] }>();
  for (const row of rows) {
    const owner = ownerOf(row, shape);
    for (const column of y) {
      const name = [owner, y.length > 1 || owner === '' ? headingOf(column) : '']
        .filter((part) => part !== '')
        .join(' · ');
      const known = series.get(name) ?? { column, points: [] };
      series.set(name, known);
      const value = row[column.name];
      known.points.push([categoryOf(row[x?.name ?? '']), typeof value === 'number' ? value : null]);
    }
  }
  return [...series].map(([name, { column, points }]) => ({
    name: nameable(shortened(name, LABEL)),
    unit: column.unit,
    points,
  }));
}

function categoryOf(value: Cell): string {
  if (value === null || value === undefined || value === '') return '–';
  return nameable(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

/** ECharts keeps what it draws in plain objects, by name: one that every object has already breaks it. */
function nameable(name: string): string {
  return name in Object.prototype ? `${name}\u200B` : name;
}
