// New keys for everything that is sealed, while the hosts work. Readers find each secret with the key that opens it, before and after its
// step; how far it is stands in the database, so that any host goes on when the one that began it is gone.
import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Actor, type Audit, HOST } from '../access/index.ts';
import { Problem } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/index.ts';
import type { Ticks } from '../ticks.ts';
import { type KeyStatus, readStatus, type RotationView, sealingMasterKeys, toView } from './status.ts';
import {
  beginRotation,
  claimRotation,
  endRotation,
  holdRotation,
  holdStaleSecrets,
  noteProgress,
  type Resealed,
  rewrapKeys,
  type RotationRow,
  writeResealed,
} from './rotation-rows.ts';
import { resealQuarantine } from './rotation-quarantine.ts';
import type { Vault } from './vault.ts';

export interface KeyRotation {
  status(): Promise<KeyStatus>;
  /** @throws Problem `conflict` when one is under way, or there is no new master key. */
  begin(wanted: { readonly dataKeys: boolean; readonly masterKey: boolean }, actor: Actor): Promise<RotationView>;
  /** Works on whatever is under way, and from time to time looks for what another host has left. */
  start(): Promise<void>;
  /** Resolves when the step under way has ended; another host goes on with the next. May be called twice. */
  stop(): Promise<void>;
}

export interface KeyRotationParts {
  readonly store: Pick<Store, 'db' | 'kind'>;
  readonly vault: Vault;
  readonly audit: Pick<Audit, 'record'>;
  readonly limits: Pick<Limits, 'secrets'>;
  readonly ticks: Ticks;
  readonly log: Log;
}

export function createKeyRotation(parts: KeyRotationParts): KeyRotation {
  const { store, vault, audit, ticks, log } = parts;
  const { db } = store;
  const { masterKeys } = vault;
  const limits = parts.limits.secrets;
  const host = randomUUID();
  let working: Promise<void> | undefined;
  let again = false;
  const end = new AbortController();

  async function work(): Promise<void> {
    await masterKeys.reload();
    const claimed = await claimRotation(db, host, limits.lease);
    if (claimed === undefined) return;
    const target = claimed.master_key_id;
    if (target !== null && masterKeys.find(target) === undefined) {
      log.warn({ masterKey: target }, 'a rotation goes on when this host is given the new master key');
      return;
    }
    while (!end.signal.aborted && (await step(parts, claimed.id, host))) {
      // The embedded database answers without a turn of the event loop: requests would wait for the end of all steps.
      await nextTurn();
    }
    if (!end.signal.aborted) await forgetMasterKeys(parts);
  }

  /** Once more when somebody asked meanwhile: what they have begun may have come too late to be seen. */
  async function workAll(): Promise<void> {
    while (again && !end.signal.aborted) {
      again = false;
      await work();
    }
  }

  /** One at a time; a failure is logged, and the next tick goes on. */
  const workOnce = (): Promise<void> => {
    again = true;
    working ??= workAll()
      .catch((error: unknown) => log.error({ err: error }, 'a rotation of the keys was interrupted; it goes on later'))
      .finally(() => {
        working = undefined;
      });
    return working;
  };

  async function begin(kinds: Parameters<typeof beginRotation>[1], actor: Actor): Promise<RotationView> {
    const begun = await db.transaction().execute(async (trx) => {
      const row = await beginRotation(trx, kinds, masterKeys.current);
      const entity = { kind: 'keys', id: row.id };
      await audit.record(trx, { actor, action: 'keys.rotate', entity, after: { ...kinds, total: row.total } });
      return row;
    });
    void workOnce();
    return toView(begun);
  }

  return {
    status: () => readStatus(db, masterKeys),
    async begin({ dataKeys, masterKey }, actor) {
      if (!dataKeys && !masterKey) {
        throw new Problem('config_invalid', 'neither the data keys nor the master key are to be rotated');
      }
      const masterKeyId = masterKey ? await newMasterKey(parts) : null;
      return begin({ dataKeys, masterKeyId }, actor);
    },
    async start() {
      const older = (await sealingMasterKeys(db, 'secrets')).filter((id) => masterKeys.find(id) !== undefined);
      if (older.length > 0) {
        log.info({}, 'the secrets that an older host has sealed are sealed again, each with the key of its client');
        await begin({ dataKeys: false, masterKeyId: null }, HOST).catch((error: unknown) => {
          // Another host was first, or a rotation that does the same is under way.
          if (!(error instanceof Problem && error.code === 'conflict')) throw error;
        });
      }
      ticks.every('key rotation', limits.tick, workOnce);
    },
    async stop() {
      end.abort();
      await working;
    },
  };
}

