// Encodes rows of a stream for PostgreSQL's COPY: one line per row, its cells separated by tabs, its hash the last of them. The server
// reads that in half the time it takes for JSON, and the host passes it on as bytes.
import { hash } from 'node:crypto';
import type { Column } from '@jackfield/schemas';
import { ByteText } from './byte-text.ts';
import { CopiedKeys } from './copied-keys.ts';
import { escapeText, storableJson } from './copy-text.ts';
import type { StreamShape } from './protocol.ts';
import { assertRowSize, propertiesOf, textReader } from './rows.ts';

const NULL = '\\N';
const TAB = 0x09;
const NEWLINE = 0x0a;
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
  /** What waits. `keys`: as {@link CopiedKeys} has them. */
  take(): { readonly bytes: Uint8Array<ArrayBuffer>; readonly keys: Uint8Array<ArrayBuffer> };
}

/** @param size bytes of rows that are taken at once */
export function createCopiedRows(shape: StreamShape, size: number): CopiedRows {
  const cells = shape.columns.map((column, index) => ({
    name: column.name,
    lead: index === 0 ? '' : '\t',
    encode: cellEncoder(column),
  }));
  const lines = new ByteText(size + SPARE_BYTES);
  const keys = new CopiedKeys(shape);
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
      const before = lines.length;
      lines.append(line);
      const digest = hash('sha256', lines.since(before), 'base64url');
      lines.appendByte(TAB);
      lines.appendStart(digest, HASH_CHARACTERS);
      lines.appendByte(NEWLINE);
      keys.add(values, digest, HASH_CHARACTERS);
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
