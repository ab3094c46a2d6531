// One try of one reminder: claim it, run the job, write down what came of it.
import type { RunTask } from '@jackfield/sdk/runtime';
import { Problem, toProblem } from '../errors.ts';
import type { Instances, Runner } from '../instances/index.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { SandboxRun } from '../sandbox/index.ts';
import type { Queryable } from '../store/index.ts';
import { HOLDS_THE_INSTANCE, pauseAfter } from './back-off.ts';
import {
  type Claim,
  claimReminder,
  finishDone,
  finishFailed,
  handBack,
  type OpenReminder,
  type SqlNow,
} from './ledger.ts';
import type { Sender } from './senders.ts';

export type Outcome = 'done' | 'failed' | 'not_claimed' | 'handed_back';

export interface SendingParts {
  readonly db: Queryable;
  readonly now: () => SqlNow;
  /** Of this process: claims are told apart by it. */
  readonly host: string;
  readonly instances: Pick<Instances, 'resolve'>;
  readonly runner: Runner;
  readonly limits: Limits['reminders'];
  readonly log: Log;
}

export class Sending {
  readonly #parts: SendingParts;
  readonly #running = new Set<SandboxRun>();
  #stopped = false;

  constructor(parts: SendingParts) {
    this.#parts = parts;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Ends the jobs that are under way; whoever waits for them hands their reminders back. */
  stop(): void {
    this.#stopped = true;
    for (const run of this.#running) run.cancel('the host is stopping');
  }

  async send(reminder: OpenReminder, sender: Sender): Promise<Outcome> {
    const { db, now, host, limits, log } = this.#parts;
    if (this.#stopped) return 'not_claimed';
    const { lease } = limits;
    const { instanceId } = sender;
    const holding = HOLDS_THE_INSTANCE;
    const claim = await claimReminder(db, now(), { id: reminder.id, instanceId, host, lease, holding });
    if (claim === undefined) return 'not_claimed';
    try {
      const job = await this.#run(reminder, sender);
      const kept = await finishDone(db, now(), claim, job);
      log.info({ reminder: reminder.key, instanceId, ...job, kept }, 'a contract reminder was sent');
      return 'done';
    } catch (error) {
      return this.#failed(reminder, sender, claim, toProblem(error));
    }
  }

  async #failed(reminder: OpenReminder, { instanceId }: Sender, claim: Claim, problem: Problem): Promise<Outcome> {
    const { db, now, limits, log } = this.#parts;
    if (this.#stopped) {
      await handBack(db, now(), claim);
      return 'handed_back';
    }
    const pause = pauseAfter(claim.attempt, problem, limits);
    await finishFailed(db, now(), claim, problem, pause);
    const about = { reminder: reminder.key, instanceId, code: problem.code, attempt: claim.attempt, pauseMs: pause };
    log.warn({ ...about, ...(problem.code === 'internal' ? { err: problem.cause } : {}) }, problem.message);
    return 'failed';
  }

  async #run(reminder: OpenReminder, { instanceId, jobId }: Sender): Promise<Made> {
    const { instances, runner, limits } = this.#parts;
    const instance = await instances.resolve(instanceId);
    const work: RunTask['work'] = { kind: 'job', id: jobId, event: eventOf(reminder) };
    const run = await runner.start(instance, work, limits.deadline);
    this.#running.add(run);
    try {
      // Stopped while it started: nobody else would end it.
      if (this.#stopped) run.cancel('the host is stopping');
      const { job, problem } = await run.result;
      if (problem !== undefined) throw problem;
      if (job === undefined) throw new Problem('plugin_failed', 'the job ended without a result', { instanceId });
      return job;
    } finally {
      this.#running.delete(run);
    }
  }
}

type Made = { readonly reference: string; readonly url: string | null; readonly created: boolean };

function eventOf(reminder: OpenReminder): Extract<RunTask['work'], { kind: 'job' }>['event'] {
  return {
    key: reminder.key,
    contract: {
      id: reminder.contract_id,
      name: reminder.contract_name,
      endsOn: reminder.ends_on,
      reference: reminder.contract_reference,
    },
    client: { id: reminder.client_id, name: reminder.client_name },
    daysBefore: reminder.days_before,
    daysLeft: reminder.days_left,
  };
}
