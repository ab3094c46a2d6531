// What begins to move is read for the last time in tables that the old API does not write: what has changed there since would be lost.
import type { Unread } from '../parity-report.ts';
import { isAside } from './found-tables.ts';
import { type ImportParts, planHere } from './import.ts';

export function createUnread(parts: ImportParts): Unread {
  return async (plugin) => {
    const steps = await planHere(parts);
    return steps
      .filter((step) => step.plugin === plugin && step.rewrites && isAside(step.found, true))
      .map(({ found }) => `${found.table} ${found.id}`);
  };
}
