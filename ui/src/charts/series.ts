// What is drawn: for each column of values, of many instances for each of them, and for each group of rows, the values in order.
import type { Column } from '@jackfield/schemas';
import type { Cell } from './row.ts';
import { cellText, headingOf, shortened } from './cells.ts';
import { MOST_SERIES, ownerOf, type Shape } from './shape.ts';

export interface Series {
  readonly name: string;
  readonly unit: string | undefined;
  /** Place on the x axis, and value. */
  readonly points: readonly (readonly [x: string, y: number | null])[];
}

const LABEL = 40;

export function seriesOf(shape: Shape): readonly Series[] {
  const { rows, x, y, groups } = shape;
  const series = new Map<string, { readonly column: Column; readonly points: (readonly [string, number | null])[] }>();
  for (const row of rows) {
    const whose = [ownerOf(row, shape), ...groups.map((column) => cellText(row[column.name], column))];
    const isNamed = whose.some((part) => part !== '');
    for (const column of y) {
      const name = [...whose, y.length > 1 || !isNamed ? headingOf(column) : '']
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

/** Those that are drawn, in their order: of too many the largest. */
export function drawn(series: readonly Series[]): readonly Series[] {
  if (series.length <= MOST_SERIES) return series;
  const total = ({ points }: Series): number => points.reduce((sum, [, y]) => sum + Math.abs(y ?? 0), 0);
  const largest = new Set(series.toSorted((a, b) => total(b) - total(a)).slice(0, MOST_SERIES));
  return series.filter((one) => largest.has(one));
}

function categoryOf(value: Cell): string {
  if (value === null || value === undefined || value === '') return '–';
  return nameable(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

/** ECharts keeps what it draws in plain objects, by name: one that every object has already breaks it. */
function nameable(name: string): string {
  return name in Object.prototype ? `${name}\u200B` : name;
}
