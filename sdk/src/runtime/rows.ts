// Encodes rows in the thread, one by one, so that the host's main thread passes bytes on without parsing them.
import type { Column } from '@jackfield/schemas';
import { assertRowSize, csvCell, jsonCell, propertiesOf } from './cells.ts';
import { arePlain, rowCopier } from './row-copies.ts';

const { stringify } = JSON;

/** Text of one encoded row, terminator included. */
export type RowEncoder = (row: unknown) => string;

/** @throws PluginMistake (from the encoder) when a cell does not fit its column. */
export function createRowEncoder(columns: readonly Column[], encoding: 'ndjson' | 'csv'): RowEncoder {
  if (encoding === 'csv')
    return inPieces(columns.map(csvPiece), { begin: '', missing: '', end: '', lineBreak: '\r\n' });
  return arePlain(columns) ? asObject(columns) : createPieceEncoder(columns);
}

/** Lines of JSON, cell by cell: whatever the columns are. */
export function createPieceEncoder(columns: readonly Column[]): RowEncoder {
  return inPieces(columns.map(jsonPiece), { begin: '{', missing: 'null', end: '}', lineBreak: '\n' });
}

/** The same text for half the time. */
function asObject(columns: readonly Column[]): RowEncoder {
  const copy = rowCopier(columns);
  return (row) => {
    const copies: object[] = [];
    copy(row, copies);
    return `${stringify(copies[0])}\n`;
  };
}

interface Piece {
  readonly name: string;
  readonly lead: string;
  readonly encode: (value: unknown) => string;
}

function jsonPiece(column: Column, index: number): Piece {
  const { name } = column;
  return { name, lead: `${index === 0 ? '' : ','}${stringify(name)}:`, encode: jsonCell(column) };
}

function csvPiece(column: Column, index: number): Piece {
  return { name: column.name, lead: index === 0 ? '' : ',', encode: csvCell(column) };
}

interface Frame {
  readonly begin: string;
  /** Stands for a cell that is not there. */
  readonly missing: string;
  readonly end: string;
  readonly lineBreak: string;
}

function inPieces(pieces: readonly Piece[], { begin, missing, end, lineBreak }: Frame): RowEncoder {
  return (row) => {
    const values = propertiesOf(row);
    let text = begin;
    for (const { name, lead, encode } of pieces) {
      const value = values[name];
      text += lead + (value === undefined || value === null ? missing : encode(value));
    }
    text += end;
    assertRowSize(text);
    return text + lineBreak;
  };
}
