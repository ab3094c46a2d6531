// Jobs: work with side effects at the vendor that the host asks for when something happens.
import type { Context } from './types.ts';

/** A client's contract will end. Dates are YYYY-MM-DD in the client's time zone. */
export interface ContractEnding {
  /** Stands for this contract, end date and threshold, and never changes: look for it at the vendor before you create anything. */
  readonly key: string;
  readonly contract: {
    readonly id: string;
    readonly name: string;
    readonly endsOn: string;
    readonly reference: string | null;
  };
  readonly client: { readonly id: string; readonly name: string };
  /** The threshold, in days before the end. */
  readonly daysBefore: number;
  /** Days from today to the end. */
  readonly daysLeft: number;
}

/** What a job has made, or found made already. */
export interface JobResult {
  /** What people call it: an issue key. */
  readonly reference: string;
  readonly url?: string;
  /** False when it was there already. */
  readonly created: boolean;
}

/** A job. */
export interface JobDef<Config> {
  readonly title: string;
  readonly description?: string;
  readonly trigger: 'contractEnding';
  /** Days before the end at which it runs. */
  readonly daysBefore: readonly number[];
  /** Config fields that must be set on an instance that takes part. */
  readonly requires?: readonly string[];
  /**
   * Called until it has succeeded once, so the answer to an earlier call may have been lost: whatever it made carries `event.key`,
   * and it looks for that first.
   */
  run(ctx: Context<Config>, event: ContractEnding): Promise<JobResult>;
}

/** A job as `definePlugin` takes it. */
export type AnyJob<Config = never> = JobDef<Config>;

/**
 * Declares a job.
 *
 * @example
 * import { job, readJson } from '@jackfield/sdk';
 *
 * export const reminders = job({
 *   title: 'Contract reminders',
 *   trigger: 'contractEnding',
 *   daysBefore: [30, 7],
 *   async run(ctx, event) {
 *     const found = await readJson<{ id: string }[]>(await ctx.fetch(`/tickets?mark=${encodeURIComponent(event.key)}`));
 *     if (found[0] !== undefined) return { reference: found[0].id, created: false };
 *     const body = JSON.stringify({ mark: event.key, title: `${event.contract.name} ends on ${event.contract.endsOn}` });
 *     const made = await readJson<{ id: string }>(await ctx.fetch('/tickets', { method: 'POST', body }));
 *     return { reference: made.id, created: true };
 *   },
 * });
 */
export function job(def: JobDef<Record<string, unknown>>): JobDef<Record<string, unknown>> {
  return def;
}
