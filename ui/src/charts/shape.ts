// What of an answer is shown: which columns, and of whom each row is.
import type { Column, Meta } from '@jackfield/schemas';
import type { Row } from './row.ts';
import { isNumeric } from './cells.ts';

export interface Shape {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Names of instances by their ids; undefined when all rows are of one, and nobody needs to be told whose. */
  readonly names: ReadonlyMap<string, string> | undefined;
  /** Column of the categories, or of the time. */
  readonly x: Column | undefined;
  readonly y: readonly Column[];
  /** What tells rows of one instance apart that have the same place on the x axis: each of its values is drawn by itself. */
  readonly groups: readonly Column[];
}

/** Kinds that are drawn, by code that is loaded when there is one to draw. */
export const CHARTS: ReadonlySet<string> = new Set(['bar', 'pie', 'line', 'timeseries']);

/** More colours than that nobody tells apart. */
export const MOST_SERIES = 12;

/** What is to be shown of it, and how. */
export interface Look {
  readonly kind: string;
  /** Empty: those of the answer. */
  readonly columns: readonly Column[];
  readonly x: string | null;
  readonly y: readonly string[];
}

interface Told {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly meta?: Pick<Partial<Meta>, 'instances'>;
}

export function shapeOf(shows: Look, { columns, rows, meta }: Told): Shape {
  const own = columns.filter(({ name }) => name !== 'instance');
  const shown = shows.columns.length > 0 ? shows.columns : own;
  const find = (name: string | null): Column | undefined =>
    [...shown, ...columns].find((column) => column.name === name);
  const instances = meta?.instances ?? [];
  const isOfMany = instances.length > 1 && columns.some(({ name }) => name === 'instance');
  const y = shows.y.flatMap((name) => find(name) ?? []);
  const x = find(shows.x) ?? shown.find((column) => !isNumeric(column));
  const texts = shown.filter((column) => column.name !== x?.name && !isNumeric(column));
  return {
    columns: shown,
    rows,
    names: isOfMany ? new Map(instances.map(({ id, name }) => [id, name])) : undefined,
    x,
    y: y.length > 0 ? y : shown.filter(isNumeric),
    groups: x === undefined || !CHARTS.has(shows.kind) ? [] : groupsIn(rows, x, texts),
  };
}

/** None where rows are apart already, or where each would be a group of its own: then they are records, and no groups. */
function groupsIn(rows: readonly Row[], x: Column, texts: readonly Column[]): readonly Column[] {
  if (different(rows, [x]) === rows.length) return [];
  const one = texts.find((column) => different(rows, [x, column]) === rows.length);
  const groups = one === undefined ? texts : [one];
  const count = different(rows, groups);
  return count <= MOST_SERIES || count * 2 <= rows.length ? groups : [];
}

/** How many rows differ in these columns, or in whose they are. */
function different(rows: readonly Row[], columns: readonly Column[]): number {
  return new Set(rows.map((row) => JSON.stringify([row['instance'], ...columns.map(({ name }) => row[name])]))).size;
}

/** Whose a row is, for people; empty when that goes without saying. */
export function ownerOf(row: Row, { names }: Pick<Shape, 'names'>): string {
  const id = row['instance'];
  return names === undefined || typeof id !== 'string' ? '' : (names.get(id) ?? id);
}
