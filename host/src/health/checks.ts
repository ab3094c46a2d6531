// The test of a connection that somebody asks for: of a saved instance, or of config that is not saved yet.
import type { Instances, Runner } from '../instances/index.ts';
import type { Limits } from '../limits.ts';
import type { Store } from '../store/index.ts';
import { claimNow, recordCheck } from './check-rows.ts';
import { type CheckReport, testConnection } from './connection-test.ts';
import { outcomeOf } from './outcome.ts';

export interface Checks {
  /** What it finds out is known of the instance from then on. */
  saved(instanceId: string): Promise<CheckReport>;
  /** Nothing of the draft is kept. */
  draft(input: unknown): Promise<CheckReport>;
}

export function createChecks(parts: {
  readonly store: Pick<Store, 'db'>;
  readonly instances: Instances;
  readonly runner: Runner;
  readonly limits: Limits;
  readonly settle: (instanceId: string) => Promise<void>;
}): Checks {
  const { store, instances, limits, settle } = parts;
  return {
    async saved(instanceId) {
      const instance = await instances.resolve(instanceId);
      const turn = await claimNow(store.db, instanceId, limits.health);
      const test = await testConnection(parts, instance);
      if (turn !== undefined) {
        await recordCheck(store.db, turn, outcomeOf(test, instance.view.revision, limits), limits.health);
        await settle(instanceId);
      }
      return test.report;
    },
    draft: async (input) => (await testConnection(parts, await instances.draft(input))).report,
  };
}
