// Secrets that a row only has a mask of: the instance that it has become keeps them.
import { isObject } from '../../merge-patch.ts';
import { jsonOf, MASK } from '../rows.ts';
import type { Row } from './cells.ts';

/** Stands for a secret that the instance has and nobody here knows. */
export const KEPT = '[a secret that the instance keeps]';

/** The columns of a row, those that hold JSON as text read, with that in the places of masks: it is read as one with a secret there. */
export function withKept(row: Row): Row {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, walk(item)]));
    return value === MASK ? KEPT : value;
  };
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      value instanceof Date ? value : walk(typeof value === 'string' && /^\s*[[{]/.test(value) ? jsonOf(value) : value),
    ]),
  );
}
