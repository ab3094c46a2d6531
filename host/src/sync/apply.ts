// Applies changes of a stream's rows in the caller's transaction. A row that the table cannot hold is found and left out; it does
// not take the others of its batch along.
import { sql } from 'kysely';
import { Problem } from '../errors.ts';
import type { Queryable } from '../store/index.ts';
import type { KeyArrays } from './key-arrays.ts';
import { findChanged } from './known-rows.ts';
import { insertCopied } from './new-rows.ts';
import { bytesOf, cutLines, halves, lineCount, pickLines, type RowLines, toLines } from './row-lines.ts';
import {
  removeRows,
  type RowCounts,
  type RowStatement,
  type RowTarget,
  upsertCopied,
  upsertRows,
} from './row-statements.ts';

/** Rows of one stream as the worker encodes them: all columns of rows that exist, or the keys of removed ones. */
export interface RowChange {
  readonly stream: string;
  readonly kind: 'upsert' | 'remove';
  /** The columns of rows that are encoded for COPY, in their order; NDJSON, as keys always are, when it is left out. */
  readonly copied?: readonly string[];
  /** Why they were removed, for people. */
  readonly reason: string | null;
  readonly bytes: Uint8Array;
}

export interface ApplyCounts extends RowCounts {
  /** Why the first of the rejected rows was. No value of it is repeated. */
  readonly rejection?: string;
}

const NONE: ApplyCounts = { inserted: 0, updated: 0, unchanged: 0, deleted: 0, rejected: 0 };

/** Throws `gone` when the instance was deleted meanwhile. */
export async function applyChange(trx: Queryable, target: RowTarget, change: RowChange): Promise<ApplyCounts> {
  if (change.kind === 'remove') return writeLines(trx, target, removeRows(change.reason), toLines(change.bytes));
  return change.copied !== undefined
    ? applyCopied(trx, target, [change.bytes], change.copied)
    : writeLines(trx, target, upsertRows, toLines(change.bytes));
}

/** Rows that are encoded for COPY. Nobody looks into them, unless the database refuses one. */
export async function applyCopied(
  trx: Queryable,
  target: RowTarget,
  chunks: readonly Uint8Array[],
  columns: readonly string[] = target.shape.columns.map(({ name }) => name),
): Promise<ApplyCounts> {
  if (isEmpty(chunks)) return NONE;
  const written = await attemptWrite(trx, target, () => upsertCopied(trx, target, chunks, columns));
  if (!('refused' in written)) return written;
  const lines = cutLines(joinBytes(chunks));
  return writeLines(trx, target, (_trx, _target, some) => upsertCopied(trx, target, [bytesOf(some)], columns), lines);
}

/** The same for rows that are new, most likely. Undefined, and nothing is written, when one of them is not, or cannot be stored. */
export async function applyNew(
  trx: Queryable,
  target: RowTarget,
  chunks: readonly Uint8Array[],
): Promise<ApplyCounts | undefined> {
  if (isEmpty(chunks)) return NONE;
  const written = await attemptWrite(trx, target, () => insertCopied(trx, target, chunks), isTaken);
  return 'refused' in written ? undefined : written;
}

/**
 * The same, but only those are sent that the database does not have.
 * @param keys of the rows, in their order
 */
export async function applyChanged(
  trx: Queryable,
  target: RowTarget,
  chunks: readonly Uint8Array[],
  keys: KeyArrays,
): Promise<ApplyCounts> {
  const { rows } = keys;
  const found = await attempt(trx, target, () => findChanged(trx, target, keys));
  // A key that no row can have. Which one it is, is found when they are written.
  if ('refused' in found) return applyCopied(trx, target, chunks);
  const { places, stored } = found;
  const known = { ...NONE, unchanged: rows - places.length };
  if (places.length === 0) return known;
  if (stored === 0) return (await applyNew(trx, target, chunks)) ?? applyCopied(trx, target, chunks);
  if (places.length === rows) return applyCopied(trx, target, chunks);
  const lines = cutLines(joinBytes(chunks));
  // A plugin that has got at the encoder: its rows are its own, but which key is whose must be certain.
  if (lineCount(lines) !== rows) return applyCopied(trx, target, chunks);
  return addCounts(known, await applyCopied(trx, target, [pickLines(lines, places)]));
}

