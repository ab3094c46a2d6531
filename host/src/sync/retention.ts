// What is kept of the past: runs and cursors for a while, history as long as its stream says.
import { sql } from 'kysely';
import type { Limits } from '../limits.ts';
import type { Store } from '../store/index.ts';
import { type TableShape, tableOf } from './table-shape.ts';

export interface History {
  readonly shape: TableShape;
  readonly retainMs: number;
}

/**
 * Deletes what is old, in bounded statements, as many as it takes: a busy host leaves more behind until the next time than one of them
 * deletes. Ends early when it is told to. Says how many rows went.
 */
export async function forgetOld(
  db: Store['db'],
  histories: readonly History[],
  limits: Pick<Limits['sync'], 'keepRuns' | 'deleteRows'>,
  stopping: AbortSignal,
): Promise<number> {
  const { keepRuns, deleteRows } = limits;
  const age = (ms: number) => sql`now() - ${ms}::float8 * interval '1 millisecond'`;
  let deleted = 0;
  const run = async (statement: ReturnType<typeof sql>): Promise<void> => {
    for (let went = deleteRows; went >= deleteRows && !stopping.aborted; deleted += went) {
      went = Number((await statement.execute(db)).numAffectedRows ?? 0);
    }
  };
  await run(sql`
    delete from run where id in (
      select id from run where state not in ('queued', 'running') and queued_at < ${age(keepRuns)} limit ${deleteRows}
    )`);
  // The newest of each stream stays: it is where the stream is.
  await run(sql`
    delete from sync_cursor where id in (
      select old.id from sync_cursor old
      where old.at < ${age(keepRuns)} and exists (
        select 1 from sync_cursor newer
        where newer.instance_id = old.instance_id and newer.stream = old.stream and newer.id > old.id
      ) limit ${deleteRows}
    )`);
  for (const { shape, retainMs } of histories) {
    await run(sql`
      delete from ${tableOf(shape)} where ctid in (
        select ctid from ${tableOf(shape)} where synced_at < ${age(retainMs)} limit ${deleteRows}
      )`);
  }
  return deleted;
}
