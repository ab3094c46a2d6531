// Applies changes of a stream's rows in the caller's transaction. A row that the table cannot hold is found and left out; it does
// not take the others of its batch along.
import { sql } from 'kysely';
import { Problem } from '../errors.ts';
import type { Queryable } from '../store/index.ts';
import { halves, lineCount, type RowLines, toLines } from './row-lines.ts';
import { removeRows, type RowCounts, type RowStatement, type RowTarget, upsertRows } from './row-statements.ts';

/** Rows of one stream as the worker encodes them, NDJSON: all columns of rows that exist, or the keys of removed ones. */
export interface RowChange {
  readonly stream: string;
  readonly kind: 'upsert' | 'remove';
  /** Why they were removed, for people. */
  readonly reason: string | null;
  readonly bytes: Uint8Array;
}

export interface ApplyCounts extends RowCounts {
  /** Why the first of the rejected rows was. No value of it is repeated. */
  readonly rejection?: string;
}

const NONE: ApplyCounts = { inserted: 0, updated: 0, unchanged: 0, deleted: 0, rejected: 0 };

/** In the order of `changes`. Throws `gone` when the instance was deleted meanwhile. */
export async function applyChange(trx: Queryable, target: RowTarget, change: RowChange): Promise<ApplyCounts> {
  const statement = change.kind === 'upsert' ? upsertRows : removeRows(change.reason);
  const lines = toLines(change.bytes);
  return lineCount(lines) === 0 ? NONE : writeLines(trx, target, statement, lines);
}

async function writeLines(
  trx: Queryable,
  target: RowTarget,
  statement: RowStatement,
  lines: RowLines,
): Promise<ApplyCounts> {
  // A statement that fails ends its transaction, unless it can go back to here.
  await sql`savepoint stream_rows`.execute(trx);
  let counts: RowCounts | undefined;
  try {
    counts = await statement(trx, target, lines);
  } catch (error) {
    const rejection = rejectionOf(error);
    if (rejection === undefined) throw error;
    await sql`rollback to savepoint stream_rows`.execute(trx);
    if (lineCount(lines) === 1) return { ...NONE, rejected: 1, rejection };
    const [first, second] = halves(lines);
    return addCounts(await writeLines(trx, target, statement, first), await writeLines(trx, target, statement, second));
  }
  await sql`release savepoint stream_rows`.execute(trx);
  if (counts === undefined) {
    throw new Problem('gone', `the instance "${target.instanceId}" was deleted`, { instanceId: target.instanceId });
  }
  return counts.rejected === 0 ? counts : { ...counts, rejection: 'a column of the primary key is null' };
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
