// Runs sync jobs on this host: a tick that makes due streams into runs, a queue that hands runs to hosts, and as many runs at once as
// the host has places for.
import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import { AsyncTask, SimpleIntervalJob, ToadScheduler } from 'toad-scheduler';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import { dispatchDue, type DispatchReport } from './dispatch.ts';
import { createJobQueue, type JobQueue } from './job-queue.ts';
import { forgetOld, type History } from './retention.ts';
import { performRun, type SyncRunParts } from './sync-run.ts';

export interface SyncEngine {
  readonly queue: JobQueue;
  start(): Promise<void>;
  /** Makes due streams into runs now. */
  tick(): Promise<DispatchReport>;
  /** Runs that are under way are handed back. May be called twice. */
  stop(): Promise<void>;
}

export interface SyncEngineOptions extends Omit<SyncRunParts, 'host'> {
  readonly plugins: () => readonly string[];
  readonly histories: () => readonly History[];
  readonly limits: Limits;
  readonly log: Log;
}

export function createSyncEngine(options: SyncEngineOptions): SyncEngine {
  const { store, limits, log, plugins } = options;
  const parts: SyncRunParts = { ...options, host: `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}` };
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  const scheduler = new ToadScheduler();
  let stopped: Promise<void> | undefined;
  let ticking: Promise<DispatchReport> | undefined;

  const onRun = async (runId: string): Promise<void> => {
    while (running.size >= limits.sync.runsPerHost && !stopping.signal.aborted) await Promise.race(running);
    if (stopping.signal.aborted) throw new Error('the host is stopping');
    const run = performRun(parts, runId, stopping.signal);
    running.add(run);
    void run.finally(() => running.delete(run));
  };
  const queue = createJobQueue({ store, limits: limits.sync, log, onRun });

  const tick = (): Promise<DispatchReport> => {
    ticking ??= dispatchDue({ store, queue, limits: limits.sync, plugins }).finally(() => {
      ticking = undefined;
    });
    return ticking;
  };

  const every = (name: string, milliseconds: number, work: () => Promise<unknown>): void => {
    const task = new AsyncTask(
      name,
      async () => {
        if (!stopping.signal.aborted) await work();
      },
      (error) => log.warn({ err: error }, `the ${name} failed`),
    );
    scheduler.addSimpleIntervalJob(new SimpleIntervalJob({ milliseconds }, task, { id: name, preventOverrun: true }));
  };

  return {
    queue,
    tick,
    async start() {
      await queue.start();
      every('sync tick', limits.sync.tick, tick);
      every('clearing of old runs', limits.sync.clearing, () => forgetOld(store.db, options.histories(), limits.sync));
    },
    stop() {
      stopped ??= (async () => {
        stopping.abort();
        scheduler.stop();
        await ticking?.catch(() => undefined);
        await Promise.allSettled(running);
        await queue.stop();
      })();
      return stopped;
    },
  };
}
