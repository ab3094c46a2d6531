// The queue that hands runs to hosts: pg-boss, in the host's own database. What is in it says "somebody start this run"; whether the
// run may start, and whose it is, the schedule's row decides.
import { fromKysely, fromPglite, PgBoss } from 'pg-boss';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Queryable, Store } from '../store/index.ts';

const QUEUE = 'sync-runs';

export interface JobQueue {
  start(): Promise<void>;
  /** Queues runs in the caller's transaction, to be taken after so many milliseconds. */
  send(trx: Queryable, runIds: readonly string[], afterMs?: number): Promise<void>;
  /** Takes no more runs; those that were taken are the caller's. */
  stop(): Promise<void>;
}

export interface JobQueueOptions {
  readonly store: Store;
  readonly limits: Limits['sync'];
  readonly log: Log;
  /** Resolves when the host has begun these runs. While it waits for room, no more are taken. */
  readonly onRuns: (runIds: readonly string[]) => Promise<void>;
}

export function createJobQueue({ store, limits, log, onRuns }: JobQueueOptions): JobQueue {
  const { connection } = store;
  const boss = new PgBoss({
    ...(connection.kind === 'pglite'
      ? { db: fromPglite(connection.pglite), backend: 'pglite' as const }
      : { connectionString: connection.databaseUrl, max: 3, application_name: 'jackfield-queue' }),
    useListenNotify: true,
    schedule: false,
    registerInstance: false,
    // Every fetch may read what has been taken since: by default that is cleared away once a day.
    superviseIntervalSeconds: limits.queueClearing / 1000,
    maintenanceIntervalSeconds: limits.queueClearing / 1000,
  });
  boss.on('error', (error) => log.warn({ err: error }, 'the job queue has a problem'));

  return {
    async start() {
      await boss.start();
      const settings = {
        notify: true,
        // Whoever took a run and died before it started: another host gets it.
        heartbeatSeconds: limits.queueHeartbeat / 1000,
        retryLimit: 10,
        deleteAfterSeconds: limits.queueClearing / 1000,
      };
      // A run waits in it once, however often it is sent.
      await boss.createQueue(QUEUE, { ...settings, policy: 'short' });
      // One that was there keeps what it was made with.
      await boss.updateQueue(QUEUE, settings);
      await boss.work<{ runId: string }>(
        QUEUE,
        {
          batchSize: limits.runsPerHost,
          burstWhenBatchFull: true,
          pollingIntervalSeconds: limits.queuePoll / 1000,
          notifyPollingIntervalSeconds: limits.queuePoll / 1000,
        },
        (jobs) => onRuns(jobs.map(({ data }) => data.runId)),
      );
    },
    async send(trx, runIds, afterMs = 0) {
      // Whole seconds from now, by the database's clock.
      const startAfter = Math.ceil(afterMs / 1000);
      const jobs = runIds.map((runId) => ({ data: { runId }, singletonKey: runId, startAfter }));
      await boss.insert(QUEUE, jobs, { db: fromKysely(trx) });
    },
    async stop() {
      await boss.stop({ graceful: true, close: true, timeout: limits.queueStop });
    },
  };
}
