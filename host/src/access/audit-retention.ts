// Old entries go, and the chain stays provable: an entry says up to which, and the hash that the first one left has to follow.
import { type RawBuilder, sql } from 'kysely';
import type { Limits } from '../limits.ts';
import type { Queryable, Store } from '../store/index.ts';
import { HOST } from './actor.ts';
import type { Audit } from './audit.ts';

export const CUT = 'audit.cut';

/** `after` of the entry that accounts for a cut. */
export interface Cut {
  readonly from: number;
  readonly through: number;
  /** When the last of them was written; ISO 8601. */
  readonly until: string;
  /** Of the last of them, in hex. */
  readonly hash: string;
}

export interface RetentionParts {
  readonly store: Pick<Store, 'db'>;
  readonly audit: Pick<Audit, 'record'>;
  readonly limits: Limits['audit'];
  /** The database's time; tests move it. */
  readonly now?: RawBuilder<Date>;
}

/** Cuts what is too old, in bounded steps. Returns how many entries went. */
export async function cutAudit(parts: RetentionParts): Promise<number> {
  const { db } = parts.store;
  // What accounts for a cut is no part of it, however the clocks stand.
  const head = await db.selectFrom('audit_head').select('seq').executeTakeFirst();
  const most = Number(head?.seq ?? 0);
  let cut = 0;
  for (;;) {
    const step = await db.transaction().execute((trx) => cutSome(trx, parts, most));
    if (step === 0) return cut;
    cut += step;
  }
}

async function cutSome(
  trx: Queryable,
  { audit, limits, now = sql<Date>`now()` }: RetentionParts,
  most: number,
): Promise<number> {
  const { keep, cutRows } = limits;
  // Nobody writes meanwhile, and two hosts do not cut the same.
  await sql`select 1 from audit_head for update`.execute(trx);
  const { rows } = await sql<{ from: number; through: number; until: Date; hash: string }>`
    with oldest as (select seq, at, hash from audit_entry where seq <= ${most} order by seq limit ${cutRows}),
      young as (select min(seq) as seq from oldest where at >= ${now} - ${keep}::float8 * interval '1 millisecond')
    select seq::float8 as through, (select min(seq) from oldest)::float8 as from, at as until, encode(hash, 'hex') as hash
    from oldest where seq < coalesce((select seq from young), seq + 1) order by seq desc limit 1`.execute(trx);
  const [last] = rows;
  if (last === undefined) return 0;
  const after: Cut = { ...last, until: last.until.toISOString() };
  const entity = { kind: 'audit', id: `${last.from}-${last.through}` };
  await audit.record(trx, { actor: HOST, action: CUT, entity, after });
  await sql`select set_config('jackfield.audit_cut', ${String(last.through)}, true)`.execute(trx);
  const { numDeletedRows } = await trx
    .deleteFrom('audit_entry')
    .where(sql<boolean>`seq <= ${last.through}`)
    .executeTakeFirst();
  return Number(numDeletedRows);
}
