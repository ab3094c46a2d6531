// What the old API answers of a row while the old tables lead, and once the new shape does: whoever reads it must not see the difference.
import { isDeepStrictEqual } from 'node:util';
import type { Answers } from '../parity-report.ts';
import type { Records } from './records.ts';

export function createAnswers(all: readonly Records[]): Answers {
  return async (name, ids) => {
    const records = all.find(({ table }) => table.table === name);
    if (records === undefined) return new Map();
    const columns = Object.keys(records.table.columns);
    const both = await records.both(ids);
    return new Map(
      [...both].map(([id, [legacy, plugin]]) => [
        id,
        columns.flatMap((column) =>
          isDeepStrictEqual(legacy[column], plugin[column])
            ? []
            : [{ field: `answer/${column}`, legacy: legacy[column] ?? null, plugin: plugin[column] ?? null }],
        ),
      ]),
    );
  };
}
