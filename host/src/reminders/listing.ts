// The ledger as people see it, and the one thing that they may do to it.
import { type RawBuilder, sql } from 'kysely';
import { type ClientScope, ofClients } from '../access/index.ts';
import { Problem } from '../errors.ts';
import type { Queryable } from '../store/index.ts';
import type { SqlNow } from './ledger.ts';

export const STATES = ['pending', 'claimed', 'done', 'failed', 'skipped'] as const;
export type ReminderState = (typeof STATES)[number];

export interface ReminderView {
  readonly id: number;
  readonly clientId: string;
  readonly contract: { readonly id: string; readonly name: string };
  /** YYYY-MM-DD */
  readonly endsOn: string;
  readonly daysBefore: number;
  /** What the vendor's side carries. */
  readonly key: string;
  readonly state: ReminderState;
  readonly instanceId: string | null;
  readonly attempts: number;
  /** ISO 8601 */
  readonly nextTryAt: string | null;
  readonly reference: string | null;
  readonly url: string | null;
  /** Why it is not done. */
  readonly code: string | null;
  readonly detail: string | null;
  /** ISO 8601 */
  readonly createdAt: string;
  /** ISO 8601 */
  readonly updatedAt: string;
}

export interface ReminderFilter {
  readonly client?: string;
  readonly contract?: string;
  readonly state?: ReminderState;
  /** Only those with a lower id. */
  readonly before?: number;
  readonly limit: number;
}

interface Row {
  readonly id: number;
  readonly client_id: string;
  readonly contract_id: string;
  readonly contract_name: string;
  readonly ends_on: string;
  readonly days_before: number;
  readonly key: string;
  readonly state: ReminderState;
  readonly instance_id: string | null;
  readonly attempts: number;
  readonly next_try_at: Date | null;
  readonly reference: string | null;
  readonly url: string | null;
  readonly code: string | null;
  readonly detail: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** The newest first. */
export async function listReminders(
  db: Queryable,
  filter: ReminderFilter,
  clients: ClientScope,
): Promise<ReminderView[]> {
  const { client, contract, state, before, limit } = filter;
  const conditions = [
    ofClients(clients, 'contract.client_id'),
    ...(client === undefined ? [] : [sql`contract.client_id = ${client}`]),
    ...(contract === undefined ? [] : [sql`contract.id = ${contract}`]),
    ...(state === undefined ? [] : [sql`reminder.state = ${state}`]),
    ...(before === undefined ? [] : [sql`reminder.id < ${before}`]),
  ];
  return read(db, sql.join(conditions, sql` and `), limit, clients);
}

/** An instance that sends for many clients is named to those only who may see it. */
async function read(
  db: Queryable,
  where: RawBuilder<unknown>,
  limit: number,
  clients: ClientScope,
): Promise<ReminderView[]> {
  const { rows } = await sql<Row>`
    select reminder.id, contract.client_id, contract.id as contract_id, contract.name as contract_name,
      to_char(reminder.ends_on, 'YYYY-MM-DD') as ends_on, reminder.days_before, reminder.key, reminder.state,
      (
        select id from instance where id = reminder.instance_id and ${ofClients(clients, 'client_id')}
      ) as instance_id,
      reminder.attempts, reminder.next_try_at, reminder.reference, reminder.url,
      reminder.code, reminder.detail, reminder.created_at, reminder.updated_at
    from reminder join contract on contract.id = reminder.contract_id
    where ${where} order by reminder.id desc limit ${limit}
  `.execute(db);
  return rows.map(toView);
}

function toView(row: Row): ReminderView {
  return {
    id: row.id,
    clientId: row.client_id,
    contract: { id: row.contract_id, name: row.contract_name },
    endsOn: row.ends_on,
    daysBefore: row.days_before,
    key: row.key,
    state: row.state,
    instanceId: row.instance_id,
    attempts: row.attempts,
    nextTryAt: row.next_try_at?.toISOString() ?? null,
    reference: row.reference,
    url: row.url,
    code: row.code,
    detail: row.detail,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

/** Makes it due at once, and lifts what held its instance back. One that was skipped is sent after all. */
export async function retryReminder(
  db: Queryable,
  now: SqlNow,
  id: number,
  release: (db: Queryable, instanceId: string) => Promise<void>,
): Promise<void> {
  // One statement: it holds only while none of what it looks at changes.
  const { rows } = await sql<{ instance_id: string | null }>`
    update reminder set state = 'pending', next_try_at = null, code = null, detail = null, updated_at = ${now}
    from contract join client on client.id = contract.client_id
    where reminder.id = ${id} and contract.id = reminder.contract_id
      and reminder.state in ('pending', 'failed', 'skipped') and reminder.ends_on = contract.ends_on
      and reminder.ends_on >= (${now} at time zone client.time_zone)::date
    returning reminder.instance_id
  `.execute(db);
  const instanceId = rows[0]?.instance_id;
  if (typeof instanceId === 'string') await release(db, instanceId);
  if (rows.length === 0) throw notToBeRetried(await readReminder(db, id, 'all'));
}

/** @throws Problem `not_found` when there is none. */
export async function readReminder(db: Queryable, id: number, clients: ClientScope): Promise<ReminderView> {
  const [view] = await read(db, sql`reminder.id = ${id}`, 1, clients);
  if (view !== undefined) return view;
  throw new Problem('not_found', `there is no reminder ${id}`, { next: 'GET /api/reminders lists the reminders.' });
}

function notToBeRetried({ id, state, reference, endsOn }: ReminderView): Problem {
  if (state === 'done') {
    return new Problem('conflict', `reminder ${id} is done: ${reference}`, { next: 'There is nothing to do.' });
  }
  if (state === 'claimed') {
    return new Problem('conflict', `reminder ${id} is being sent`, { next: 'Wait for what comes of it.' });
  }
  return new Problem('conflict', `reminder ${id} is about an end on ${endsOn}, which has passed or was moved`, {
    next: 'GET /api/contracts says when the contract ends now.',
  });
}
