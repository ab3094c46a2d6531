// Encodes rows of a stream for PostgreSQL's COPY: one line per row, its cells separated by tabs, its hash the last of them. The server
// reads that in half the time it takes for JSON, and the host passes it on as bytes.
import { hash } from 'node:crypto';
import type { Column } from '@jackfield/schemas';
import { ByteText } from './byte-text.ts';
import type { StreamShape } from './protocol.ts';
import { assertRowSize, createRowEncoder, propertiesOf, textReader } from './rows.ts';

const NULL = '\\N';
const SPECIAL = /[\\\t\n\r\0]/;
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  // PostgreSQL's text has no NUL. Half a surrogate pair becomes the same when the line is encoded.
  '\0': '\ufffd',
};
/** An escape of JSON; text that only looks like one has a backslash before its own, which the second alternative takes. */
const JSON_ESCAPE = /\\(?:u(?:0000|d[89a-f][0-9a-f]{2})|.)/g;
const UNSTORABLE_ESCAPE_LENGTH = 6;
/** 132 bits: no two rows share it by chance. */
const HASH_CHARACTERS = 22;

/** For the row that makes a chunk full. */
const SPARE_BYTES = 8192;

/** Rows on their way to the host. */
export interface CopiedRows {
  /** @throws PluginMistake when a cell does not fit its column. */
  add(row: unknown): void;
  /** Bytes of rows that wait. */
  readonly size: number;
  /** What waits. `keys`: primary key and `_hash` of each row as NDJSON, for the host to ask which rows the database has. */
  take(): { readonly bytes: Uint8Array<ArrayBuffer>; readonly keys: Uint8Array<ArrayBuffer> };
}

/** @param size bytes of rows that are taken at once */
export function createCopiedRows({ columns, primaryKey }: StreamShape, size: number): CopiedRows {
  const cells = columns.map((column, index) => ({
    name: column.name,
    lead: index === 0 ? '' : '\t',
    encode: cellEncoder(column),
  }));
  const encodeKey = createRowEncoder(
    columns.filter(({ name }) => primaryKey.includes(name)),
    'ndjson',
  );
  const lines = new ByteText(size + SPARE_BYTES);
  const keys = new ByteText(size / 4);
  return {
    get size() {
      return lines.length;
    },
    add(row) {
      const values = propertiesOf(row);
      let line = '';
      for (const { name, lead, encode } of cells) {
        const value = values[name];
        line += lead + (value === undefined || value === null ? NULL : encode(value));
      }
      assertRowSize(line);
      const key = encodeKey(row).slice(0, -2);
      const before = lines.length;
      lines.append(line);
      const digest = hash('sha256', lines.since(before), 'base64url').slice(0, HASH_CHARACTERS);
      lines.append(`\t${digest}\n`);
      keys.append(`${key},"_hash":"${digest}"}\n`);
    },
    take: () => ({ bytes: lines.take(), keys: keys.take() }),
  };
}

function cellEncoder(column: Column): (value: unknown) => string {
  const read = textReader(column);
  if (column.type === 'string') return (value) => escapeText(read(value));
  if (column.type === 'json') return (value) => escapeText(storableJson(read(value)));
  return read;
}

function escapeText(text: string): string {
  return SPECIAL.test(text) ? text.replace(/[\\\t\n\r\0]/g, (character) => ESCAPES[character] ?? character) : text;
}

/** JSON writes what PostgreSQL cannot store as escapes, and pairs of surrogates as themselves: those that are left are halves. */
function storableJson(text: string): string {
  if (!text.includes('\\u')) return text;
  return text.replace(JSON_ESCAPE, (found) => (found.length === UNSTORABLE_ESCAPE_LENGTH ? '\\ufffd' : found));
}
