// Rows that could not be moved. Their secrets are sealed as those of instances are, in one piece: a scrub of the old tables loses none.
import { sql } from 'kysely';
import { quarantinePlace, type Vault } from '../../secrets/index.ts';
import type { Queryable } from '../../store/index.ts';
import { keyOf, type State, type Step } from './planning.ts';

/** In the transaction that writes the rest of the step. */
export async function writeQuarantine(
  trx: Queryable,
  { found, quarantine, masked, plugin }: Step,
  vault: Vault,
): Promise<void> {
  const { table, keptAs: id } = found;
  if (quarantine === undefined) {
    await trx.deleteFrom('legacy_quarantine').where('legacy_table', '=', table).where('legacy_id', '=', id).execute();
    return;
  }
  const { reason, detail, secrets } = quarantine;
  const kept = new Map([...(await openQuarantine(trx, vault, { table, id })), ...secrets]);
  const sealed =
    kept.size === 0
      ? undefined
      : (await vault.sealerFor(trx, null)).seal(quarantinePlace(table, id), JSON.stringify(Object.fromEntries(kept)));
  const row = {
    ...{ plugin, reason, detail, row: plainJson(masked) },
    ...{ secrets: sealed?.ciphertext ?? null, key_id: sealed?.keyId ?? null },
  };
  await trx
    .insertInto('legacy_quarantine')
    .values({ legacy_table: table, legacy_id: id, ...row })
    .onConflict((conflict) =>
      conflict.columns(['legacy_table', 'legacy_id']).doUpdateSet({ ...row, updated_at: sql<Date>`now()` }),
    )
    .execute();
}

/** A mask in a row that is read again stands for what is sealed already. */
async function openQuarantine(
  trx: Queryable,
  vault: Vault,
  { table, id }: { readonly table: string; readonly id: string },
): Promise<ReadonlyMap<string, string>> {
  const all = await readQuarantine(trx, vault, { table, id });
  return all.get(keyOf(table, id))?.secrets ?? new Map();
}

/** With open secrets: not for logs or answers. What cannot be opened is as if there were none. */
export async function readQuarantine(
  db: Queryable,
  vault: Vault,
  only?: { readonly table: string; readonly id: string },
): Promise<State['quarantine']> {
  let query = db
    .selectFrom('legacy_quarantine as q')
    .leftJoin('data_key as key', 'key.id', 'q.key_id')
    .select(['q.legacy_table', 'q.legacy_id', 'q.reason', 'q.secrets'])
    .select([
      'key.id as key_id',
      'key.client_id as key_client',
      'key.master_key_id as key_master',
      'key.wrapped as key_wrapped',
    ]);
  if (only !== undefined) query = query.where('legacy_table', '=', only.table).where('legacy_id', '=', only.id);
  const rows = await query.execute();
  return new Map(
    rows.map((row) => {
      const key =
        row.key_id === null || row.key_master === null
          ? null
          : {
              ...{ id: row.key_id, clientId: row.key_client, masterKeyId: row.key_master },
              ...{ wrapped: row.key_wrapped, destroyedAt: null },
            };
      const stored = row.secrets === null ? undefined : { ciphertext: row.secrets, reference: null, key };
      const place = quarantinePlace(row.legacy_table, row.legacy_id);
      return [
        keyOf(row.legacy_table, row.legacy_id),
        { reason: row.reason, secrets: stored === undefined ? new Map() : opened(vault, place, stored) },
      ];
    }),
  );
}

function opened(
  vault: Vault,
  place: ReturnType<typeof quarantinePlace>,
  stored: Parameters<Vault['open']>[1],
): ReadonlyMap<string, string> {
  try {
    return new Map(Object.entries(JSON.parse(vault.open(place, stored)) as Record<string, string>));
  } catch {
    return new Map();
  }
}

/** PostgreSQL's jsonb has no NUL. */
export function plainJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === 'string' ? item.replaceAll('\0', '') : item));
}
