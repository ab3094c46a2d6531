// Seals and opens the secrets of instances: each client's with a data key of its own, which the master key seals.
import type { Log } from '../log.ts';
import { Problem } from '../errors.ts';
import type { Queryable, Store } from '../store/index.ts';
import { giveUp, holdCurrentKeys, neededMasterKeys, type Owner, unwrapped } from './data-keys.ts';
import { loadMasterKeys, type MasterKeys } from './master-keys.ts';
import { createSealer, openSealed, type Sealer, type SecretPlace, type StoredSecret } from './secret-box.ts';

export interface Vault {
  readonly masterKeys: MasterKeys;
  /** For new secrets of this client's instances, in the transaction that writes them. */
  sealerFor(trx: Queryable, clientId: Owner): Promise<Sealer>;
  sealersFor(trx: Queryable, clientIds: readonly Owner[]): Promise<ReadonlyMap<Owner, Sealer>>;
  /** The secret, or its reference where it has one. @throws Problem when it cannot be opened. */
  open(place: SecretPlace, stored: StoredSecret): string;
}

export function createVault(masterKeys: MasterKeys): Vault {
  const sealersFor: Vault['sealersFor'] = async (trx, clientIds) => {
    const keys = await holdCurrentKeys(trx, clientIds, masterKeys.current);
    return new Map(keys.map((key) => [key.clientId, createSealer(unwrapped(masterKeys, key))]));
  };
  return {
    masterKeys,
    sealersFor,
    async sealerFor(trx, clientId) {
      const sealer = (await sealersFor(trx, [clientId])).get(clientId);
      if (sealer === undefined) throw new Problem('conflict', 'the keys are being rotated', { next: 'Try again.' });
      return sealer;
    },
    open: (place, stored) => openSealed(masterKeys, (key) => unwrapped(masterKeys, key), place, stored),
  };
}

export interface OpenVaultOptions {
  readonly store: Pick<Store, 'db'>;
  readonly masterKey?: string | undefined;
  readonly dataFolder: string;
  /** What a master key that is lost has sealed is given up: it stays where it is, and new secrets get a new key. */
  readonly acceptLostKeys?: boolean | undefined;
  readonly log: Log;
}

/**
 * The vault of a host that starts. A master key that is not the one that the database was sealed with is refused before anything is
 * written.
 */
export async function openVault(options: OpenVaultOptions): Promise<Vault> {
  const { store, masterKey: value, dataFolder, acceptLostKeys = false, log } = options;
  const { db } = store;
  const needed = await neededMasterKeys(db);
  const masterKeys = await loadMasterKeys({ value, dataFolder, needed: acceptLostKeys ? [] : needed });
  const lost = needed.filter((id) => masterKeys.find(id) === undefined);
  if (lost.length > 0 && !acceptLostKeys) throw wrongKey(masterKeys, lost);
  const vault = createVault(masterKeys);
  await db.transaction().execute(async (trx) => {
    if (lost.length > 0) {
      await giveUp(trx, lost);
      log.warn({ masterKeys: lost }, 'secrets that were sealed with these master keys are given up');
    }
    // Made by the first of all hosts: one that has another master key finds out here, and not when it meets a secret.
    await vault.sealerFor(trx, null);
  });
  return vault;
}

function wrongKey(keys: MasterKeys, lost: readonly string[]): Problem {
  const where = keys.source === 'file' ? 'the key file' : 'JACKFIELD_MASTER_KEY';
  return new Problem(
    'config_invalid',
    `the master key is another than before: this database was sealed with ${lost.join(', ')}, ${where} has ${keys.ids.join(', ')}`,
    {
      next:
        'Start the host with the key it had before; a second one may follow it after a comma. If that key is lost for good, ' +
        'start once with JACKFIELD_ACCEPT_LOST_KEYS=yes and set the secrets again. Nothing was changed.',
    },
  );
}
