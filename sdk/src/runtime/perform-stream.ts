// Reads of streams: what the plugin yields becomes chunks in the same order, so that the host can commit rows and cursor together.
import type { AnyStream, CensusStep, Cursor, Key, ReadStep, Scope } from '../define/stream.ts';
import type { Context } from '../define/types.ts';
import { createCopiedRows } from './copy-rows.ts';
import { PluginMistake } from './faults.ts';
import { watchNames } from './misspelt.ts';
import type { Output } from './perform.ts';
import type { ChunkOp, StreamShape, TableEncoding, Work } from './protocol.ts';
import { createLineBatch } from './row-batches.ts';
import { createRowEncoder, type RowEncoder } from './rows.ts';

/** Bytes of rows that are sent, and written, at once: at most a thousand of 1 KB. */
const COPIED_BYTES = 128 * 1024;
/** It is kept with every run. */
const CURSOR_CHARACTERS = 64 * 1024;

const { stringify } = JSON;

type Config = Record<string, unknown>;

export async function performRead(
  stream: AnyStream<Config>,
  work: Extract<Work, { kind: 'stream' }>,
  context: Context,
  output: Output,
): Promise<void> {
  const writer = createWriter(work, output);
  for await (const step of stream.read(context, work.cursor)) await writer.write(step);
  await output.rows.flushed();
}

export async function performCensus(
  stream: AnyStream<Config>,
  work: Extract<Work, { kind: 'census' }>,
  context: Context,
  output: Output,
): Promise<void> {
  if (stream.census === undefined) throw new PluginMistake('the bundle has no census of it');
  const writer = createWriter(work, output);
  for await (const step of stream.census.keys(context)) await writer.write(step);
  await output.rows.flushed();
}

/** Of the keys that were asked about, those that the plugin calls gone. */
export async function performGone(
  stream: AnyStream<Config>,
  work: Extract<Work, { kind: 'gone' }>,
  context: Context,
): Promise<readonly Key[]> {
  if (stream.census === undefined) throw new PluginMistake('the bundle has no census of it');
  const gone: unknown = await stream.census.gone(context, work.keys);
  if (!Array.isArray(gone)) throw new PluginMistake('gone must return an array of keys');
  const names = Object.keys(work.keys[0] ?? {});
  const textOf = (key: unknown): string =>
    stringify(names.map((name) => (key as Record<string, unknown> | null)?.[name]));
  const confirmed = new Set(gone.map(textOf));
  return work.keys.filter((key) => confirmed.has(textOf(key)));
}

interface Writer {
  write(step: ReadStep | CensusStep): Promise<void>;
}

function createWriter(shape: StreamShape & { readonly encoding?: TableEncoding }, output: Output): Writer {
  const { rows, signal } = output;
  const writeRow = rowWriter(shape, output);
  const keys = createLineBatch(keyEncoder(shape));
  const names = new Set(shape.columns.map(({ name }) => name));

  const writeAll = async (items: readonly unknown[], write: ItemWriter, op?: ChunkOp): Promise<void> => {
    if (!Array.isArray(items)) throw new PluginMistake('a step must have an array of rows or keys');
    if (op !== undefined) {
      await rows.flushed();
      rows.meaning(op);
    }
    for (const item of items) {
      if (write(item)) await rows.flushed();
      signal.throwIfAborted();
    }
    if (op !== undefined) {
      await rows.flushed();
      rows.meaning(undefined);
    }
  };

  const writeKey: ItemWriter = (key) => rows.write(key, keys);

  return {
    async write(step) {
      signal.throwIfAborted();
      switch (step?.step) {
        case 'upsert':
          return writeAll(step.rows, writeRow);
        case 'remove':
          return writeAll(step.keys, writeKey, { kind: 'remove', reason: reasonOf(step.reason) });
        case 'present':
          return writeAll(step.keys, writeKey, { kind: 'present' });
        case 'checkpoint':
          return rows.say({ kind: 'checkpoint', cursor: parseCursor(step.cursor) });
        case 'complete':
          return rows.say({ kind: 'complete', scope: parseScope(step.scope, names) });
        default:
          throw new PluginMistake('it must yield upsert(), remove(), present(), checkpoint() or complete()');
      }
    },
  };
}

/** True when a chunk is full. */
type ItemWriter = (item: unknown) => boolean;

function rowWriter(shape: StreamShape & { readonly encoding?: TableEncoding }, { rows, misspelt }: Output): ItemWriter {
  const look = watchNames(shape.columns, misspelt);
  const batch =
    shape.encoding === 'copy'
      ? createCopiedRows(shape, COPIED_BYTES)
      : createLineBatch(createRowEncoder(shape.columns, 'ndjson'));
  return (row) => {
    look(row);
    return rows.write(row, batch);
  };
}

/** Encodes the primary key of a row. @throws PluginMistake when a part of it is missing. */
export function keyEncoder({ columns, primaryKey }: StreamShape): RowEncoder {
  const encode = createRowEncoder(
    columns.filter(({ name }) => primaryKey.includes(name)),
    'ndjson',
  );
  return (key) => {
    const missing = primaryKey.find((name) => ((key as Record<string, unknown> | null)?.[name] ?? null) === null);
    if (missing !== undefined) throw new PluginMistake(`a key must have "${missing}"`);
    return encode(key);
  };
}

const REASON_CHARACTERS = 200;

export function reasonOf(reason: unknown): string | null {
  return typeof reason === 'string' ? reason.slice(0, REASON_CHARACTERS) : null;
}

/** A copy as it will be read next time. */
function parseCursor(cursor: unknown): Cursor {
  let text: string | undefined;
  try {
    text = stringify(cursor);
  } catch {
    text = undefined;
  }
  if (text === undefined) throw new PluginMistake('a cursor must be JSON');
  if (text.length > CURSOR_CHARACTERS) {
    throw new PluginMistake(`a cursor has ${text.length} characters of JSON, the most is ${CURSOR_CHARACTERS}`);
  }
  if (UNSTORABLE.test(text)) throw new PluginMistake('a cursor must not hold the character U+0000 or half a character');
  return JSON.parse(text) as Cursor;
}

/** What JSON escapes and PostgreSQL's jsonb does not take. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f]..)/;

function parseScope(scope: unknown, names: ReadonlySet<string>): Scope {
  if (typeof scope !== 'object' || scope === null) throw new PluginMistake('a scope must be an object');
  return Object.fromEntries(
    Object.entries(scope).map(([name, value]: [string, unknown]) => {
      if (!names.has(name)) throw new PluginMistake(`a scope names no column (got ${stringify(name)})`);
      if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
        throw new PluginMistake(`the scope's "${name}" must be a string, a number or a boolean`);
      }
      return [name, value];
    }),
  );
}
