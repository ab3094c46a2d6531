// The statements on `legacy_link`: what a row of an old table is here.
import type { LegacyTable, LinkRow } from '../rows.ts';
import type { Queryable } from '../../store/index.ts';

export type LinkKind = LinkRow['kind'];

/** What the row has become; undefined: nothing that there is now. */
export async function targetOf(
  db: Queryable,
  table: LegacyTable,
  id: number,
  kind: LinkKind,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('legacy_link')
    .select('target_id')
    .where('legacy_table', '=', table)
    .where('legacy_id', '=', id)
    .where('kind', '=', kind)
    .executeTakeFirst();
  return row?.target_id;
}

/** By old id. */
export async function targetsOf(
  db: Queryable,
  table: LegacyTable,
  kind: LinkKind,
): Promise<ReadonlyMap<number, string>> {
  const rows = await db
    .selectFrom('legacy_link')
    .select(['legacy_id', 'target_id'])
    .where('legacy_table', '=', table)
    .where('kind', '=', kind)
    .execute();
  return new Map(rows.map(({ legacy_id, target_id }) => [legacy_id, target_id]));
}

export type Source = Pick<LinkRow, 'legacy_table' | 'legacy_id'>;

/** The rows that stand for it. */
export async function sourcesOf(db: Queryable, kind: LinkKind, targetId: string): Promise<Source[]> {
  return db
    .selectFrom('legacy_link')
    .select(['legacy_table', 'legacy_id'])
    .where('kind', '=', kind)
    .where('target_id', '=', targetId)
    .orderBy('legacy_table')
    .orderBy('legacy_id')
    .execute();
}

export async function addLink(db: Queryable, link: Omit<LinkRow, 'created_at'>): Promise<void> {
  const { origin, plugin, target_id } = link;
  await db
    .insertInto('legacy_link')
    .values(link)
    .onConflict((conflict) =>
      conflict.columns(['legacy_table', 'legacy_id', 'kind']).doUpdateSet({ origin, plugin, target_id }),
    )
    .execute();
}

export async function removeLinks(db: Queryable, table: LegacyTable, id: number, kind?: LinkKind): Promise<void> {
  const removing = db.deleteFrom('legacy_link').where('legacy_table', '=', table).where('legacy_id', '=', id);
  await (kind === undefined ? removing : removing.where('kind', '=', kind)).execute();
}
