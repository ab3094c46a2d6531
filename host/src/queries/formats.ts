// The same rows as a JSON document, NDJSON or CSV. Rows arrive encoded, one per line; nothing here parses them.
import type { InstanceState } from '@jackfield/schemas';
import type { Encoding } from '@jackfield/sdk/runtime';
import type { Problem } from '../errors.ts';
import type { Meta, ResultStream } from './result-stream.ts';

export type Format = 'application/json' | 'application/x-ndjson' | 'text/csv';

/** In order of preference. */
export const FORMATS: readonly Format[] = ['application/json', 'application/x-ndjson', 'text/csv'];

export function encodingOf(format: Format): Encoding {
  return format === 'text/csv' ? 'csv' : 'ndjson';
}

/** The body of an answer. Throws what broke the run off when the format has no place for it. */
export function bodyOf(format: Format, result: ResultStream, requestId: string): AsyncGenerator<Uint8Array | string> {
  switch (format) {
    case 'application/json':
      return jsonBody(result, requestId);
    case 'application/x-ndjson':
      return ndjsonBody(result, requestId);
    case 'text/csv':
      return csvBody(result);
  }
}

async function* jsonBody(result: ResultStream, requestId: string): AsyncGenerator<Uint8Array | string> {
  yield result.columnsFollow ? '{"rows":[' : `{"columns":${JSON.stringify(result.columns)},"rows":[`;
  let isFirst = true;
  for (let chunk = await result.next(); chunk !== null; chunk = await result.next()) {
    yield jsonItems(chunk.bytes, chunk.rows, isFirst);
    isFirst = false;
  }
  const end = await result.end();
  yield result.columnsFollow ? `],"columns":${JSON.stringify(result.columns)}` : ']';
  yield 'meta' in end ? `,"meta":${JSON.stringify(end.meta)}}\n` : `,"error":${errorText(end.problem, requestId)}}\n`;
}

async function* ndjsonBody(result: ResultStream, requestId: string): AsyncGenerator<Uint8Array | string> {
  for (let chunk = await result.next(); chunk !== null; chunk = await result.next()) yield chunk.bytes;
  const end = await result.end();
  if ('problem' in end) yield `{"error":${errorText(end.problem, requestId)}}\n`;
  else if (notOk(end.meta).length > 0) yield `{"instances":${JSON.stringify(end.meta.instances)}}\n`;
}

async function* csvBody(result: ResultStream): AsyncGenerator<Uint8Array | string> {
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

/** Lines as items of a JSON array: a comma before every row but the very first. A line break inside a row is always escaped. */
export function jsonItems(lines: Uint8Array, rows: number, isFirst: boolean): Uint8Array {
  const items = new Uint8Array(lines.byteLength + rows);
  let from = 0;
  let at = 0;
  while (from < lines.byteLength) {
    // Chunks come from a plugin's thread: one without a last line break must not hold this loop for ever.
    const end = lines.indexOf(NEWLINE, from) + 1 || lines.byteLength;
    if (!isFirst || from > 0) items[at++] = COMMA;
    items.set(lines.subarray(from, end), at);
    at += end - from;
    from = end;
  }
  return items.subarray(0, at);
}
