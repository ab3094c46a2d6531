// One look at what is due: write it into the ledger, find who sends it, send it.
import type { Instances } from '../instances/index.ts';
import type { Limits } from '../limits.ts';
import type { Queryable } from '../store/index.ts';
import {
  type NewReminder,
  noteWaiting,
  type OpenReminder,
  readOpen,
  readUpcoming,
  recordReminders,
  settleMoved,
  type SqlNow,
  type UpcomingContract,
} from './ledger.ts';
import { type ContractJobs, type Sender, senderFor } from './senders.ts';
import type { Outcome, Sending } from './sending.ts';
import { dueReminders, type SkipCode } from './thresholds.ts';

export interface TickReport {
  /** New in the ledger, those that are skipped included. */
  readonly recorded: number;
  readonly done: number;
  readonly failed: number;
  /** No instance can send them. */
  readonly waiting: number;
}

export interface TickParts {
  readonly db: Queryable;
  readonly now: () => SqlNow;
  readonly jobs: ContractJobs;
  readonly instances: Pick<Instances, 'list'>;
  readonly sending: Sending;
  readonly limits: Limits['reminders'];
}

const SKIPPED: Readonly<Record<SkipCode, string>> = {
  passed_before_known: 'its day, and that of a nearer threshold, had passed when this end of the contract became known',
  added_later: 'a nearer threshold had been recorded before this one was there',
};

export async function tick({ db, now, jobs, instances, sending, limits }: TickParts): Promise<TickReport> {
  const senders = jobs.senders(await instances.list());
  await settleMoved(db, now());
  const recorded = await record(db, now(), jobs, senders);
  const orphans: OpenReminder[] = [];
  const queue: { readonly reminder: OpenReminder; readonly sender: Sender }[] = [];
  for (const reminder of await readOpen(db, now(), limits.batch)) {
    const sender = senderFor(senders, reminder.client_id, reminder.attempts > 0 ? reminder.instance_id : null);
    if (sender === undefined) orphans.push(reminder);
    else queue.push({ reminder, sender });
  }
  const waiting = orphans.map(({ id }) => id);
  await noteWaiting(db, now(), waiting, whyNobody(jobs));
  const outcomes: Outcome[] = [];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      outcomes.push(await sending.send(next.reminder, next.sender));
    }
  };
  await Promise.all(Array.from({ length: limits.concurrency }, work));
  const count = (outcome: Outcome): number => outcomes.filter((one) => one === outcome).length;
  return { recorded, done: count('done'), failed: count('failed'), waiting: waiting.length };
}

async function record(db: Queryable, now: SqlNow, jobs: ContractJobs, senders: readonly Sender[]): Promise<number> {
  const known = jobs.thresholds();
  if (known.length === 0) return 0;
  const contracts = await readUpcoming(db, now, Math.max(...known));
  const rows = contracts.flatMap((contract) =>
    newReminders(contract, senderFor(senders, contract.client_id, null)?.daysBefore ?? known),
  );
  return recordReminders(db, now, rows);
}

function newReminders(contract: UpcomingContract, thresholds: readonly number[]): NewReminder[] {
  const due = dueReminders(thresholds, {
    daysLeft: contract.days_left,
    daysLeftWhenKnown: contract.days_left_when_known,
    recorded: contract.recorded,
  });
  return due.map(({ daysBefore, skip }) => ({
    contract_id: contract.id,
    ends_on: contract.ends_on,
    days_before: daysBefore,
    key: `jackfield-${contract.id}-${contract.ends_on}-${daysBefore}`,
    state: skip === undefined ? 'pending' : 'skipped',
    code: skip ?? null,
    detail: skip === undefined ? null : SKIPPED[skip],
  }));
}

function whyNobody(jobs: ContractJobs): string {
  const needed = jobs.requirements();
  const what = needed === '' ? 'a plugin that reminds of contracts, and none is installed' : needed;
  return `it waits for an enabled instance of the client, or of no client, of ${what}`;
}
