// The test of a connection that somebody asks for: of a saved instance, or of config that is not saved yet.
import type { Audit, AuditEvent } from '../access/index.ts';
import type { By, Instances, Runner } from '../instances/index.ts';
import type { Limits } from '../limits.ts';
import type { Store } from '../store/index.ts';
import { claimNow, giveBack, recordCheck } from './check-rows.ts';
import { type CheckReport, testConnection } from './connection-test.ts';
import { outcomeOf } from './outcome.ts';

export interface Checks {
  /** What it finds out is known of the instance from then on. */
  saved(instanceId: string): Promise<CheckReport>;
  /** Nothing of the draft is kept. */
  draft(input: unknown, by: By): Promise<CheckReport>;
}

export function createChecks(parts: {
  readonly store: Pick<Store, 'db'>;
  readonly instances: Instances;
  readonly audit: Pick<Audit, 'record'>;
  readonly runner: Runner;
  readonly limits: Limits;
  readonly settle: (instanceId: string) => Promise<void>;
}): Checks {
  const { store, instances, audit, limits, settle } = parts;
  /** Before the call: one that is not in the audit is not made. */
  const record = (event: AuditEvent): Promise<void> =>
    store.db.transaction().execute((trx) => audit.record(trx, event));
  return {
    async saved(instanceId) {
      const instance = await instances.resolve(instanceId);
      const entity = { kind: 'instance', id: instanceId };
      await record({ action: 'instance.check', entity, instanceId });
      const turn = await claimNow(store.db, instanceId, limits.health);
      const test = await testConnection(parts, instance).catch(async (error: unknown) => {
        // Nothing is being tried that runs would have to wait for.
        if (turn !== undefined) await giveBack(store.db, turn);
        throw error;
      });
      if (turn !== undefined) {
        await recordCheck(store.db, turn, outcomeOf(test, instance.view.revision, limits), limits.health);
        await settle(instanceId);
      }
      return test.report;
    },
    async draft(input, by) {
      const draft = await instances.draft(input, by);
      const { instanceId, plugin } = input as { readonly instanceId?: string; readonly plugin?: string };
      const about =
        instanceId === undefined ? { kind: 'plugin', id: plugin ?? '' } : { kind: 'instance', id: instanceId };
      // Where it calls is what matters of a config that nobody keeps.
      const after = { baseUrl: draft.connection.baseUrl };
      const event = { action: 'instance.try', entity: about, after };
      await record(instanceId === undefined ? event : { ...event, instanceId });
      return (await testConnection(parts, draft)).report;
    },
  };
}
