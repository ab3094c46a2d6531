// Keeps the refresh token that a vendor has put in the place of the stored one. It is the same connection as before: no new revision,
// nobody is told.
import type { RefreshTokenPlace, RefreshTokens } from '../gateway/index.ts';
import type { Vault } from '../secrets/index.ts';
import type { Store } from '../store/index.ts';
import { type InstanceRow, lockInstance, readInstances, revisionOf, upsertSecret } from './rows.ts';
import { openStored } from './secrets.ts';

export function createRefreshTokens({ store, vault }: { store: Pick<Store, 'db'>; vault: Vault }): RefreshTokens {
  const { db } = store;
  const tokenOf = (row: InstanceRow, field: string): unknown => openStored(row, [field], vault)[field];
  return {
    async read({ instanceId, revision, field }: RefreshTokenPlace) {
      const [row] = await readInstances(db, { id: instanceId });
      // A token that was stored with another config may belong to another account: an open run must not get it.
      if (row === undefined || revisionOf(row) !== revision) return undefined;
      const token = tokenOf(row, field);
      return typeof token === 'string' ? token : undefined;
    },

    replace({ instanceId, field }, expected, next) {
      return db.transaction().execute(async (trx) => {
        await lockInstance(trx, instanceId);
        const [row] = await readInstances(trx, { id: instanceId });
        const stored = row && tokenOf(row, field);
        if (typeof stored !== 'string' || !expected.includes(stored)) return false;
        const sealer = await vault.sealerFor(trx, row?.client_id ?? null);
        await upsertSecret(trx, instanceId, sealer.seal({ instanceId, field }, next));
        return true;
      });
    },
  };
}
