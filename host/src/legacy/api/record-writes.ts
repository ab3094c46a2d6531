// What changes a row of an old table, in the caller's transaction, and its twin with it.
import type { Audit, AuditEvent } from '../../access/index.ts';
import { Problem } from '../../errors.ts';
import type { Written } from '../../instances/index.ts';
import type { Queryable } from '../../store/index.ts';
import { takeRowSecrets } from '../import/connections.ts';
import { maskedValues, unmasked } from '../masks.ts';
import { holdMove, moveOf } from '../move/modes.ts';
import type { By, Twin } from '../move/twin.ts';
import { deleteOld, findOld, insertOld, lockOld, type OldRow, updateOld, type Values } from '../old-rows.ts';
import { jsonOf } from '../rows.ts';
import { shownRow } from './answer.ts';
import { auditedRow } from './audited-row.ts';
import { invalid, readInput } from './input.ts';
import type { OldTable } from './tables.ts';

export interface Writing {
  readonly table: OldTable;
  readonly twin: Twin;
  readonly audit: Pick<Audit, 'record'>;
}

export interface WrittenRecord {
  readonly row: OldRow;
  /** Instances that have changed with it. */
  readonly written: readonly Written[];
}

export async function insertRecord(
  trx: Queryable,
  { table, twin, audit }: Writing,
  values: Values,
  by: By,
): Promise<WrittenRecord> {
  await holdMove(trx);
  await twin.assertSound?.(trx, values);
  const isDual = await writesBoth(trx, twin, values);
  if (isDual) await assertKept(trx, table, twin, values, values);
  const row = await insertOld(trx, table, isDual ? maskedValues(table, values, {}) : values);
  const written = isDual ? await twin.create(trx, row, { is_active: true, ...values }, by) : [];
  await audit.record(trx, { ...eventOf(table, row.id, 'create'), after: auditedRow(table, row) });
  return { row, written };
}

export async function changeRecord(
  trx: Queryable,
  { table, twin, audit }: Writing,
  id: number,
  body: unknown,
  by: By,
): Promise<WrittenRecord> {
  const { before, isDual } = await lockRecord(trx, table, twin, id);
  const sent = readInput(table, body, shownRow(table, before));
  const plain = Object.fromEntries(
    Object.entries(sent).map(([column, value]) => [column, unmasked(value, jsonOf(before[column]))]),
  );
  const after = { ...before, ...plain };
  await twin.assertSound?.(trx, after, { before, sent });
  if (isDual) await assertKept(trx, table, twin, sent, after);
  const written = isDual ? await twin.update(trx, before, after, by) : [];
  const row = await updateOld(trx, table, id, isDual ? maskedValues(table, sent, before) : plain);
  const change = { before: auditedRow(table, before), after: auditedRow(table, row) };
  await audit.record(trx, { ...eventOf(table, id, 'change'), ...change });
  return { row, written };
}

export async function removeRecord(
  trx: Queryable,
  { table, twin, audit }: Writing,
  id: number,
): Promise<readonly Written[]> {
  const { before, isDual } = await lockRecord(trx, table, twin, id);
  await twin.assertRemovable?.(trx, before);
  const written = isDual ? await twin.remove(trx, before) : [];
  await deleteOld(trx, table, id);
  await audit.record(trx, { ...eventOf(table, id, 'delete'), before: auditedRow(table, before) });
  return written;
}

/** Everything that is written is locked before, the new shape first, as whoever writes that one locks it. */
async function lockRecord(
  trx: Queryable,
  table: OldTable,
  twin: Twin,
  id: number,
): Promise<{ readonly before: OldRow; readonly isDual: boolean }> {
  await holdMove(trx);
  const seen = await findOld(trx, table, id);
  if (seen === undefined) throw notFound(table, id);
  const isDual = await writesBoth(trx, twin, seen);
  if (isDual) await twin.lock(trx, seen);
  const before = await lockOld(trx, table, id);
  if (before === undefined) throw notFound(table, id);
  return { before, isDual };
}

/** Whether a write has a twin. @throws Problem `gone` when the old API is not for this row any more. */
async function writesBoth(trx: Queryable, twin: Twin, row: Values): Promise<boolean> {
  const { mode } = await moveOf(trx, await twin.pluginOf(trx, row));
  if (mode === 'plugin') throw new Problem('gone', 'its plugin has left the old API');
  return mode !== 'legacy';
}

/** @throws Problem when a secret was sent that would be kept nowhere: the old tables get none any more. */
async function assertKept(trx: Queryable, table: OldTable, twin: Twin, sent: Values, row: Values): Promise<void> {
  const { secrets } = takeRowSecrets(sent);
  if (secrets.size === 0) return;
  const places = (await twin.keeps(trx, row)).filter((value) => typeof value === 'string');
  const lost = [...secrets].filter(([, secret]) => !isKept(secret, places)).map(([pointer]) => pointer);
  if (lost.length === 0) return;
  const message = 'looks like a secret, and no instance would have a place for it';
  const errors = lost.map((pointer) => ({ pointer, message }));
  throw invalid(
    table,
    errors,
    'Leave it out, or send it with the instance that uses it: both shapes are written now, and secrets are kept by instances alone.',
  );
}

/** As it is, or as a part of what was read out of it: `Bearer …`, a user and a password in one. */
function isKept(secret: string, places: readonly string[]): boolean {
  return /^Basic \S/i.test(secret) || places.some((value) => value.includes(secret) || secret.includes(value));
}

export function notFound({ noun }: OldTable, id: number): Problem {
  return new Problem('not_found', `there is no ${noun} ${id}`, { next: 'List them to see their ids.' });
}

function eventOf({ kind }: OldTable, id: number, act: string): AuditEvent {
  return { action: `${kind}.${act}`, entity: { kind, id: String(id) } };
}
