// Rows that say which instance they are from: its id becomes the first cell of every row, put in between the bytes. Nothing is parsed:
// only row ends are looked for. A chunk may end anywhere, so what is known of the row at its end is kept for the next one.
import type { Encoding } from '@jackfield/sdk/runtime';

type Bytes = Uint8Array<ArrayBuffer>;

/** The name of the column, and of the member in a row's object. */
export const INSTANCE_COLUMN = 'instance';

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const CLOSING_BRACE = 0x7d;
const encoder = new TextEncoder();

/** Takes an instance's chunks in their order and returns them with its id in every row. */
export type RowPrefix = (chunk: Uint8Array) => Bytes;

export function createRowPrefix(encoding: Encoding, instanceId: string): RowPrefix {
  return encoding === 'csv' ? csvPrefix(instanceId) : ndjsonPrefix(instanceId);
}

function ndjsonPrefix(instanceId: string): RowPrefix {
  const member = `"${INSTANCE_COLUMN}":${JSON.stringify(instanceId)}`;
  const alone = encoder.encode(member);
  const first = encoder.encode(`${member},`);
  let place: 'start' | 'opened' | 'inside' = 'start';
  return (chunk) => {
    const inserts = new Inserts();
    let at = 0;
    while (at < chunk.byteLength) {
      switch (place) {
        case 'start':
          // The brace. A line without anything stays one.
          if (chunk[at] !== NEWLINE) place = 'opened';
          at += 1;
          break;
        case 'opened':
          // Only what follows the brace tells whether a comma is needed.
          inserts.add(at, chunk[at] === CLOSING_BRACE ? alone : first);
          place = 'inside';
          break;
        case 'inside': {
          const end = chunk.indexOf(NEWLINE, at);
          if (end !== -1) place = 'start';
          at = end === -1 ? chunk.byteLength : end + 1;
        }
      }
    }
    return inserts.into(chunk);
  };
}

function csvPrefix(instanceId: string): RowPrefix {
  const quoted = /[",\r\n]|^\s|\s$/.test(instanceId);
  const cell = encoder.encode(`${quoted ? `"${instanceId.replaceAll('"', '""')}"` : instanceId},`);
  let isStart = true;
  let isQuoted = false;
  return (chunk) => {
    const inserts = new Inserts();
    const find = (byte: number, from: number): number => {
      const found = chunk.indexOf(byte, from);
      return found === -1 ? chunk.byteLength : found;
    };
    let at = 0;
    // Each is looked for once: looking again at every step would be quadratic where one of them is rare.
    let quote = find(QUOTE, 0);
    let newline = find(NEWLINE, 0);
    while (at < chunk.byteLength) {
      if (isStart) inserts.add(at, cell);
      isStart = false;
      if (quote < at) quote = find(QUOTE, at);
      if (newline < at) newline = find(NEWLINE, at);
      if (isQuoted || quote < newline) {
        // A doubled quote closes and opens again.
        if (quote < chunk.byteLength) isQuoted = !isQuoted;
        at = quote + 1;
      } else {
        isStart = newline < chunk.byteLength;
        at = newline + 1;
      }
    }
    return inserts.into(chunk);
  };
}

/** Pieces to put in between, gathered first so that the result is made in one go. */
class Inserts {
  readonly #places: number[] = [];
  readonly #pieces: Bytes[] = [];
  #bytes = 0;

  add(at: number, piece: Bytes): void {
    this.#places.push(at);
    this.#pieces.push(piece);
    this.#bytes += piece.byteLength;
  }

  into(chunk: Uint8Array): Bytes {
    const whole = new Uint8Array(chunk.byteLength + this.#bytes);
    let from = 0;
    let at = 0;
    for (const [index, place] of this.#places.entries()) {
      const piece = this.#pieces[index] as Bytes;
      whole.set(chunk.subarray(from, place), at);
      whole.set(piece, at + place - from);
      at += place - from + piece.byteLength;
      from = place;
    }
    whole.set(chunk.subarray(from), at);
    return whole;
  }
}
