// What a removed plugin has left goes when it can no longer be brought back: its instances, what was synced, its widgets and packages.
import { sql } from 'kysely';
import type { Audit } from '../access/index.ts';
import type { Instances, Written } from '../instances/index.ts';
import type { Log } from '../log.ts';
import type { Queryable, Store } from '../store/index.ts';
import { dropTables } from '../sync/index.ts';
import { lockHead } from './desired-rows.ts';

export interface RemovalParts {
  readonly store: Pick<Store, 'db'>;
  readonly audit: Pick<Audit, 'record'>;
  readonly instances: Pick<Instances, 'writes' | 'announce'>;
  readonly log: Log;
}

export async function purgeRemoved(parts: RemovalParts): Promise<void> {
  const { db } = parts.store;
  const due = await dueIn(db).execute();
  for (const { name } of due) {
    const written = await db.transaction().execute((trx) => purge(parts, trx, name));
    if (written === undefined) continue;
    for (const change of written) await parts.instances.announce(change);
    parts.log.info({ plugin: name, instances: written.length }, 'what a removed plugin had left is gone');
  }
}

/** Undefined when somebody has brought it back this moment, or another host was faster. */
async function purge({ audit, instances }: RemovalParts, trx: Queryable, name: string): Promise<Written[] | undefined> {
  await lockHead(trx);
  if ((await dueIn(trx).where('name', '=', name).executeTakeFirst()) === undefined) return undefined;
  const left = await instances.writes.list(trx, name);
  const ids = left.map(({ id }) => id);
  await instances.writes.lock(trx, ids);
  const written: Written[] = [];
  for (const id of ids) written.push(await instances.writes.remove(trx, id));
  await trx.deleteFrom('widget').where('plugin', '=', name).execute();
  await dropTables(trx, name);
  await trx.deleteFrom('plugin').where('name', '=', name).execute();
  await trx.deleteFrom('plugin_version').where('name', '=', name).execute();
  await audit.record(trx, { action: 'plugin.purge', entity: { kind: 'plugin', id: name }, before: { instances: ids } });
  return written;
}

function dueIn(db: Queryable) {
  return db
    .selectFrom('plugin')
    .select('name')
    .where('state', '=', 'removed')
    .where('purge_at', '<', sql<Date>`now()`);
}
