// The tick: the only part that knows the scheduler. What is due is in the database, so a tick that is late or doubled does no harm.
import { AsyncTask, SimpleIntervalJob, ToadScheduler } from 'toad-scheduler';
import type { Log } from '../log.ts';

/** Runs `tick` at once and then every `interval` milliseconds, never twice at the same time. Returns what stops it. */
export function startSchedule(interval: number, tick: () => Promise<unknown>, log: Log): () => void {
  const scheduler = new ToadScheduler();
  const task = new AsyncTask(
    'reminders',
    async () => void (await tick()),
    (error) => log.error({ err: error }, 'a tick of the reminders failed; the next one goes on'),
  );
  const schedule = { milliseconds: interval, runImmediately: true };
  scheduler.addSimpleIntervalJob(new SimpleIntervalJob(schedule, task, { id: 'reminders', preventOverrun: true }));
  return () => scheduler.stop();
}
