// Runs sync jobs on this host: a tick that makes due streams into runs, a queue that hands runs to hosts, and as many runs at once as
// the host has places for.
import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import { endStuckCopies } from '../store/index.ts';
import type { Ticks } from '../ticks.ts';
import { claimRuns } from './claim-runs.ts';
import { dispatchDue, takeOver, type DispatchReport } from './dispatch.ts';
import { createJobQueue, type JobQueue } from './job-queue.ts';
import { whenBack } from './patience.ts';
import { forgetOld, type History } from './retention.ts';
import { createRunEnds } from './run-ends.ts';
import { createRunPlaces } from './run-places.ts';
import { performRun, type SyncRunParts } from './sync-run.ts';

export interface SyncEngine {
  readonly queue: JobQueue;
  start(): Promise<void>;
  /** Makes due streams into runs now. */
  tick(): Promise<DispatchReport>;
  /** Runs that are under way are handed back. May be called twice. */
  stop(): Promise<void>;
}

export interface SyncEngineOptions extends Omit<SyncRunParts, 'host' | 'queue' | 'ends'> {
  readonly plugins: () => readonly string[];
  readonly histories: () => readonly History[];
  readonly ticks: Ticks;
  readonly limits: Limits;
  readonly log: Log;
}

export function createSyncEngine(options: SyncEngineOptions): SyncEngine {
  const { store, limits, log, plugins } = options;
  const host = `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;
  const stopping = new AbortController();
  const places = createRunPlaces(limits.sync);
  const ends: (() => void)[] = [];
  let stopped: Promise<void> | undefined;
  let ticking: Promise<DispatchReport> | undefined;

  const onRuns = async (runIds: readonly string[]): Promise<void> => {
    for (let at = 0; at < runIds.length;) {
      const wanted = Math.min(limits.sync.claimsAtOnce, runIds.length - at);
      const free = await places.free(wanted, stopping.signal);
      if (free === 0) throw new Error('the host is stopping');
      const next = runIds.slice(at, at + free);
      at += next.length;
      for (const claimed of await whenBack(() => claimRuns(parts, next), limits.sync, stopping.signal)) {
        places.take(performRun(parts, claimed, stopping.signal));
      }
    }
  };
  const queue = createJobQueue({ store, limits: limits.sync, log, onRuns });
  const parts: SyncRunParts = { ...options, queue, host, ends: createRunEnds({ store, limits: limits.sync }) };

  const tick = (): Promise<DispatchReport> => {
    ticking ??= dispatchDue({ store, queue, limits: limits.sync, plugins }).finally(() => {
      ticking = undefined;
    });
    return ticking;
  };

  return {
    queue,
    tick,
    async start() {
      await queue.start();
      if (store.kind === 'pglite') await takeOver(store);
      const unlessStopping = (work: () => Promise<unknown>) => async (): Promise<void> => {
        if (!stopping.signal.aborted) await work();
      };
      const endStuck = async (): Promise<void> => {
        const ended = await endStuckCopies(store.db, limits.store.transactionIdle);
        if (ended > 0) log.warn({ ended }, 'ended sessions of hosts that stand still while they write rows');
      };
      const forget = (): Promise<number> => forgetOld(store.db, options.histories(), limits.sync, stopping.signal);
      ends.push(options.ticks.every('sync', limits.sync.tick, unlessStopping(tick)));
      if (store.kind === 'postgres') {
        ends.push(options.ticks.every('sync: stuck copies', limits.sync.tick, unlessStopping(endStuck)));
      }
      ends.push(options.ticks.every('sync: old runs', limits.sync.clearing, unlessStopping(forget)));
    },
    stop() {
      stopped ??= (async () => {
        stopping.abort();
        for (const end of ends) end();
        await ticking?.catch(() => undefined);
        await places.empty();
        await queue.stop();
      })();
      return stopped;
    },
  };
}
