// Which deliveries were accepted, in the database: every host must refuse what one of them has accepted, after a restart too. The
// database's clock decides when one is forgotten.
import { sql } from 'kysely';
import type { Queryable } from '../store/index.ts';

export interface DeliveryKey {
  readonly instanceId: string;
  readonly route: string;
  readonly digest: Uint8Array;
}

export async function wasAccepted(db: Queryable, { instanceId, route, digest }: DeliveryKey): Promise<boolean> {
  const found = await db
    .selectFrom('route_delivery')
    .select('route')
    .where('instance_id', '=', instanceId)
    .where('route', '=', route)
    .where('digest', '=', digest)
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst();
  return found !== undefined;
}

/** False when it was accepted before. Of two transactions at once the second waits for the first. */
export async function accept(trx: Queryable, key: DeliveryKey, replayMs: number): Promise<boolean> {
  const { instanceId, route, digest } = key;
  const expires = sql<Date>`now() + ${String(replayMs)}::text::double precision * interval '1 millisecond'`;
  const accepted = await trx
    .insertInto('route_delivery')
    .values({ instance_id: instanceId, route, digest, received_at: sql`now()`, expires_at: expires })
    .onConflict((conflict) =>
      conflict
        .columns(['instance_id', 'route', 'digest'])
        .doUpdateSet({ received_at: sql`excluded.received_at`, expires_at: sql`excluded.expires_at` })
        .where('route_delivery.expires_at', '<=', sql<Date>`now()`),
    )
    .returning('route')
    .executeTakeFirst();
  return accepted !== undefined;
}

/** Forgets old ones, and waits for nobody who does the same. */
export async function forgetOld(trx: Queryable, most: number): Promise<void> {
  await sql`delete from route_delivery where ctid = any(array(
    select ctid from route_delivery where expires_at <= now() limit ${most} for update skip locked
  ))`.execute(trx);
}
