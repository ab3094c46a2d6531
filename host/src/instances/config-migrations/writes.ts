// Writes a migrated config: the row, its secrets, the old tables' shape of it and the audit, in the caller's transaction.
import type { Actor, Audit } from '../../access/index.ts';
import type { Vault } from '../../secrets/index.ts';
import type { Queryable } from '../../store/index.ts';
import { audited } from '../audited.ts';
import type { InstanceMirror } from '../mirror.ts';
import { type InstanceRow, readInstance, updateInstance, writeSecrets } from '../rows.ts';
import { toView } from '../view.ts';
import type { Written } from '../writes.ts';
import type { NextConfig, NextSecret } from './assessment.ts';
import type { Versions } from './way.ts';

export interface MigratedRow {
  readonly row: InstanceRow;
  readonly next: NextConfig;
  readonly versions: Versions;
  readonly at: Date;
  readonly by: Actor | undefined;
}

export async function writeMigrated(
  trx: Queryable,
  { row, next, versions, at, by }: MigratedRow,
  parts: { readonly vault: Vault; readonly audit: Pick<Audit, 'record'>; readonly mirror: InstanceMirror },
): Promise<Written> {
  const { id } = row;
  const { from, to } = versions;
  await replaceSecrets(trx, row, next, parts.vault);
  await updateInstance(trx, {
    ...row,
    config: { ...next.visible },
    config_version: to.manifest.configVersion,
    revision: row.revision + 1,
    updated_at: at,
  });
  const changed = await readInstance(trx, id);
  const [before, after] = [toView(row, from), toView(changed, to)];
  await parts.mirror.wrote(trx, { before, after, secretsSent: new Set(), plugin: to });
  await parts.audit.record(trx, {
    ...(by === undefined ? {} : { actor: by }),
    action: 'instance.migrate',
    entity: { kind: 'instance', id },
    instanceId: id,
    before: audited(before),
    after: audited(after),
  });
  return { row: changed, kinds: ['updated'], isConfigured: true };
}

async function replaceSecrets(trx: Queryable, row: InstanceRow, { secrets }: NextConfig, vault: Vault): Promise<void> {
  const isKept = ([field, { from }]: readonly [string, NextSecret]): boolean =>
    from === field && Object.hasOwn(row.sealed, field);
  const made = [...secrets].filter((entry) => !isKept(entry));
  const kept = new Set([...secrets].filter(isKept).map(([field]) => field));
  if (made.length === 0) return writeSecrets(trx, row.id, [], kept);
  const sealer = await vault.sealerFor(trx, row.client_id);
  const sealed = made.map(([field, { value, reference }]) => {
    const place = { instanceId: row.id, field };
    return reference === undefined ? sealer.seal(place, value) : sealer.sealReference(place, reference);
  });
  await writeSecrets(trx, row.id, sealed, kept);
}
