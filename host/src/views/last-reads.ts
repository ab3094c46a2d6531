// How the reads of a stream went, for whoever looks at its rows: they may be old because nobody could read newer ones.
import { sql } from 'kysely';
import { type ErrorCode, isErrorCode } from '../errors.ts';
import type { Queryable } from '../store/index.ts';

export interface LastRead {
  /** When the last read that succeeded had ended, in milliseconds since the epoch; null when none has. */
  readonly at: number | null;
  /** Why there is no newer one; null when the last read went well, or is yet to come. */
  readonly failure: { readonly code: ErrorCode; readonly detail: string } | null;
}

interface Row {
  readonly instance_id: string;
  readonly failing: boolean;
  readonly succeeded_at: Date | null;
  readonly error: { readonly code?: unknown; readonly detail?: unknown } | null;
  readonly paused: { readonly code: string; readonly reason: string } | null;
}

/** By instance; one that has no schedule is not there. */
export async function readLastReads(
  db: Queryable,
  stream: string,
  instanceIds: readonly string[],
): Promise<ReadonlyMap<string, LastRead>> {
  if (instanceIds.length === 0) return new Map();
  const last = (state: string, column: string) => sql`
    left join lateral (
      select ${sql.ref(column)} from run
      where run.instance_id = s.instance_id and run.stream = s.stream and run.kind = s.kind and run.state = ${state}
      order by queued_at desc limit 1
    )`;
  const { rows } = await sql<Row>`
    select s.instance_id, (s.failures > 0 or s.paused is not null) as failing, good.ended_at as succeeded_at, bad.error,
      s.paused
    from sync_schedule s
    ${last('succeeded', 'ended_at')} good on true
    ${last('failed', 'error')} bad on true
    where s.stream = ${stream} and s.kind = 'read' and s.instance_id in (${sql.join([...instanceIds])})`.execute(db);
  return new Map(
    rows.map((row) => [
      row.instance_id,
      { at: row.succeeded_at?.getTime() ?? null, failure: row.failing ? failureOf(row) : null },
    ]),
  );
}

/** What makes it wait for a person says more than how its own last read went: another stream's read may have found it. */
function failureOf({ error, paused }: Row): { code: ErrorCode; detail: string } {
  const code = paused?.code ?? String(error?.code);
  const detail = paused?.reason ?? (typeof error?.detail === 'string' ? error.detail : 'its last read failed');
  return { code: isErrorCode(code) ? code : 'internal', detail };
}
