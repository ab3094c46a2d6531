// This host among the others: says how far it is, follows what is wanted, and is not ready while it cannot.
import type { Clock } from '../clock.ts';
import type { Hooks } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/index.ts';
import { readGeneration } from './desired-rows.ts';
import { beat, clearAfterHosts, sayGoodbye } from './host-rows.ts';
import type { Reconciler } from './reconciler.ts';

export interface Following {
  /** For the first time. */
  start(): Promise<void>;
  /** Something may be wanted that was not before. */
  wake(): void;
  /** Looks itself, says how far it is, and clears up after hosts that are gone. */
  tick(): Promise<void>;
  stop(): Promise<void>;
}

export interface FollowingParts {
  readonly store: Pick<Store, 'db'>;
  readonly hooks: Pick<Hooks, 'health'>;
  readonly reconciler: Reconciler;
  /** Names this process. */
  readonly host: string;
  /** Of the program. */
  readonly version: string;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly log: Log;
}

export function createFollowing(parts: FollowingParts): Following {
  const { store, hooks, reconciler, host, version, clock, log } = parts;
  const { db } = store;
  const { silent, keepHosts, behind } = parts.limits.lifecycle;
  let isStopping = false;
  let upToDateAt = clock.now();

  const say = (): Promise<void> =>
    beat(db, { id: host, version, generation: reconciler.reached(), failures: reconciler.failures() });

  const follow = async (): Promise<void> => {
    if (isStopping) return;
    const before = reconciler.reached();
    if (reconciler.failures().length > 0) await reconciler.reconcile();
    else await reconciler.catchUp();
    upToDateAt = clock.now();
    if (reconciler.reached() !== before && !isStopping) await say();
  };

  hooks.health.tapPromise('plugins', async (report) => {
    if (clock.now() - upToDateAt <= behind) return;
    // A database that does not answer is said elsewhere.
    const generation = await readGeneration(db).catch(() => undefined);
    if (generation === undefined || generation <= reconciler.reached()) return;
    const detail = `this host is at generation ${reconciler.reached()} of ${generation} of what is wanted of the plugins`;
    report.problems.push({ part: 'plugins', detail });
  });

  return {
    async start() {
      await reconciler.reconcile();
      upToDateAt = clock.now();
      await say();
    },
    wake() {
      void follow()
        .then(async () => (isStopping ? undefined : reconciler.prepare()))
        .catch((error: unknown) => log.warn({ err: error }, 'this host could not follow what is wanted'));
    },
    async tick() {
      await follow();
      if (isStopping) return;
      await say();
      await clearAfterHosts(db, silent, keepHosts);
    },
    async stop() {
      isStopping = true;
      await sayGoodbye(db, host).catch(() => undefined);
    },
  };
}
