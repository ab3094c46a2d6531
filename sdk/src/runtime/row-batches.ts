// Rows that wait to be sent together.
import type { Column } from '@jackfield/schemas';
import { arePlain, rowCopier } from './row-copies.ts';
import type { Encoding } from './protocol.ts';
import { createRowEncoder, type RowEncoder } from './rows.ts';

/** Characters or bytes that are sent at once: what one takes on its way through two threads, whatever is in it, is a tenth of what its rows take. */
const FULL = 256 * 1024;
const COMMA = 0x2c;
const NEWLINE = 0x0a;

/** Bound once: a plugin shares the realm. */
const encoder = new TextEncoder();
const encodeText = encoder.encode.bind(encoder);
const { stringify } = JSON;

export interface Batch {
  /** @throws PluginMistake when a cell does not fit its column. */
  add(row: unknown): void;
  readonly isEmpty: boolean;
  /** It should be taken before more is added. */
  readonly isFull: boolean;
  /** What waits. */
  take(): TakenRows;
}

/** As a chunk has them. */
export interface TakenRows {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly keys?: Uint8Array<ArrayBuffer>;
  readonly items?: true;
}

/** Of a query's rows. */
export function createRowBatch(columns: readonly Column[], encoding: Encoding): Batch {
  if (encoding === 'csv') return createLineBatch(createRowEncoder(columns, 'csv'));
  return arePlain(columns) ? createItemBatch(columns) : createLineBatch(createRowEncoder(columns, 'ndjson'));
}

export function createLineBatch(encode: RowEncoder): Batch {
  let text = '';
  return {
    get isEmpty() {
      return text === '';
    },
    get isFull() {
      return text.length >= FULL;
    },
    add(row) {
      text += encode(row);
    },
    take() {
      const bytes = encodeText(text);
      text = '';
      return { bytes };
    },
  };
}

/** V8 writes all of them at once: one by one they take half as long again. */
function createItemBatch(columns: readonly Column[]): Batch {
  const copy = rowCopier(columns);
  let copies: object[] = [];
  let characters = 0;
  return {
    get isEmpty() {
      return copies.length === 0;
    },
    get isFull() {
      return characters >= FULL;
    },
    add(row) {
      characters += copy(row, copies);
    },
    take() {
      const bytes = encodeText(stringify(copies));
      copies = [];
      characters = 0;
      // In place of the brackets.
      bytes[0] = COMMA;
      bytes[bytes.byteLength - 1] = NEWLINE;
      return { bytes, items: true };
    },
  };
}
