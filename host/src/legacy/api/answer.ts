// A row as the old API answers it: both spellings of every name, JSON as JSON, and masks where the secrets are.
import { takeRowSecrets } from '../import/connections.ts';
import type { OldRow } from '../old-rows.ts';
import { jsonOf } from '../rows.ts';
import { camelCase, type OldTable } from './tables.ts';

export type Answer = Readonly<Record<string, unknown>> & { readonly id: number };

/** Its columns under the names they have in the table, without secrets. */
export function shownRow({ columns }: OldTable, row: OldRow): Readonly<Record<string, unknown>> {
  const known = Object.keys(columns).map((column) => {
    const value = row[column] ?? null;
    return [column, columns[column] === 'json' ? jsonOf(value) : value] as const;
  });
  return takeRowSecrets(Object.fromEntries(known)).masked;
}

/** `more`: what the old API added to a row, such as the name of its system. */
export function answerOf(table: OldTable, row: OldRow, more: Readonly<Record<string, unknown>> = {}): Answer {
  const { id, created_by = null, created_at, updated_at } = row;
  const stamps = { created_by, created_at: timeOf(created_at), updated_at: timeOf(updated_at) };
  const answer: Record<string, unknown> = {};
  for (const [column, value] of Object.entries({ ...shownRow(table, row), ...more, ...stamps })) {
    answer[column] = value;
    answer[camelCase(column)] = value;
  }
  return { id, ...answer };
}

function timeOf(value: unknown): unknown {
  return value instanceof Date ? value.toISOString() : (value ?? null);
}
