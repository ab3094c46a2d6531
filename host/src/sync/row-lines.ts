// Encoded rows, one JSON object per line, on their way into a statement. They are cut, hashed and joined as bytes; nothing parses them.
import { hash } from 'node:crypto';

/** Lines `from` to `to` of `bytes`; line `n` starts at `starts[n]`. */
export interface RowLines {
  readonly bytes: Buffer;
  readonly starts: readonly number[];
}

const NEWLINE = 0x0a;
const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const BACKSLASH = 0x5c;
/** 132 bits: no two rows share it by chance. */
const HASH_CHARACTERS = 22;

/** Of JSON. A copy: what PostgreSQL cannot store is replaced in it. */
export function toLines(bytes: Uint8Array): RowLines {
  const copy = Buffer.from(bytes);
  replaceUnstorable(copy);
  return cutLines(copy);
}

/** The bytes as they are, not copied. */
export function cutLines({ buffer, byteOffset, byteLength }: Uint8Array): RowLines {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  const starts = [0];
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, end + 1)) starts.push(end + 1);
  if (starts.at(-1) !== bytes.length) starts.push(bytes.length);
  return { bytes, starts };
}

/** The lines at these places, the first of which is 1. */
export function pickLines({ bytes, starts }: RowLines, places: readonly number[]): Buffer {
  return Buffer.concat(places.map((place) => bytes.subarray(starts[place - 1], starts[place])));
}

export function lineCount(lines: RowLines): number {
  return lines.starts.length - 1;
}

/** The bytes of all lines. */
export function bytesOf({ bytes, starts }: RowLines): Buffer {
  return bytes.subarray(starts[0], starts.at(-1));
}

/** The first and the second half. */
export function halves({ bytes, starts }: RowLines): [RowLines, RowLines] {
  const middle = starts.length >> 1;
  return [
    { bytes, starts: starts.slice(0, middle + 1) },
    { bytes, starts: starts.slice(middle) },
  ];
}

/** The lines as one JSON array. A line break inside a row is always escaped, so each one ends a row. */
export function toJsonArray({ bytes, starts }: RowLines): Buffer {
  const [from = 0, to = 0] = [starts[0], starts.at(-1)];
  const text = Buffer.allocUnsafe(to - from + 2);
  let length = 1 + bytes.copy(text, 1, from, to);
  text[0] = OPEN;
  if (text[length - 1] === NEWLINE) length -= 1;
  for (const start of starts.slice(1, -1)) text[start - from] = COMMA;
  text[length] = CLOSE;
  return text.subarray(0, length + 1);
}

/** The hash of each line, separated by commas. Encoders write a row always the same way, so equal rows have equal hashes. */
export function hashesOf({ bytes, starts }: RowLines): string {
  let hashes = '';
  for (let line = 0; line + 1 < starts.length; line += 1) {
    const digest = hash('sha256', bytes.subarray(starts[line], starts[line + 1]), 'base64url');
    hashes += `${line === 0 ? '' : ','}${digest.slice(0, HASH_CHARACTERS)}`;
  }
  return hashes;
}

const REPLACEMENT = 'fffd';
const HIGH_SURROGATE = /^d[89ab]/i;
const LOW_SURROGATE = /^d[cdef]/i;

/**
 * PostgreSQL's text holds neither NUL nor half a surrogate pair, and refuses a whole statement for one. JSON writes both as
 * escapes of six bytes, and so is the character that stands for what cannot be shown: it takes their place.
 */
function replaceUnstorable(bytes: Buffer): void {
  for (let at = bytes.indexOf('\\u'); at !== -1; at = bytes.indexOf('\\u', at + 2)) {
    if (!isEscape(bytes, at)) continue;
    const code = bytes.toString('latin1', at + 2, at + 6);
    if (HIGH_SURROGATE.test(code)) {
      const hasOther =
        bytes[at + 6] === BACKSLASH &&
        bytes[at + 7] === 0x75 &&
        LOW_SURROGATE.test(bytes.toString('latin1', at + 8, at + 12));
      if (hasOther) {
        at += 6;
        continue;
      }
    }
    if (code === '0000' || HIGH_SURROGATE.test(code) || LOW_SURROGATE.test(code)) bytes.write(REPLACEMENT, at + 2);
  }
}

/** False when the backslash is itself escaped: then `\u` is text that looks like an escape. */
function isEscape(bytes: Buffer, at: number): boolean {
  let before = at;
  while (before > 0 && bytes[before - 1] === BACKSLASH) before -= 1;
  return (at - before) % 2 === 0;
}
