import type { Queryable } from '../store/index.ts';

/** Which instances work, as far as is known: a check that fails on another says nothing about a new version. */
export async function readHealthy(db: Queryable, plugin: string): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('instance as i')
    .leftJoin('instance_health as h', 'h.instance_id', 'i.id')
    .select('i.id')
    .where('i.plugin', '=', plugin)
    .where('h.failure', 'is', null)
    .where('h.refusal', 'is', null)
    .where('h.quarantine', 'is', null)
    .execute();
  return new Set(rows.map(({ id }) => id));
}
