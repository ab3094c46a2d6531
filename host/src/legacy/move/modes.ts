// How far the move of each plugin is. Whoever writes in either shape holds the lock of the move together with others; whoever takes a
// step holds it alone, so that no write is under way while the rules change.
import { sql } from 'kysely';
import type { Queryable } from '../../store/index.ts';
import type { LegacyMode } from '../rows.ts';

/** Of this host's advisory locks. */
const MOVE = 7_106_311;

/** First in the transaction of a write: whoever waits for it must have locked nothing. */
export async function holdMove(trx: Queryable): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(${MOVE})`.execute(trx);
}

/** First in the transaction of a step. */
export async function stopMove(trx: Queryable): Promise<void> {
  await sql`select pg_advisory_xact_lock(${MOVE})`.execute(trx);
}

export interface Move {
  readonly mode: LegacyMode;
  /** Since when the old API is on its way out. */
  readonly dualSince: Date | null;
  /** When it will be gone. */
  readonly sunsetAt: Date | null;
}

export const NOT_MOVED: Move = { mode: 'legacy', dualSince: null, sunsetAt: null };

/** `undefined`: of what belongs to no plugin, which stays where it is. */
export async function moveOf(db: Queryable, plugin: string | undefined): Promise<Move> {
  if (plugin === undefined) return NOT_MOVED;
  return (await readMoves(db, plugin)).get(plugin) ?? NOT_MOVED;
}

/** By plugin; those that have never moved are not in it. */
export async function readMoves(db: Queryable, plugin?: string): Promise<ReadonlyMap<string, Move>> {
  const query = db.selectFrom('legacy_mode').select(['plugin', 'mode', 'dual_since', 'sunset_at']).orderBy('plugin');
  const rows = await (plugin === undefined ? query : query.where('plugin', '=', plugin)).execute();
  return new Map(
    rows.map(({ plugin: name, mode, dual_since, sunset_at }) => [
      name,
      { mode, dualSince: dual_since, sunsetAt: sunset_at },
    ]),
  );
}

export async function writeMove(trx: Queryable, plugin: string, { mode, dualSince, sunsetAt }: Move): Promise<void> {
  const values = { mode, dual_since: dualSince, sunset_at: sunsetAt, changed_at: sql<Date>`now()` };
  await trx
    .insertInto('legacy_mode')
    .values({ plugin, ...values })
    .onConflict((conflict) => conflict.column('plugin').doUpdateSet(values))
    .execute();
}
