// Systems that are only names over their instances: their address was one of theirs when it was set. They stay that wherever the
// instances move, as long as they say the same themselves.
import { SYSTEMS } from '../api/tables.ts';
import { isSameConnection, addressKey, readConnection } from '../import/connections.ts';
import { withKept } from '../masks.ts';
import type { OldRow, Values } from '../old-rows.ts';
import type { Queryable } from '../../store/index.ts';
import { addLink, removeLinks, targetOf } from './links.ts';

export async function becomeName(trx: Queryable, id: number, system: Values, plugin: string): Promise<void> {
  const target_id = addressKey(readConnection(withKept(system)));
  await addLink(trx, { legacy_table: SYSTEMS.table, legacy_id: id, kind: 'name', target_id, plugin, origin: 'legacy' });
}

export async function staysName(db: Queryable, before: OldRow, after: OldRow): Promise<boolean> {
  const place = await targetOf(db, SYSTEMS.table, before.id, 'name');
  if (place === undefined) return false;
  const [was, is] = [readConnection(withKept(before)), readConnection(withKept(after))];
  return addressKey(is) === place && isSameConnection(was, is);
}

export async function endName(trx: Queryable, id: number): Promise<void> {
  await removeLinks(trx, SYSTEMS.table, id, 'name');
}
