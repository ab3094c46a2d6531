// Masks stand where secrets are. Coming back from a client one means: as it was.
import { isObject } from '../merge-patch.ts';
import { takeRowSecrets } from './import/connections.ts';
import { KEPT } from './import/kept.ts';
import type { OldTable } from './api/tables.ts';
import type { Values } from './old-rows.ts';
import { jsonOf, MASK } from './rows.ts';

export { KEPT, withKept } from './import/kept.ts';

/** `sent` with what is stored in the places of its masks; a mask with nothing behind it stays one. */
export function unmasked(sent: unknown, stored: unknown): unknown {
  if (sent === MASK) return typeof stored === 'string' || typeof stored === 'number' ? stored : sent;
  if (Array.isArray(sent)) {
    const before: readonly unknown[] = Array.isArray(stored) ? stored : [];
    return sent.map((item, index) => unmasked(item, before[index]));
  }
  if (!isObject(sent)) return sent;
  const before = isObject(stored) ? stored : {};
  return Object.fromEntries(
    Object.entries(sent).map(([name, value]) => [
      name,
      unmasked(value, Object.hasOwn(before, name) ? before[name] : undefined),
    ]),
  );
}

/** Whether anything of it is a secret that only the instance knows. */
export function hasKept(values: Values): boolean {
  return JSON.stringify(values).includes(KEPT);
}

/**
 * What is written while the instance keeps the secrets: masks where new ones were sent; where a mask was sent, what the table had.
 * `sent`: columns as they came.
 */
export function maskedValues({ columns }: OldTable, sent: Values, stored: Values): Values {
  const { masked } = takeRowSecrets(sent);
  return Object.fromEntries(
    Object.entries(sent).map(([column, value]) => {
      if (columns[column] !== 'json') return [column, masked[column]];
      return [column, behind(masked[column], value, jsonOf(stored[column]))];
    }),
  );
}

/** Only where the client itself sent a mask is the old secret still the right one. */
function behind(masked: unknown, sent: unknown, stored: unknown): unknown {
  if (sent === MASK) return unmasked(MASK, stored);
  if (Array.isArray(masked) && Array.isArray(sent)) {
    const before: readonly unknown[] = Array.isArray(stored) ? stored : [];
    return masked.map((item, index) => behind(item, sent[index], before[index]));
  }
  if (!isObject(masked) || !isObject(sent)) return masked;
  const before = isObject(stored) ? stored : {};
  return Object.fromEntries(
    Object.entries(masked).map(([name, value]) => [
      name,
      behind(value, sent[name], Object.hasOwn(before, name) ? before[name] : undefined),
    ]),
  );
}
