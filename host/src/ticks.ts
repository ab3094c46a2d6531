// What the host does again and again. What is due is in the database, so a tick that is late or doubled does no harm.
import { AsyncTask, SimpleIntervalJob, ToadScheduler } from 'toad-scheduler';
import type { Log } from './log.ts';

export interface Ticks {
  /**
   * Does `work` at once and then every `interval` milliseconds, never twice at the same time; a failure is logged and the next tick
   * goes on. Returns what ends it.
   */
  every(name: string, interval: number, work: () => Promise<unknown>): () => void;
  /** Ends all of them. Work under way goes on. */
  stop(): void;
}

export function createTicks(log: Log): Ticks {
  const scheduler = new ToadScheduler();
  return {
    every(name, interval, work) {
      const task = new AsyncTask(
        name,
        async () => void (await work()),
        (error) => log.error({ err: error, tick: name }, 'a tick failed; the next one goes on'),
      );
      const schedule = { milliseconds: interval, runImmediately: true };
      scheduler.addSimpleIntervalJob(new SimpleIntervalJob(schedule, task, { id: name, preventOverrun: true }));
      return () => scheduler.removeById(name);
    },
    stop: () => scheduler.stop(),
  };
}
