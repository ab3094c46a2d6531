// A CSV file of contracts as lines with their numbers. Whether a line makes sense is not decided here.
import { CsvError, parse } from 'csv-parse/sync';

export const COLUMNS = ['client', 'contract', 'ends_on', 'starts_on', 'reference', 'time_zone'] as const;
export type CsvColumn = (typeof COLUMNS)[number];
const REQUIRED: readonly CsvColumn[] = ['client', 'contract', 'ends_on'];

export interface CsvLine {
  /** Of its first character, as an editor counts: the header is line 1. */
  readonly line: number;
  /** Trimmed. A column that is left out, or empty, is missing. */
  readonly cells: Readonly<Partial<Record<CsvColumn, string>>>;
}

export interface CsvFault {
  readonly line: number;
  /** Missing when the whole line is meant. */
  readonly column?: CsvColumn;
  readonly message: string;
}

export interface CsvFile {
  readonly lines: readonly CsvLine[];
  readonly faults: readonly CsvFault[];
}

interface CsvRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** Takes UTF-8 with or without a byte order mark, commas or semicolons, quoted fields, any line ends, columns in any order. */
export function readCsv(bytes: Uint8Array): CsvFile {
  const text = decode(bytes);
  if (text === undefined) return broken(1, 'must be UTF-8; save the file as "CSV UTF-8"');
  const records = parseRecords(text);
  if (!Array.isArray(records)) return broken(records.line, records.message);
  const [header, ...rest] = numbered(records);
  if (header === undefined) return broken(1, `is empty, expected a header of ${REQUIRED.join(', ')}`);
  const columns = header.record.map((name) => name.trim().toLowerCase());
  const faults = headerFaults(columns).map((message) => ({ line: header.line, message }));
  if (faults.length > 0) return { lines: [], faults };
  const lines: CsvLine[] = [];
  const uneven: CsvFault[] = [];
  for (const { line, record } of rest) {
    if (record.length === columns.length) lines.push({ line, cells: cellsOf(columns as CsvColumn[], record) });
    else uneven.push({ line, message: `has ${record.length} fields, the header has ${columns.length}` });
  }
  return { lines, faults: uneven };
}

/** A file in another encoding would turn names into other names. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parseRecords(text: string): CsvRecord[] | { line: number; message: string } {
  try {
    return parse(text, {
      delimiter: delimiterOf(text),
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      info: true,
    }) as unknown as CsvRecord[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = Number((error as CsvError & { lines?: number }).lines ?? 1);
    return { line, message: `has a quote that is not closed or out of place: ${error.code}` };
  }
}

/** No column's name has either in it, so the header says which it is. */
function delimiterOf(text: string): ',' | ';' {
  const [header = ''] = text.split(/[\r\n]/, 1);
  return header.includes(';') ? ';' : ',';
}

/** Records with the line that they begin on; blank ones are left out. */
function numbered(records: readonly CsvRecord[]): { line: number; record: readonly string[] }[] {
  let read = 0;
  return records
    .map(({ record, info }) => {
      const line = read + 1;
      read = info.lines;
      return { line, record };
    })
    .filter(({ record }) => record.some((cell) => cell.trim() !== ''));
}

function headerFaults(columns: readonly string[]): string[] {
  const unknown = columns.filter((name) => !(COLUMNS as readonly string[]).includes(name));
  const missing = REQUIRED.filter((name) => !columns.includes(name));
  const doubled = columns.filter((name, at) => columns.indexOf(name) !== at);
  return [
    ...unknown.map((name) => `has the column "${name}", which is none of ${COLUMNS.join(', ')}`),
    ...missing.map((name) => `lacks the column "${name}"`),
    ...doubled.map((name) => `has the column "${name}" twice`),
  ];
}

function cellsOf(columns: readonly CsvColumn[], record: readonly string[]): CsvLine['cells'] {
  return Object.fromEntries(
    columns.map((name, at) => [name, (record[at] ?? '').trim()] as const).filter(([, cell]) => cell !== ''),
  );
}

function broken(line: number, message: string): CsvFile {
  return { lines: [], faults: [{ line, message }] };
}