/** False at the end, or when another host has it. */
function step(parts: KeyRotationParts, id: string, host: string): Promise<boolean> {
  const { store, vault, audit, limits, log } = parts;
  const { lease, batch } = limits.secrets;
  return store.db.transaction().execute(async (trx) => {
    const row = await holdRotation(trx, id, host, lease);
    if (row === undefined) return false;
    const isBehind = row.after_instance.startsWith(QUARANTINE);
    const stale = isBehind ? [] : await holdStaleSecrets(trx, row.after_instance, batch);
    const last = stale.at(-1);
    if (last !== undefined) {
      const sealers = await vault.sealersFor(
        trx,
        stale.map(({ client_id }) => client_id),
      );
      const sealed: Resealed[] = [];
      for (const secret of stale) {
        const place = { instanceId: secret.instance_id, field: secret.field };
        try {
          const opened = vault.open(place, secret);
          const sealer = sealers.get(secret.client_id);
          if (sealer === undefined) continue;
          const next = secret.reference === null ? sealer.seal(place, opened) : sealer.sealReference(place, opened);
          sealed.push({ ...next, instanceId: place.instanceId });
        } catch (error) {
          log.warn({ err: error, ...place }, 'a secret that cannot be opened stays as it is');
        }
      }
      await writeResealed(trx, sealed);
      const failed = stale.length - sealed.length;
      await noteProgress(trx, row, { done: sealed.length, failed, after: last.instance_id });
      return true;
    }
    const kept = await resealQuarantine(trx, { vault, log, after: quarantinedUpTo(row.after_instance), most: batch });
    if (kept !== undefined) {
      await noteProgress(trx, row, { ...kept, after: `${QUARANTINE}${kept.last}` });
      return true;
    }
    const target = row.master_key_id === null ? undefined : vault.masterKeys.find(row.master_key_id);
    const rewrapped = target === undefined ? 0 : await rewrapKeys(trx, vault.masterKeys, target, batch);
    if (rewrapped > 0) {
      await noteProgress(trx, row, { done: rewrapped, failed: 0 });
      return true;
    }
    await endRotation(trx, id);
    await audit.record(trx, endOf(row));
    return false;
  });
}

/** No id of an instance: how far it is in the quarantine, which comes behind all of them. */
const QUARANTINE = '~quarantine/';

function quarantinedUpTo(after: string): number {
  return after.startsWith(QUARANTINE) ? Number(after.slice(QUARANTINE.length)) : 0;
}

function endOf({ id, done, failed }: RotationRow): Parameters<Audit['record']>[1] {
  return { actor: HOST, action: 'keys.rotated', entity: { kind: 'keys', id }, after: { done, failed } };
}

/** Hosts that share a database have to get a new master key from whoever runs them; a host of its own makes one. */
async function newMasterKey({ store, vault }: KeyRotationParts): Promise<string> {
  const { masterKeys } = vault;
  await masterKeys.reload();
  const inUse = await sealingMasterKeys(store.db, 'all');
  if (!inUse.includes(masterKeys.current.id)) return masterKeys.current.id;
  if (inUse.length > 1) return masterKeys.current.id;
  if (store.kind === 'pglite' && masterKeys.source === 'file') return (await masterKeys.add()).id;
  const where = masterKeys.source === 'file' ? 'master.key of every host' : 'JACKFIELD_MASTER_KEY of every host';
  throw new Problem('conflict', 'there is no new master key: everything is sealed with the one that comes first', {
    next:
      `Make one with \`openssl rand -base64 32\`. Add it to ${where}, behind the old one, until each of them knows it; ` +
      'then put it first, and rotate again.',
  });
}

/** A master key that seals nothing any more opens only what was copied before. */
async function forgetMasterKeys({ store, vault }: KeyRotationParts): Promise<void> {
  const { masterKeys } = vault;
  // Other hosts may have files of their own, which only people can change.
  if (store.kind !== 'pglite' || masterKeys.source !== 'file') return;
  const inUse = await sealingMasterKeys(store.db, 'all');
  for (const id of masterKeys.ids) if (!inUse.includes(id)) await masterKeys.drop(id);
}
