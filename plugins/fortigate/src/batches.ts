// The host takes batches of up to this many rows; one VDOM of a large device can have more policies.
const ROWS = 1000;

export function* inBatches<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < rows.length; start += ROWS) yield rows.slice(start, start + ROWS);
}
