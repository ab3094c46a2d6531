// The instances of a system: rows of the old tables that take from their system what they do not say themselves.
import { INSTANCES } from '../api/tables.ts';
import { readOld } from '../old-rows.ts';
import type { Queryable } from '../../store/index.ts';
import { targetsOf } from './links.ts';

/** Ids of the rows, in order, with the instances that they stand for. */
export async function membersOf(db: Queryable, systemId: number): Promise<ReadonlyMap<number, string>> {
  const links = await targetsOf(db, INSTANCES.table, 'instance');
  const rows = await readOld(db, INSTANCES, { system_id: systemId });
  return new Map(rows.flatMap(({ id }) => (links.has(id) ? [[id, links.get(id) ?? ''] as const] : [])));
}