/** One of them itself, several as a copy. */
export function joinBytes(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks);
}

async function writeLines(
  trx: Queryable,
  target: RowTarget,
  statement: RowStatement,
  lines: RowLines,
): Promise<ApplyCounts> {
  if (lineCount(lines) === 0) return NONE;
  const written = await attemptWrite(trx, target, () => statement(trx, target, lines));
  if (!('refused' in written)) return written;
  if (lineCount(lines) === 1) return { ...NONE, rejected: 1, rejection: written.refused };
  const [first, second] = halves(lines);
  return addCounts(await writeLines(trx, target, statement, first), await writeLines(trx, target, statement, second));
}

/** What it came to, or why it came to nothing: a row that the table cannot hold, or what else `refuses`. */
export async function attempt<Result>(
  trx: Queryable,
  target: RowTarget,
  work: () => Promise<Result | undefined>,
  refuses: (error: unknown) => string | undefined = rejectionOf,
): Promise<Result | { readonly refused: string }> {
  // A statement that fails ends its transaction, unless it can go back to here.
  await sql`savepoint stream_rows`.execute(trx);
  let result: Result | undefined;
  try {
    result = await work();
  } catch (error) {
    const refused = refuses(error);
    if (refused === undefined) throw error;
    await sql`rollback to savepoint stream_rows`.execute(trx);
    return { refused };
  }
  await sql`release savepoint stream_rows`.execute(trx);
  if (result === undefined) throw instanceGone(target);
  return result;
}

/** The same for rows. */
async function attemptWrite(
  trx: Queryable,
  target: RowTarget,
  write: () => Promise<RowCounts | undefined>,
  refuses?: (error: unknown) => string | undefined,
): Promise<ApplyCounts | { readonly refused: string }> {
  const counts = await attempt(trx, target, write, refuses);
  if ('refused' in counts || counts.rejected === 0) return counts;
  return { ...counts, rejection: 'a column of the primary key is null' };
}

function instanceGone({ instanceId }: RowTarget): Problem {
  return new Problem('gone', `the instance "${instanceId}" was deleted`, { instanceId });
}

export function addCounts(a: ApplyCounts, b: ApplyCounts): ApplyCounts {
  const rejection = a.rejection ?? b.rejection;
  return {
    inserted: a.inserted + b.inserted,
    updated: a.updated + b.updated,
    unchanged: a.unchanged + b.unchanged,
    deleted: a.deleted + b.deleted,
    rejected: a.rejected + b.rejected,
    ...(rejection === undefined ? {} : { rejection }),
  };
}

export const noCounts: ApplyCounts = NONE;

function isEmpty(chunks: readonly Uint8Array[]): boolean {
  return chunks.every(({ byteLength }) => byteLength === 0);
}

/** Why rows cannot be written as new ones. Those who write in the order of keys have no deadlocks; these come as they come. */
function isTaken(error: unknown): string | undefined {
  const { code } = error as { code?: unknown };
  return code === '23505' || code === '40P01' ? 'a row is there already' : rejectionOf(error);
}

/** Why a statement was refused for what is in a row; undefined when it failed for anything else. */
function rejectionOf(error: unknown): string | undefined {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string') return undefined;
  if (code === '22008' || code === '22007') return 'a date or time does not exist';
  if (code === '22003') return 'a number is out of range';
  if (code === '54000') return 'the primary key is too long';
  // Data, program limits, and a line that holds more or less than one row.
  return /^(22|54)/.test(code) || code === '23502' ? 'a value does not fit its column' : undefined;
}
