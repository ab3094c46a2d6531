// Keys and hashes of rows that are encoded for COPY, so that the host can ask which of the rows the database has: all values of the
// first column of the key, then of the next, the hashes last. Each has its length before it, as PostgreSQL's arrays have them: the
// host makes them into parameters without looking into them.
import type { Column } from '@jackfield/schemas';
import { ByteText } from './byte-text.ts';
import { textReader } from './cells.ts';
import { storableJson } from './copy-text.ts';
import type { StreamShape } from './protocol.ts';

/** PostgreSQL's text has none. */
const NUL = /\0/g;
/** Of one column of the keys of a chunk, normally. */
const BYTES = 8192;

export class CopiedKeys {
  readonly #columns: readonly {
    readonly name: string;
    readonly text: (value: unknown) => string;
    readonly bytes: ByteText;
  }[];
  readonly #hashes = new ByteText(BYTES);

  constructor({ columns, primaryKey }: StreamShape) {
    this.#columns = primaryKey.flatMap((name) => {
      const column = columns.find((one) => one.name === name);
      return column === undefined ? [] : [{ name, text: keyText(column), bytes: new ByteText(BYTES) }];
    });
  }

  /** @param hash its first characters count */
  add(row: Readonly<Record<string, unknown>>, hash: string, characters: number): void {
    for (const { name, text, bytes } of this.#columns) {
      const value = row[name];
      bytes.appendMeasured(value === undefined || value === null ? null : text(value));
    }
    this.#hashes.appendLength(characters);
    this.#hashes.appendStart(hash, characters);
  }

  take(): Uint8Array<ArrayBuffer> {
    const parts = [...this.#columns.map(({ bytes }) => bytes), this.#hashes];
    const taken = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let length = 0;
    for (const part of parts) {
      taken.set(part.since(0), length);
      length += part.length;
      part.length = 0;
    }
    return taken;
  }
}

function keyText(column: Column): (value: unknown) => string {
  const read = textReader(column);
  if (column.type === 'string') return (value) => read(value).replace(NUL, '\ufffd');
  if (column.type === 'json') return (value) => storableJson(read(value));
  return read;
}
