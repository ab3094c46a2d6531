// The one transaction that changes what hosts are to have. The instances' configs go along in it, or nothing happens.
import type { Audit } from '../access/index.ts';
import { Problem } from '../errors.ts';
import { closeWithdrawal, raiseWithdrawal } from '../health/index.ts';
import type { ConfigMigrations, Instances, Versions } from '../instances/index.ts';
import type { Store } from '../store/index.ts';
import { lockHead, nextGeneration, noteRefused, readPlugin, type WantedPlugin, writePlugin } from './desired-rows.ts';

export interface FlipParts {
  readonly store: Pick<Store, 'db'>;
  readonly audit: Pick<Audit, 'record'>;
  readonly instances: Pick<Instances, 'announce'>;
  readonly migrations: ConfigMigrations;
}

export interface Flip {
  /** As the audit names it: `plugin.upgrade`. */
  readonly act: string;
  /** The plugin's generation that it was made for; 0 when there was none. */
  readonly expected: number;
  readonly wanted: Omit<WantedPlugin, 'generation'>;
  /** Set when another version becomes active. */
  readonly versions?: Versions;
  /** For the audit: how it is then. */
  readonly after: object;
  /** The version that it takes back, and why. */
  readonly withdrawn?: { readonly version: string; readonly reason: string };
}

/** @returns the generation. @throws Problem `conflict` when somebody else was faster, or an instance cannot go along. */
export async function flip({ store, audit, instances, migrations }: FlipParts, change: Flip): Promise<number> {
  const { act, expected, wanted, versions, after, withdrawn } = change;
  const { name } = wanted;
  const { generation, written } = await store.db.transaction().execute(async (trx) => {
    await lockHead(trx);
    const before = await readPlugin(trx, name);
    if ((before?.generation ?? 0) !== expected) throw overtaken(name);
    const applied = versions === undefined ? [] : (await migrations.apply(trx, versions)).written;
    const made = await nextGeneration(trx);
    await writePlugin(trx, { ...wanted, generation: made });
    if (withdrawn === undefined) {
      await closeWithdrawal(trx, name);
    } else {
      await noteRefused(trx, name, withdrawn);
      await raiseWithdrawal(trx, { plugin: name, detail: withdrawn.reason });
    }
    await audit.record(trx, {
      action: `plugin.${act}`,
      entity: { kind: 'plugin', id: name },
      ...(before === undefined ? {} : { before: { state: before.state, integrity: before.integrity } }),
      after: {
        state: wanted.state,
        integrity: wanted.integrity,
        ...after,
        ...(withdrawn ? { because: withdrawn.reason } : {}),
      },
    });
    return { generation: made, written: applied };
  });
  for (const change of written) await instances.announce(change);
  return generation;
}

export function overtaken(name: string): Problem {
  return new Problem('conflict', `the plugin "${name}" has been changed by somebody else meanwhile`, {
    plugin: name,
    next: 'Look at how it is now, and plan the change again.',
  });
}
