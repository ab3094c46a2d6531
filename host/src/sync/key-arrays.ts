// Keys of rows that are encoded for COPY, on their way into a statement. The worker sends them as PostgreSQL's arrays have their
// elements, so that nothing here has to read them: they are counted, because what a plugin may have written is not believed.
import { type RawBuilder, sql } from 'kysely';
import { Problem } from '../errors.ts';
import type { Chunk } from '../sandbox/index.ts';
import { columnNamed, type TableShape, typeOf } from './table-shape.ts';

/** One array for each column of the primary key, in its order, and one of hashes. */
export interface KeyArrays {
  readonly rows: number;
  readonly arrays: readonly Buffer[];
  /** Only those after the first place and up to the second are meant; all of them when it is left out. */
  readonly range?: readonly [after: number, last: number];
}

const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;
/** Dimensions, whether there are nulls, type of the elements, length, first index. */
const HEADER_BYTES = 20;
const TEXT_TYPE = 25;

/** @throws Problem `plugin_failed` when a chunk has other keys than rows. */
export function toKeyArrays(
  chunks: readonly Pick<Chunk, 'keys' | 'rows'>[],
  { primaryKey }: Pick<TableShape, 'primaryKey'>,
): KeyArrays {
  const count = primaryKey.length + 1;
  const parts: Buffer[][] = [];
  let rows = 0;
  for (const chunk of chunks) {
    const cut = chunk.keys === undefined ? undefined : cutParts(chunk.keys, chunk.rows, count);
    if (cut === undefined) throw tampered();
    parts.push(cut);
    rows += chunk.rows;
  }
  return {
    rows,
    arrays: Array.from({ length: count }, (_, at) =>
      toArray(
        rows,
        parts.map((part) => part[at] ?? empty),
      ),
    ),
  };
}

const empty = Buffer.alloc(0);

function tampered(): Problem {
  return new Problem('plugin_failed', 'rows came with other keys than their own', {
    next: 'Nothing of a plugin may change how its rows are encoded: report it to its author.',
  });
}

/** `count` parts of `rows` elements each; undefined when that is not what it is. */
function cutParts({ buffer, byteOffset, byteLength }: Uint8Array, rows: number, count: number): Buffer[] | undefined {
  if (!Number.isSafeInteger(rows) || rows < 0) return undefined;
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  const parts: Buffer[] = [];
  let at = 0;
  for (let part = 0; part < count; part += 1) {
    const from = at;
    for (let row = 0; row < rows; row += 1) {
      if (at + LENGTH_BYTES > byteLength) return undefined;
      const length = bytes.readInt32BE(at);
      if (length < NULL_LENGTH) return undefined;
      at += LENGTH_BYTES + Math.max(0, length);
    }
    parts.push(bytes.subarray(from, at));
  }
  return at === byteLength ? parts : undefined;
}

function toArray(rows: number, parts: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  for (const [place, value] of [1, 1, TEXT_TYPE, rows, 1].entries()) header.writeInt32BE(value, place * LENGTH_BYTES);
  return Buffer.concat([header, ...parts]);
}

/** The first and the second half. */
export function halvesOfKeys(keys: KeyArrays): [KeyArrays, KeyArrays] {
  const [after, last] = keys.range ?? [0, keys.rows];
  const middle = after + ((last - after) >> 1);
  const part = (from: number, to: number): KeyArrays => ({ ...keys, rows: to - from, range: [from, to] });
  return [part(after, middle), part(middle, last)];
}

/**
 * A query of the keys, with `_hash`, and `_place` from 1. How long the arrays are is kept from the planner: where it expects many and
 * a table's statistics are old, it reads all of the table.
 */
export function selectKeys(shape: TableShape, { arrays, range }: KeyArrays): RawBuilder<unknown> {
  const columns = shape.primaryKey.flatMap((name) => columnNamed(shape, name) ?? []);
  const typed = columns.map((column, at) => sql`${part(at)}::${sql.raw(typeOf(column))} as ${sql.id(column.name)}`);
  const hidden = arrays.map((array) => sql`(select ${array}::text[])`);
  const names = sql`_keys(${sql.join(columns.map((_, at) => part(at)))}, _hash, _place)`;
  const all = sql`unnest(${sql.join(hidden)}) with ordinality as ${names}`;
  // The offset makes it be cut before a cell is read that is outside of it.
  const from =
    range === undefined
      ? all
      : sql`(select * from ${all} where _place > ${range[0]} and _place <= ${range[1]} offset 0) as ${names}`;
  return sql`select ${sql.join(typed)}, _hash, _place from ${from}`;
}

function part(at: number): RawBuilder<unknown> {
  return sql.id(`_part${at}`);
}
