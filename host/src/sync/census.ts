// A census tells which rows exist. Those that it does not find are asked about before they are marked as deleted; when too many are
// missing at once, the vendor is doubted and nothing is.
import type { Scope } from '@jackfield/sdk/runtime';
import { removeRows } from './row-statements.ts';
import { toLines } from './row-lines.ts';
import { holdSchedule } from './schedule-rows.ts';
import { countUnseen, readUnseen } from './seen-keys.ts';
import type { RunContext } from './sync-run.ts';
import { RunLost } from './sync-writer.ts';

/** Says what it doubted; undefined when nothing. */
export async function performCensus(context: RunContext): Promise<string | undefined> {
  const scopes = await readKeys(context);
  const doubts: string[] = [];
  for (const scope of scopes) {
    const doubt = await removeGone(context, scope);
    if (doubt !== undefined) doubts.push(doubt);
  }
  return doubts.length === 0 ? undefined : doubts.join('; ');
}

/** Scopes whose every key was told. None of them counts when the census breaks off. */
async function readKeys({ start, stream, row, writer }: RunContext): Promise<Scope[]> {
  const { columns, primaryKey } = stream;
  const run = await start({ kind: 'census', id: row.stream, columns, primaryKey });
  const scopes: Scope[] = [];
  try {
    for (let chunk = await run.next(); chunk !== null; chunk = await run.next()) {
      if (chunk.op?.kind === 'complete') scopes.push(chunk.op.scope);
      await writer.add(chunk);
    }
  } catch (error) {
    run.cancel('its keys could not be stored');
    throw error;
  }
  const { problem } = await run.result;
  if (problem === undefined) {
    await writer.finish();
    return scopes;
  }
  await writer.settle();
  throw problem;
}

async function removeGone(context: RunContext, scope: Scope): Promise<string | undefined> {
  const { parts, key, claim, stream, target, row } = context;
  const { db } = parts.store;
  const seen = { key, epoch: claim.epoch };
  const { stored, absent } = await countUnseen(db, seen, target.shape, scope);
  const most = stream.census?.most ?? 0;
  // One row that was deleted is half of two.
  if (absent > 1 && absent > most * stored) {
    const where = Object.values(scope).join(', ') || 'the whole stream';
    return `${absent} of ${stored} rows of ${where} were missing at once: nothing was deleted`;
  }
  const { goneKeys } = parts.limits.sync;
  let after: string | null = null;
  for (;;) {
    const missing = await readUnseen(db, seen, target.shape, scope, goneKeys, after);
    if (missing.length === 0) return undefined;
    after = missing.at(-1)?.hash ?? null;
    const run = await context.start({ kind: 'gone', id: row.stream, keys: missing.map((item) => item.key) });
    const { gone = [], problem } = await run.result;
    if (problem !== undefined) throw problem;
    if (gone.length === 0) continue;
    const lines = toLines(Buffer.from(gone.map((item) => `${JSON.stringify(item)}\n`).join('')));
    await db.transaction().execute(async (trx) => {
      if (!(await holdSchedule(trx, key, row.id, claim.epoch, parts.limits.sync.lease))) throw new RunLost();
      context.writer.count(await removeRows('gone')(trx, target, lines));
    });
  }
}
