// Whether runs may start, and whose they are from then on. Asked for all that a host takes from the queue at once: one by one they
// would cost more statements than they have rows to write.
import { type RawBuilder, sql } from 'kysely';
import type { Limits } from '../limits.ts';
import { PREPARED, type Queryable, type Store } from '../store/index.ts';
import type { JobQueue } from './job-queue.ts';
import { markRunning, noteSent, type RunRow, type RunStart, skipRuns } from './run-rows.ts';
import { type Claim, claimSchedules, countSkips, holdInstances, type ScheduleKey, textsOf } from './schedule-rows.ts';

export interface ClaimParts {
  readonly store: Pick<Store, 'db'>;
  readonly queue: Pick<JobQueue, 'send'>;
  readonly limits: Limits;
  /** Names this process in the run's record. */
  readonly host: string;
  /** Of the plugin here, which is going to run it; undefined when it is not active. */
  readonly versionOf: (plugin: string) => string | undefined;
}

/** As it waits in the queue. */
export type QueuedRun = Pick<RunRow, 'id' | 'plugin' | 'instance_id' | 'stream' | 'kind' | 'trigger'>;

export interface ClaimedRun {
  readonly row: QueuedRun & Pick<RunRow, 'version'>;
  readonly claim: Claim;
}

/** Those that start now. What is not to start yet is in the queue again. */
export async function claimRuns(parts: ClaimParts, runIds: readonly string[]): Promise<ClaimedRun[]> {
  const { store, limits } = parts;
  return store.db.transaction().execute(async (trx) => {
    // Whoever changes or deletes an instance just now holds up its own runs only: they are taken when that is over.
    const held = await holdInstances(trx, instancesOf(runIds), { skipLocked: true });
    const waiting = await readWaiting(trx, runIds, held);
    const { taken, busy, paused, ...sorted } = sort(waiting);
    const heldUp = waiting.length === runIds.length ? [] : await readHeldUp(trx, runIds, held);
    const later = [...sorted.later, ...heldUp];
    if (later.length > 0) {
      await parts.queue.send(trx, later, limits.sync.queuePoll);
      // Not lost: a tick that sent them too would add a message every minute for as long as the first read takes.
      await noteSent(trx, later);
    }
    if (busy.length > 0) await countSkips(trx, busy.map(keyOf));
    const skipped = [...busy, ...paused];
    if (skipped.length > 0) await skipRuns(trx, idsOf(skipped));
    return taken.length === 0 ? [] : take(trx, taken, parts);
  });
}

export function keyOf(row: Pick<RunRow, 'instance_id' | 'stream' | 'kind'>): ScheduleKey {
  return { instanceId: row.instance_id, stream: row.stream, kind: row.kind };
}

const idsOf = (rows: readonly QueuedRun[]): string[] => rows.map(({ id }) => id);

function instancesOf(runIds: readonly string[]): RawBuilder<unknown> {
  return sql`select instance_id from run where id in (${textsOf(runIds)}) and state = 'queued'`;
}

interface WaitingRun extends QueuedRun {
  readonly is_paused: boolean;
  readonly is_free: boolean;
  /** Another run, or a check, asks the vendor of this instance just now. */
  readonly is_tried: boolean;
  /** Somebody has read this instance successfully since it was changed last. */
  readonly is_known: boolean;
}

async function readWaiting(
  trx: Queryable,
  runIds: readonly string[],
  held: readonly string[],
): Promise<readonly WaitingRun[]> {
  if (held.length === 0) return [];
  const { rows } = await sql<WaitingRun>`${PREPARED}
    select run.id, run.plugin, run.instance_id, run.stream, run.kind, run.trigger, s.paused is not null as is_paused, (s.run_id is null or s.lease_until < now()) as is_free,
      (exists (select 1 from sync_schedule o where o.instance_id = run.instance_id and o.run_id is not null)
        or exists (select 1 from instance_health h where h.instance_id = run.instance_id and h.lease_until > now())
      ) as is_tried,
      exists (
        select 1 from run done where done.instance_id = run.instance_id and done.state = 'succeeded'
          -- There may be ten thousand older ones.
          and done.ended_at > instance.updated_at and done.queued_at > instance.updated_at - interval '1 hour'
      ) as is_known
    from run join instance on instance.id = run.instance_id
    left join sync_schedule s on s.instance_id = run.instance_id and s.stream = run.stream and s.kind = run.kind
    where run.id in (${textsOf(runIds)}) and run.state = 'queued' and instance.id in (${textsOf(held)})
    order by run.queued_at, run.id
    for update of run`.execute(trx);
  return rows;
}

async function readHeldUp(trx: Queryable, runIds: readonly string[], held: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select run.id from run join instance on instance.id = run.instance_id
    where run.id in (${textsOf(runIds)}) and run.state = 'queued' and instance.id not in (${textsOf(held)})`.execute(
    trx,
  );
  return rows.map(({ id }) => id);
}

interface Sorted {
  readonly taken: QueuedRun[];
  readonly later: string[];
  readonly busy: QueuedRun[];
  readonly paused: QueuedRun[];
}

/** Wrong credentials are tried once, not once for each stream: a run waits while another one tries what nobody knows to work. */
function sort(waiting: readonly WaitingRun[]): Sorted {
  const sorted: Sorted = { taken: [], later: [], busy: [], paused: [] };
  const trying = new Set<string>();
  for (const { is_paused, is_free, is_tried, is_known, ...row } of waiting) {
    if (row.trigger === 'schedule' && is_paused) sorted.paused.push(row);
    else if (!is_known && (is_tried || trying.has(row.instance_id))) sorted.later.push(row.id);
    else if (!is_free) sorted.busy.push(row);
    else {
      trying.add(row.instance_id);
      sorted.taken.push(row);
    }
  }
  return sorted;
}

/** Nobody else can have taken them: their instances are held. */
async function take(trx: Queryable, rows: readonly QueuedRun[], parts: ClaimParts): Promise<ClaimedRun[]> {
  const claims = await claimSchedules(
    trx,
    rows.map((row) => ({ ...keyOf(row), runId: row.id })),
    parts.limits.sync.lease,
  );
  const taken = rows.flatMap((row): ClaimedRun[] => {
    const claim = claims.get(row.id);
    return claim === undefined ? [] : [{ row: { ...row, version: parts.versionOf(row.plugin) ?? null }, claim }];
  });
  await markRunning(trx, taken.map(startOf), parts.host);
  return taken;
}

const startOf = ({ row, claim }: ClaimedRun): RunStart => ({
  ...keyOf(row),
  id: row.id,
  version: row.version,
  epoch: claim.epoch,
});
