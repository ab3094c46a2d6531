// Checks that come by themselves, on every host: takes what is due while there is room, tests the connection, records what it found.
import { type Problem, toProblem } from '../errors.ts';
import type { Instances, ResolvedInstance, Runner } from '../instances/index.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/index.ts';
import { claimDue, giveBack, type Outcome, recordCheck, type Turn } from './check-rows.ts';
import { testConnection } from './connection-test.ts';
import { failureOf, outcomeOf } from './outcome.ts';

export interface CheckLoop {
  /** Starts what is due and fits. What becomes due later, or does not fit, is for the next call. */
  fill(): Promise<void>;
  /** Checks under way are handed back. May be called twice. */
  stop(): Promise<void>;
}

export interface CheckLoopParts {
  readonly store: Pick<Store, 'db'>;
  readonly instances: Instances;
  readonly runner: Runner;
  readonly limits: Limits;
  readonly log: Log;
  /** Names of the plugins with a check that are active here. */
  readonly plugins: () => readonly string[];
  readonly settle: (instanceId: string) => Promise<void>;
  /** Its vendor has just turned a run away: the database may not know yet. */
  readonly isHeld: (instanceId: string) => boolean;
}

export function createCheckLoop(parts: CheckLoopParts): CheckLoop {
  const { store, limits, log, plugins, settle } = parts;
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  let filling: Promise<void> | undefined;

  const perform = async (turn: Turn): Promise<void> => {
    try {
      await performTurn(parts, turn, stopping.signal);
      if (!stopping.signal.aborted) await settle(turn.instanceId);
    } catch (error) {
      // The database is gone, most likely: the lease runs out, and another host takes the turn.
      log.error({ instanceId: turn.instanceId, err: error }, 'a check broke off');
    }
  };

  const take = async (): Promise<void> => {
    const most = limits.health.perHost - running.size;
    const turns = await claimDue(store.db, { plugins: plugins(), most, limits: limits.health });
    for (const turn of turns) {
      const check = perform(turn);
      running.add(check);
      void check.finally(() => {
        running.delete(check);
        void loop.fill().catch((error: unknown) => log.warn({ err: error }, 'no check could be taken'));
      });
    }
  };

  const loop: CheckLoop = {
    async fill() {
      if (stopping.signal.aborted || running.size >= limits.health.perHost) return;
      filling ??= take().finally(() => {
        filling = undefined;
      });
      await filling;
    },
    async stop() {
      stopping.abort();
      await filling?.catch(() => undefined);
      await Promise.allSettled(running);
    },
  };
  return loop;
}

async function performTurn(parts: CheckLoopParts, turn: Turn, stopping: AbortSignal): Promise<void> {
  const { store, instances, limits, isHeld } = parts;
  const { db } = store;
  if (isHeld(turn.instanceId)) return await giveBack(db, turn);
  let instance: ResolvedInstance | undefined;
  let outcome: Outcome;
  try {
    instance = await instances.resolve(turn.instanceId);
    const test = await testConnection(parts, instance, stopping);
    if (stopping.aborted) return await giveBack(db, turn);
    outcome = outcomeOf(test, instance.view.revision, limits);
  } catch (error) {
    const problem = toProblem(error);
    if (stopping.aborted) return await giveBack(db, turn);
    const pause = postponedBy(problem, instance !== undefined);
    if (pause !== undefined) return await giveBack(db, turn, pause);
    if (problem.code === 'internal') throw error;
    const { revision } = instance?.view ?? (await instances.get(turn.instanceId));
    outcome = failureOf(problem, { elapsedMs: 0, vendorCalls: 0 }, revision, limits);
  }
  await recordCheck(db, turn, outcome, limits.health);
}

/** How long a check waits that says nothing about the instance: it was not started because of how this host is. */
function postponedBy({ code, options }: Problem, isResolved: boolean): number | undefined {
  switch (code) {
    // Its plugin is paused on it, or has too much to do.
    case 'plugin_crashed':
    case 'rate_limited':
      return options.retryAfterMs ?? 0;
    // It has just been deleted or switched off.
    case 'not_found':
    case 'conflict':
      return isResolved ? undefined : 0;
    default:
      return undefined;
  }
}
