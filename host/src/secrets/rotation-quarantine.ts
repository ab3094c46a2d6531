// Secrets of rows that no instance has: those that an import of the old world has put into its quarantine.
import { sql } from 'kysely';
import type { Log } from '../log.ts';
import type { Queryable } from '../store/index.ts';
import type { SecretPlace, StoredKey } from './secret-box.ts';
import type { Vault } from './vault.ts';

/** Not an id that an instance could have. */
export function quarantinePlace(table: string, id: string): SecretPlace {
  return { instanceId: `legacy:${table}/${id}`, field: 'secrets' };
}

interface Stale {
  readonly id: number;
  readonly legacy_table: string;
  readonly legacy_id: string;
  readonly secrets: string;
  readonly key: StoredKey;
}

/** Seals the next ones again, those after row `after`. Undefined at the end. */
export async function resealQuarantine(
  trx: Queryable,
  {
    vault,
    log,
    after,
    most,
  }: { readonly vault: Vault; readonly log: Log; readonly after: number; readonly most: number },
): Promise<{ readonly done: number; readonly failed: number; readonly last: number } | undefined> {
  const { rows } = await sql<Stale>`
    select kept.id, kept.legacy_table, kept.legacy_id, kept.secrets,
      jsonb_build_object('id', key.id, 'clientId', key.client_id, 'masterKeyId', key.master_key_id,
        'wrapped', key.wrapped, 'destroyedAt', null) as key
    from legacy_quarantine kept join data_key key on key.id = kept.key_id
    where key.state = 'old' and kept.secrets is not null and kept.id > ${after}
    order by kept.id limit ${most} for update of kept`.execute(trx);
  const last = rows.at(-1)?.id;
  if (last === undefined) return undefined;
  const sealer = await vault.sealerFor(trx, null);
  let failed = 0;
  for (const { id, legacy_table, legacy_id, secrets, key } of rows) {
    const place = quarantinePlace(legacy_table, legacy_id);
    try {
      const opened = vault.open(place, { ciphertext: secrets, reference: null, key });
      const { ciphertext, keyId } = sealer.seal(place, opened);
      await trx
        .updateTable('legacy_quarantine')
        .set({ secrets: ciphertext, key_id: keyId })
        .where('id', '=', id)
        .execute();
    } catch (error) {
      failed += 1;
      log.warn({ err: error, ...place }, 'secrets in the quarantine that cannot be opened stay as they are');
    }
  }
  return { done: rows.length - failed, failed, last };
}
