// Instances that come from elsewhere: written in the caller's transaction, also when they cannot run yet. Those are switched off.
import type { Audit } from '../access/index.ts';
import type { Vault } from '../secrets/index.ts';
import type { Queryable } from '../store/index.ts';
import { audited } from './audited.ts';
import type { PluginFinder } from './plugin-finder.ts';
import {
  insertInstance,
  type InstanceRow,
  lockInstance,
  readInstance,
  readInstances,
  updateInstance,
  upsertSecret,
} from './rows.ts';
import { openStored, referencesOf } from './secrets.ts';
import { type InstanceView, toView } from './view.ts';

export interface ImportedInstance {
  readonly id: string;
  readonly plugin: string;
  readonly name: string;
  readonly clientId: string | null;
  readonly enabled: boolean;
  /** Without secrets; what is there and not in it stays. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly configVersion: number;
  /** By field; those of other fields, and references, stay. */
  readonly secrets: ReadonlyMap<string, string>;
  /** It cannot work as it is; one that a person has switched on since stays on. */
  readonly isFaulty: boolean;
}

export interface ImportingParts {
  readonly vault: Vault;
  readonly audit: Pick<Audit, 'record'>;
  readonly at: Date;
}

/** `before` is undefined when it is new. */
export async function putImported(
  trx: Queryable,
  instance: ImportedInstance,
  { vault, audit, at }: ImportingParts,
): Promise<{ readonly before: InstanceRow | undefined; readonly after: InstanceRow }> {
  const { id, plugin, name } = instance;
  const row = {
    ...{ id, plugin, name, client_id: instance.clientId, enabled: instance.enabled, limits: null },
    ...{ config: { ...instance.config }, config_version: instance.configVersion, revision: 1 },
    ...{ created_at: at, updated_at: at },
  };
  await lockInstance(trx, id);
  const isNew = await insertInstance(trx, row);
  const before = isNew ? undefined : await readInstance(trx, id);
  if (before !== undefined) {
    const config = { ...before.config, ...instance.config };
    const enabled = instance.isFaulty ? before.enabled : instance.enabled;
    // The client of an instance is what its secrets are sealed for: it is moved by people.
    await updateInstance(trx, { ...before, name, enabled, config, revision: before.revision + 1, updated_at: at });
  }
  const elsewhere = before === undefined ? {} : referencesOf(before);
  const secrets = [...instance.secrets].filter(([field]) => !Object.hasOwn(elsewhere, field));
  if (secrets.length > 0) {
    const sealer = await vault.sealerFor(trx, before?.client_id ?? row.client_id);
    for (const [field, secret] of secrets) {
      await upsertSecret(trx, id, sealer.seal({ instanceId: id, field }, secret));
    }
  }
  const after = await readInstance(trx, id);
  await audit.record(trx, {
    action: `instance.${before === undefined ? 'create' : 'change'}`,
    entity: { kind: 'instance', id },
    instanceId: id,
    ...(before === undefined ? {} : { before: audited(toView(before, undefined)) }),
    after: audited(toView(after, undefined), instance.config),
  });
  return { before, after };
}

export interface StoredInstance {
  readonly row: InstanceRow;
  readonly secrets: ReadonlyMap<string, string>;
  /** Fields whose secret is elsewhere. */
  readonly references: ReadonlySet<string>;
}

/** All of them with their secrets in plain text: not for logs, answers or plugins. What cannot be opened is left out. */
export async function readStored(db: Queryable, vault: Pick<Vault, 'open'>): Promise<StoredInstance[]> {
  return (await readInstances(db)).map((row) => {
    const secrets = Object.keys(row.sealed).flatMap((field): [string, string][] => {
      try {
        return Object.entries(openStored(row, [field], vault)).map(([name, secret]) => [name, String(secret)]);
      } catch {
        return [];
      }
    });
    return { row, secrets: new Map(secrets), references: new Set(Object.keys(referencesOf(row))) };
  });
}

/** One as it is in this transaction. @throws Problem `not_found` */
export async function readView(db: Queryable, plugins: PluginFinder, id: string): Promise<InstanceView> {
  const row = await readInstance(db, id);
  return toView(row, plugins.find(row.plugin));
}
