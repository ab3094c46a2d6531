// What the audit says of a row of an old table: nothing that could be a credential under whatever name, as for instances.
import type { OldRow } from '../old-rows.ts';
import { jsonOf, recordOf } from '../rows.ts';
import type { OldTable } from './tables.ts';

const NAMES: ReadonlySet<string> = new Set([
  ...['system_name', 'display_name', 'system_type', 'auth_type', 'instance_name', 'name', 'widget_type', 'method'],
  ...['client_id', 'external_identifier', 'external_name'],
]);

export function auditedRow({ columns }: OldTable, row: OldRow): object {
  const shown = Object.entries(columns).map(([column, cell]) => {
    const value = row[column] ?? null;
    if (value === null) return [column, null] as const;
    if (column === 'base_url') return [column, addressOf(value)] as const;
    if (cell !== 'json') return [column, cell === 'text' && !NAMES.has(column) ? '[not kept]' : value] as const;
    return [column, Array.isArray(jsonOf(value)) ? ['[not kept]'] : { members: Object.keys(recordOf(value)) }] as const;
  });
  return { id: row.id, ...Object.fromEntries(shown) };
}

/** Without user name, query and fragment. */
function addressOf(value: unknown): string {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  return url !== null && /^https?:$/.test(url.protocol) ? url.origin + url.pathname : '[not kept]';
}
