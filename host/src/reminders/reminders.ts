// Reminders of contracts that end: one for each contract, end and threshold, exactly once. The ledger says what is due, a job of a
// plugin makes it at the vendor, and looks there first: an answer may have been lost.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { sql } from 'kysely';
import type { Audit, AuditEvent, ClientScope } from '../access/index.ts';
import type { Instances, Runner } from '../instances/index.ts';
import type { Hooks } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Queryable, Store } from '../store/index.ts';
import type { Ticks } from '../ticks.ts';
import { HOLDS_THE_INSTANCE, NEEDS_A_PERSON } from './back-off.ts';
import { releaseInstance, type SqlNow } from './ledger.ts';
import { listReminders, type ReminderFilter, type ReminderView, readReminder, retryReminder } from './listing.ts';
import { ContractJobs } from './senders.ts';
import { Sending } from './sending.ts';
import { tick, type TickReport } from './tick.ts';
import { turnstile } from './turnstile.ts';

export interface Reminders {
  /** From now on, at once and then every tick, until {@link stop}. */
  start(): void;
  /** One tick, now. */
  run(): Promise<TickReport>;
  list(filter: ReminderFilter, clients: ClientScope): Promise<ReminderView[]>;
  /** @throws Problem `not_found`, or `conflict` when there is nothing to try. */
  retry(id: number, clients: ClientScope): Promise<ReminderView>;
  /** Ends what is under way and hands it back. May be called twice. */
  stop(): Promise<void>;
}

export interface RemindersParts {
  readonly store: Pick<Store, 'db' | 'readAs'>;
  readonly instances: Pick<Instances, 'list' | 'resolve'>;
  readonly runner: Runner;
  readonly audit: Pick<Audit, 'record'>;
  readonly hooks: Pick<Hooks, 'contribute' | 'instance'>;
  readonly ticks: Ticks;
  readonly limits: Limits;
  readonly log: Log;
  /** The database's time, as SQL; tests move it. */
  readonly now?: (() => SqlNow) | undefined;
}

export function createReminders(parts: RemindersParts): Reminders {
  const { store, instances, runner, audit, hooks, log } = parts;
  const { db } = store;
  const limits = parts.limits.reminders;
  const now = parts.now ?? ((): SqlNow => sql<Date>`now()`);
  const host = `${hostname()}/${process.pid}/${randomUUID()}`;
  const jobs = new ContractJobs(hooks);
  const sending = new Sending({ db, now, host, instances, runner, limits, log });
  const { run, idle } = turnstile(() => tick({ db, now, jobs, instances, sending, limits }));

  const released = [...new Set([...NEEDS_A_PERSON, ...HOLDS_THE_INSTANCE])];
  const release = (db: Queryable, instanceId: string): Promise<void> =>
    releaseInstance(db, now(), instanceId, released);
  hooks.instance.tapPromise('reminders', async ({ kind, id }) => {
    if (kind !== 'deleted') await release(db, id);
  });

  let endSchedule: (() => void) | undefined;
  return {
    start() {
      endSchedule ??= parts.ticks.every('reminders', limits.tick, run);
    },
    async run() {
      if (sending.stopped) return { recorded: 0, done: 0, failed: 0, waiting: 0 };
      await db.transaction().execute((trx) => audit.record(trx, eventOf('*', 'run')));
      return run();
    },
    list: (filter, clients) => store.readAs(clients, (seen) => listReminders(seen, filter, clients)),
    async retry(id, clients) {
      await db.transaction().execute(async (trx) => {
        await retryReminder(trx, now(), id, release);
        await audit.record(trx, eventOf(String(id), 'retry'));
      });
      return store.readAs(clients, (seen) => readReminder(seen, id, clients));
    },
    async stop() {
      endSchedule?.();
      sending.stop();
      await idle();
    },
  };
}

function eventOf(id: string, act: string): AuditEvent {
  return { action: `reminder.${act}`, entity: { kind: 'reminder', id } };
}
