// What of an answer is shown: which columns, and of whom each row is.
import type { Column } from '@jackfield/schemas';
import type { Answer, Row, Shows } from './answer.ts';
import { isNumeric } from './cells.ts';

export interface Shape {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Names of instances by their ids; undefined when all rows are of one, and nobody needs to be told whose. */
  readonly names: ReadonlyMap<string, string> | undefined;
  /** Column of the categories, or of the time. */
  readonly x: Column | undefined;
  readonly y: readonly Column[];
}

export function shapeOf(shows: Shows, { columns, rows, meta }: Answer): Shape {
  const own = columns.filter(({ name }) => name !== 'instance');
  const shown = shows.columns.length > 0 ? shows.columns : own;
  const find = (name: string | null): Column | undefined =>
    [...shown, ...columns].find((column) => column.name === name);
  const instances = meta?.instances ?? [];
  const isOfMany = instances.length > 1 && columns.some(({ name }) => name === 'instance');
  const y = shows.y.flatMap((name) => find(name) ?? []);
  return {
    columns: shown,
    rows,
    names: isOfMany ? new Map(instances.map(({ id, name }) => [id, name])) : undefined,
    x: find(shows.x) ?? shown.find((column) => !isNumeric(column)),
    y: y.length > 0 ? y : shown.filter(isNumeric),
  };
}

/** Whose a row is, for people; empty when that goes without saying. */
export function ownerOf(row: Row, { names }: Pick<Shape, 'names'>): string {
  const id = row['instance'];
  return names === undefined || typeof id !== 'string' ? '' : (names.get(id) ?? id);
}
