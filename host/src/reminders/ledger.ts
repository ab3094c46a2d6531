// The statements on `reminder`. The database's clock decides what is due, so hosts whose clocks differ agree; a day is a day in the
// client's time zone.
//
// pending   due, and not asked for yet; `code` says what it waits for
// claimed   a host is at work on it until `claimed_until`; after that any host may take it over
// done      the vendor has it, once
// failed    the last try failed; `next_try_at` is the next, while the contract has not ended
// skipped   will not be sent: its day had passed before the contract was known, or the contract's end moved or has passed
import { type RawBuilder, sql } from 'kysely';
import type { Problem } from '../errors.ts';
import type { Queryable } from '../store/index.ts';
import type { SkipCode } from './thresholds.ts';

/** An expression; tests move it. */
export type SqlNow = RawBuilder<Date>;

export interface UpcomingContract {
  readonly id: string;
  readonly client_id: string;
  readonly ends_on: string;
  readonly days_left: number;
  readonly days_left_when_known: number;
  readonly recorded: number[];
}

/** A reminder that may be tried now, and all that its job is told. */
export interface OpenReminder {
  readonly id: number;
  readonly key: string;
  readonly state: 'pending' | 'claimed' | 'failed';
  readonly days_before: number;
  readonly days_left: number;
  readonly ends_on: string;
  readonly instance_id: string | null;
  readonly attempts: number;
  readonly contract_id: string;
  readonly contract_name: string;
  readonly contract_reference: string | null;
  readonly client_id: string;
  readonly client_name: string;
}

export interface NewReminder {
  readonly contract_id: string;
  readonly ends_on: string;
  readonly days_before: number;
  readonly key: string;
  readonly state: 'pending' | 'skipped';
  readonly code: SkipCode | null;
  readonly detail: string | null;
}

/** A try of one host: nobody else's result counts. */
export interface Claim {
  readonly id: number;
  readonly host: string;
  readonly attempt: number;
}

const today = (now: SqlNow): RawBuilder<string> => sql<string>`(${now} at time zone client.time_zone)::date`;
const text = (column: string): RawBuilder<string> => sql<string>`to_char(${sql.ref(column)}, 'YYYY-MM-DD')`;
const later = (now: SqlNow, ms: number): RawBuilder<Date> => sql<Date>`${now} + ${ms} * interval '1 millisecond'`;

/** Contracts that end within so many days. */
export async function readUpcoming(db: Queryable, now: SqlNow, days: number): Promise<UpcomingContract[]> {
  // The first condition is for the index: no zone is more than a day away from the database's own.
  const { rows } = await sql<UpcomingContract>`
    select contract.id, contract.client_id, ${text('contract.ends_on')} as ends_on,
      contract.ends_on - ${today(now)} as days_left,
      contract.ends_on - (contract.ends_on_since at time zone client.time_zone)::date as days_left_when_known,
      array(
        select days_before from reminder
        where reminder.contract_id = contract.id and reminder.ends_on = contract.ends_on
      ) as recorded
    from contract join client on client.id = contract.client_id
    where contract.ends_on between ${now}::date - 2 and ${now}::date + ${days}::integer + 2
      and contract.ends_on - ${today(now)} between 0 and ${days}::integer
    order by contract.ends_on, contract.id
  `.execute(db);
  return rows;
}

/** How many were new. */
export async function recordReminders(db: Queryable, now: SqlNow, rows: readonly NewReminder[]): Promise<number> {
  if (rows.length === 0) return 0;
  // Joined, because a contract may have been deleted since it was read.
  const { numAffectedRows } = await sql`
    insert into reminder (contract_id, ends_on, days_before, key, state, code, detail, created_at, updated_at)
    select new.contract_id, new.ends_on, new.days_before, new.key, new.state, new.code, new.detail, ${now}, ${now}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as new (contract_id text, ends_on date, days_before integer, key text, state text, code text, detail text)
    join contract on contract.id = new.contract_id
    order by new.ends_on, new.contract_id, new.days_before desc
    on conflict do nothing
  `.execute(db);
  return Number(numAffectedRows ?? 0);
}

/** What a change of the contract, or its end, has made of reminders that were not sent. */
export async function settleMoved(db: Queryable, now: SqlNow): Promise<void> {
  await sql`
    update reminder set state = 'skipped', next_try_at = null, updated_at = ${now},
      code = 'contract_moved', detail = 'the contract ends on another day now'
    from contract
    where contract.id = reminder.contract_id and reminder.ends_on <> contract.ends_on
      and reminder.state in ('pending', 'failed')
  `.execute(db);
  await sql`
    update reminder set state = 'pending', code = null, detail = null, updated_at = ${now}
    from contract
    where contract.id = reminder.contract_id and reminder.ends_on = contract.ends_on
      and reminder.state = 'skipped' and reminder.code = 'contract_moved'
  `.execute(db);
  await sql`
    update reminder set state = 'skipped', next_try_at = null, updated_at = ${now},
      code = 'contract_ended', detail = 'the contract ended before it could be sent'
    from contract join client on client.id = contract.client_id
    where contract.id = reminder.contract_id and reminder.ends_on < ${today(now)} and reminder.state = 'pending'
  `.execute(db);
}

