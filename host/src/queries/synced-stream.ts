// Synced rows as a result on its way to one reader, the same as the rows of a vendor. They come from this host's own database and
// are few, so they are encoded here.
import type { Column } from '@jackfield/schemas';
import { csvText, type Encoding } from '@jackfield/sdk/runtime';
import type { ViewRows } from '../views/index.ts';
import type { Meta, ResultStream } from './result-stream.ts';

type Row = Readonly<Record<string, unknown>>;

/** Rows of one chunk: encoding them holds the main thread for well under a millisecond. */
const CHUNK = 500;

/** A result whose end never fails. */
export interface SyncedStream<M extends Meta> extends ResultStream {
  end(): Promise<{ readonly meta: M }>;
}

/** `about`: what is known of the whole beside the rows. */
export function streamOf<M extends object>(
  { columns, rows, truncated }: ViewRows,
  encoding: Encoding,
  about: M & { readonly asOf: number; readonly elapsedMs: number; readonly stale?: Meta['stale'] },
): SyncedStream<Meta & M> {
  const encode = encoding === 'csv' ? csvRow : jsonRow;
  const { asOf, elapsedMs, ...rest } = about;
  let position = 0;
  return {
    columns,
    asOf,
    ...(about.stale === undefined ? {} : { stale: about.stale }),
    async next() {
      const some = rows.slice(position, (position += CHUNK));
      if (some.length === 0) return null;
      const text = some.map((row) => encode(columns, row)).join('');
      return { bytes: new TextEncoder().encode(text), rows: some.length };
    },
    async end() {
      const counted = {
        rowCount: rows.length,
        asOf: new Date(asOf).toISOString(),
        ...(truncated ? { truncated } : {}),
        elapsedMs: Math.round(elapsedMs),
        vendorCalls: 0,
      };
      return { meta: { ...counted, ...rest } as unknown as Meta & M };
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
  const text = typeof value === 'string' && type !== 'json' ? value : JSON.stringify(value);
  return csvText(text, type === 'string' || type === 'json');
}
