// Synced rows as a result on its way to one reader, the same as the rows of a vendor. They come from this host's own database and
// are few, so they are encoded here.
import type { Column, InstanceState } from '@jackfield/schemas';
import type { Encoding } from '@jackfield/sdk/runtime';
import type { ResultStream } from '../queries/index.ts';
import type { ViewRows } from '../sync/index.ts';

type Row = Readonly<Record<string, unknown>>;

/** Rows of one chunk: encoding them holds the main thread for well under a millisecond. */
const CHUNK = 500;
/** Spreadsheets run a cell that starts like this as a formula. */
const FORMULA = /^[=+\-@\t\r]/;

export interface ViewStreamParts {
  readonly found: ViewRows;
  readonly encoding: Encoding;
  readonly instances: readonly InstanceState[];
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly now: () => number;
}

export function streamOfView({ found, encoding, instances, startedAt, now }: ViewStreamParts): ResultStream {
  const { columns, rows, truncated } = found;
  const encode = encoding === 'csv' ? csvRow : jsonRow;
  const reads = instances.flatMap(({ asOf }) => (asOf === undefined ? [] : [Date.parse(asOf)]));
  // As of the oldest read; where none is known, as of the newest row. Rows that there are none of are as old as the look at them.
  const written = found.asOf === null ? startedAt : Date.parse(found.asOf);
  const asOf = reads.length > 0 && reads.length === instances.length ? Math.min(...reads) : written;
  let position = 0;
  return {
    columns,
    asOf,
    async next() {
      const some = rows.slice(position, (position += CHUNK));
      if (some.length === 0) return null;
      const text = some.map((row) => encode(columns, row)).join('');
      return { bytes: new TextEncoder().encode(text), rows: some.length };
    },
    async end() {
      return {
        meta: {
          rowCount: rows.length,
          asOf: new Date(asOf).toISOString(),
          ...(truncated ? { truncated } : {}),
          elapsedMs: Math.round(now() - startedAt),
          vendorCalls: 0,
          instances: [...instances],
        },
      };
    },
  };
}

function jsonRow(columns: readonly Column[], row: Row): string {
  return `${JSON.stringify(Object.fromEntries(columns.map(({ name }) => [name, row[name] ?? null])))}\n`;
}

function csvRow(columns: readonly Column[], row: Row): string {
  return `${columns.map(({ name, type }) => csvCell(row[name] ?? null, type)).join(',')}\r\n`;
}

function csvCell(value: unknown, type: Column['type']): string {
  if (value === null) return '';
  let text = typeof value === 'string' && type !== 'json' ? value : JSON.stringify(value);
  if ((type === 'string' || type === 'json') && FORMULA.test(text)) text = `'${text}`;
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