/** Open to be tried now: due and not held back, or left behind by a host that is gone. The most urgent first. */
export async function readOpen(db: Queryable, now: SqlNow, most: number): Promise<OpenReminder[]> {
  const { rows } = await sql<OpenReminder>`
    select reminder.id, reminder.key, reminder.state, reminder.days_before, ${text('reminder.ends_on')} as ends_on,
      reminder.ends_on - ${today(now)} as days_left, reminder.instance_id, reminder.attempts,
      contract.id as contract_id, contract.name as contract_name, contract.reference as contract_reference,
      client.id as client_id, client.name as client_name
    from reminder
    join contract on contract.id = reminder.contract_id
    join client on client.id = contract.client_id
    where ${isOpen(now)} and (reminder.state = 'claimed' or reminder.ends_on >= ${today(now)})
    order by reminder.ends_on, reminder.days_before desc, reminder.id
    limit ${most}
  `.execute(db);
  return rows;
}

/** What was sent is settled even when the contract has ended since: the vendor may have it. */
function isOpen(now: SqlNow): RawBuilder<boolean> {
  return sql<boolean>`(
    (reminder.state in ('pending', 'failed') and (reminder.next_try_at is null or reminder.next_try_at <= ${now}))
    or (reminder.state = 'claimed' and reminder.claimed_until <= ${now})
  )`;
}

/** Says why nobody can be asked. */
export async function noteWaiting(db: Queryable, now: SqlNow, ids: readonly number[], detail: string): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    update reminder set code = 'no_instance', detail = ${detail}, updated_at = ${now}
    where id in (${sql.join(ids)}) and state = 'pending'
      and (code is distinct from 'no_instance' or detail is distinct from ${detail})
  `.execute(db);
}

/** Undefined when somebody else has it, or the instance is held back: of two hosts that try, one gets it. */
export async function claimReminder(
  db: Queryable,
  now: SqlNow,
  {
    id,
    instanceId,
    host,
    lease,
    holding,
  }: {
    readonly id: number;
    readonly instanceId: string;
    readonly host: string;
    readonly lease: number;
    /** Codes of failures that hold back every reminder of the instance. */
    readonly holding: readonly string[];
  },
): Promise<Claim | undefined> {
  const { rows } = await sql<{ attempts: number }>`
    update reminder set state = 'claimed', claimed_by = ${host}, claimed_until = ${later(now, lease)},
      attempts = attempts + 1, instance_id = ${instanceId}, next_try_at = null, code = null, detail = null,
      updated_at = ${now}
    where id = (
      select reminder.id from reminder join contract on contract.id = reminder.contract_id
      where reminder.id = ${id} and ${isOpen(now)}
        and (reminder.state = 'claimed' or reminder.ends_on = contract.ends_on)
        and not exists (
          select from reminder other
          where other.instance_id = ${instanceId} and other.state = 'failed'
            and other.code in (${sql.join([...holding])}) and other.next_try_at > ${now}
        )
      for update of reminder skip locked
    )
    returning attempts
  `.execute(db);
  const [row] = rows;
  return row && { id, host, attempt: row.attempts };
}

/** False when the claim had run out and somebody else has taken over. */
export async function finishDone(
  db: Queryable,
  now: SqlNow,
  claim: Claim,
  made: { readonly reference: string; readonly url: string | null },
): Promise<boolean> {
  return finish(db, claim, sql`state = 'done', reference = ${made.reference}, url = ${made.url}, updated_at = ${now}`);
}

export async function finishFailed(
  db: Queryable,
  now: SqlNow,
  claim: Claim,
  problem: Problem,
  pause: number,
): Promise<boolean> {
  const { code, message } = problem;
  return finish(
    db,
    claim,
    sql`state = 'failed', code = ${code}, detail = ${message}, next_try_at = ${later(now, pause)}, updated_at = ${now}`,
  );
}

/** This host stops: another may go on at once. */
export async function handBack(db: Queryable, now: SqlNow, claim: Claim): Promise<boolean> {
  return finish(
    db,
    claim,
    sql`state = 'pending', code = 'handed_back', detail = 'its host stopped', updated_at = ${now}`,
  );
}

async function finish(db: Queryable, { id, host, attempt }: Claim, set: RawBuilder<unknown>): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update reminder set ${set}, claimed_by = null, claimed_until = null
    where id = ${id} and state = 'claimed' and claimed_by = ${host} and attempts = ${attempt}
  `.execute(db);
  return Number(numAffectedRows ?? 0) === 1;
}

/** Somebody has changed the instance: what waited for that is tried at the next tick. */
export async function releaseInstance(
  db: Queryable,
  now: SqlNow,
  instanceId: string,
  codes: readonly string[],
): Promise<void> {
  await sql`
    update reminder set next_try_at = ${now}, updated_at = ${now}
    where instance_id = ${instanceId} and state = 'failed' and code in (${sql.join([...codes])})
  `.execute(db);
}
