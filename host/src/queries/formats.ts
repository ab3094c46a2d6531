// The same rows as a JSON document, NDJSON or CSV. Rows arrive encoded, one per line or as items of an array; nothing here parses them.
import type { InstanceState } from '@jackfield/schemas';
import type { Encoding } from '@jackfield/sdk/runtime';
import type { Problem } from '../errors.ts';
import type { RowChunk } from './flight.ts';
import type { Meta, ResultStream } from './result-stream.ts';
import type { Own } from './sent-buffers.ts';

export type Format = 'application/json' | 'application/x-ndjson' | 'text/csv';

/** In order of preference. */
export const FORMATS: readonly Format[] = ['application/json', 'application/x-ndjson', 'text/csv'];

export function encodingOf(format: Format): Encoding {
  return format === 'text/csv' ? 'csv' : 'json';
}

type Part = Uint8Array<ArrayBuffer> | string;

/** The body of an answer. Throws what broke the run off when the format has no place for it. */
export function bodyOf(
  format: Format,
  result: ResultStream,
  requestId: string,
  own: Own = (bytes) => bytes,
): AsyncGenerator<Part> {
  switch (format) {
    case 'application/json':
      return jsonBody(result, requestId, own);
    case 'application/x-ndjson':
      return ndjsonBody(result, requestId);
    case 'text/csv':
      return csvBody(result);
  }
}

async function* jsonBody(result: ResultStream, requestId: string, own: Own): AsyncGenerator<Part> {
  yield result.columnsFollow ? '{"rows":[' : `{"columns":${JSON.stringify(result.columns)},"rows":[`;
  let isFirst = true;
  for (let chunk = await result.next(); chunk !== null; chunk = await result.next()) {
    if (chunk.bytes.byteLength === 0) continue;
    if (chunk.items) {
      const items = isFirst ? chunk.bytes.subarray(1) : chunk.bytes;
      yield chunk.isOwn ? own(items) : items;
    } else {
      if (!isFirst) yield ',';
      yield own(jsonItems(ownBytes(chunk)));
    }
    isFirst = false;
  }
  const end = await result.end();
  const columns = result.columnsFollow ? `,"columns":${JSON.stringify(result.columns)}` : '';
  const last = 'meta' in end ? `"meta":${JSON.stringify(end.meta)}` : `"error":${errorText(end.problem, requestId)}`;
  yield `]${columns},${last}}\n`;
}

/** Bytes that may be changed where they are. */
function ownBytes({ bytes, isOwn }: RowChunk): Uint8Array<ArrayBuffer> {
  return isOwn ? bytes : new Uint8Array(bytes);
}

async function* ndjsonBody(result: ResultStream, requestId: string): AsyncGenerator<Part> {
  for (let chunk = await result.next(); chunk !== null; chunk = await result.next())
    yield chunk.items ? itemLines(ownBytes(chunk)) : chunk.bytes;
  const end = await result.end();
  if ('problem' in end) yield `{"error":${errorText(end.problem, requestId)}}\n`;
  else if (notOk(end.meta).length > 0) yield `{"instances":${JSON.stringify(end.meta.instances)}}\n`;
}

async function* csvBody(result: ResultStream): AsyncGenerator<Part> {
  const header = (): string => `${result.columns.map((column) => column.name).join(',')}\r\n`;
  if (!result.columnsFollow) yield header();
  let chunk = await result.next();
  // Columns that come with the rows are there with the first of them.
  if (result.columnsFollow) yield header();
  for (; chunk !== null; chunk = await result.next()) yield chunk.bytes;
  const end = await result.end();
  // CSV has no place for an error: the connection breaks, so that nobody takes a part for the whole.
  if ('problem' in end) throw end.problem;
  // One of many instances breaks nothing. It gets a record of one cell, which a reader sees and a strict program stops at.
  for (const { id, state, error, stale } of notOk(end.meta))
    yield `# ${id} ${state}: ${error?.code ?? stale?.code}\r\n`;
}

/** The instances of many that are not as they should be. */
function notOk({ instances = [] }: Meta): InstanceState[] {
  return instances.filter(({ state }) => state !== 'ok');
}

function errorText(problem: Problem, requestId: string): string {
  return JSON.stringify(problem.toDocument(requestId));
}

const NEWLINE = 0x0a;
const COMMA = 0x2c;

/**
 * Turns lines into items of a JSON array, in place: a comma for every line break but the last, after which no row may follow. Within a row
 * a line break is always escaped.
 */
export function jsonItems(lines: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const last = lines.byteLength - 1;
  // A Buffer looks for a byte in half the time that a Uint8Array takes.
  const text = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
  for (let at = text.indexOf(NEWLINE); at !== -1 && at < last; at = text.indexOf(NEWLINE, at + 1)) lines[at] = COMMA;
  return lines;
}

const BETWEEN = Buffer.from('},{"');
const CLOSING = 0x7d;

/**
 * Turns items of an array, with a comma before each and a line break at the end, into lines: in place. A text may end with what is between
 * two items, and then a comma or its object's end follows; within a text a quotation mark has a backslash before it.
 */
export function itemLines(items: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const text = Buffer.from(items.buffer, items.byteOffset, items.byteLength);
  for (let at = text.indexOf(BETWEEN); at !== -1; at = text.indexOf(BETWEEN, at + BETWEEN.length)) {
    const next = items[at + BETWEEN.length];
    if (next !== COMMA && next !== CLOSING) items[at + 1] = NEWLINE;
  }
  return items.subarray(1);
}
