// Crypto-shredding: the keys of a client are destroyed, and with them every stored secret of its instances, wherever a copy of it is.
import { sql } from 'kysely';
import type { Audit } from '../access/index.ts';
import { Problem } from '../errors.ts';
import type { Hooks } from '../kernel/index.ts';
import type { Log } from '../log.ts';
import { destroyKeys } from '../secrets/index.ts';
import type { Store } from '../store/index.ts';
import { announceChange } from './instances.ts';
import { type InstanceMirror, NO_MIRROR } from './mirror.ts';
import { readInstances } from './rows.ts';
import { toView } from './view.ts';

export interface Shredded {
  /** Data keys that are gone. */
  readonly keys: number;
  /** Ids of its instances, which are disabled now. */
  readonly instances: readonly string[];
}

export type Shred = (clientId: string, confirm: string) => Promise<Shredded>;

export interface ShredParts {
  readonly store: Pick<Store, 'db'>;
  readonly hooks: Pick<Hooks, 'instance'>;
  readonly audit: Pick<Audit, 'record'>;
  readonly log: Log;
  readonly mirror?: InstanceMirror;
}

/** `confirm`: the id once more. @throws Problem `not_found`, or `config_invalid` when it is another. */
export function createShred({ store, hooks, audit, log, mirror = NO_MIRROR }: ShredParts): Shred {
  const { db } = store;
  return async (clientId, confirm) => {
    if (confirm !== clientId) {
      const errors = [{ pointer: '/confirm', message: 'must be the id of the client' }];
      throw new Problem('config_invalid', 'the keys of a client cannot be had back', { errors });
    }
    const { keys, rows } = await db.transaction().execute(async (trx) => {
      await mirror.begin(trx);
      const client = await trx
        .selectFrom('client')
        .select('id')
        .where('id', '=', clientId)
        .forUpdate()
        .executeTakeFirst();
      if (client === undefined) {
        throw new Problem('not_found', `there is no client "${clientId}"`, {
          next: 'GET /api/clients lists the clients.',
        });
      }
      const owned = await trx
        .selectFrom('instance')
        .select('id')
        .where('client_id', '=', clientId)
        .orderBy('id')
        .forUpdate()
        .execute();
      const before = await readInstances(trx, { clients: new Set([clientId]) });
      const rows = await trx
        .updateTable('instance')
        .set({ enabled: false, revision: sql<number>`revision + 1`, updated_at: sql<Date>`now()` })
        .where('client_id', '=', clientId)
        .returning(['id', 'plugin'])
        .execute();
      const keys = await destroyKeys(trx, clientId);
      // Of an older host: sealed with the master key, which others need.
      await sql`
        delete from instance_secret secret using instance
        where instance.id = secret.instance_id and instance.client_id = ${clientId} and secret.ciphertext like 'v1.%'`.execute(
        trx,
      );
      for (const row of before) {
        const view = toView(row, undefined);
        await mirror.wrote(trx, { before: view, after: { ...view, enabled: false }, secretsSent: new Set() });
      }
      const instances = owned.map(({ id }) => id);
      const entity = { kind: 'client', id: clientId };
      await audit.record(trx, { action: 'client.shred', entity, after: { keysDestroyed: keys, instances } });
      return { keys, rows };
    });
    for (const { id, plugin } of rows) {
      await announceChange({ hooks, log }, { kind: 'disabled', id, plugin });
    }
    return { keys, instances: rows.map(({ id }) => id).toSorted() };
  };
}
