// Secrets that a row only has a mask of: the instance that it has become keeps them.
import { MASK } from '../rows.ts';
import { isRecord, jsonOf, type Row } from './cells.ts';

/** Stands for a secret that the instance has and the row does not. */
export const KEPT = '[a secret that the instance keeps]';

/** A row with that in the places of its masks, so that it is read as one with a secret there. */
export function withKept(row: Row): Row {
  const walk = (value: unknown): unknown => {
    if (value === MASK) return KEPT;
    if (Array.isArray(value)) return value.map(walk);
    return isRecord(value)
      ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, walk(item)]))
      : value;
  };
  return Object.fromEntries(
    Object.entries(row).map(([column, cell]) => {
      const json = jsonOf(cell);
      return [column, json.kind === 'value' && typeof json.value === 'object' ? walk(json.value) : cell];
    }),
  );
}
