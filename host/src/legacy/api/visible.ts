// Which rows somebody may see who is limited to clients: those of their instances, and what their clients are called elsewhere.
import { sql } from 'kysely';
import { type ClientScope, ofClients } from '../../access/index.ts';
import type { Store } from '../../store/index.ts';
import type { OldTable } from './tables.ts';

export async function visibleIds(
  { readAs }: Pick<Store, 'readAs'>,
  { table }: Pick<OldTable, 'table'>,
  clients: ClientScope,
): Promise<ReadonlySet<number> | 'all'> {
  if (clients === 'all') return 'all';
  const { rows } = await readAs(clients, (seen) => statement(table, clients).execute(seen));
  return new Set(rows.map(({ id }) => id));
}

function statement(table: OldTable['table'], clients: ClientScope) {
  switch (table) {
    case 'external_widget_templates':
      return sql<{ id: number }>`
        select template.id from external_widget_templates template
        join legacy_link link on link.legacy_table = 'external_system_instances' and link.kind = 'instance'
          and link.legacy_id = template.instance_id
        join instance on instance.id = link.target_id where ${ofClients(clients, 'instance.client_id')}`;
    case 'external_mappings':
      return sql<{ id: number }>`
        select mapping.id from external_mappings mapping
        left join legacy_link link on link.legacy_table = 'clients' and link.kind = 'client'
          and link.legacy_id::text = mapping.client_id::text
        join client on client.id = coalesce(link.target_id, mapping.client_id::text)
        where ${ofClients(clients, 'client.id')}`;
    default:
      return sql<{ id: number }>`
        select link.legacy_id as id from legacy_link link join instance on instance.id = link.target_id
        where link.legacy_table = ${table} and link.kind = 'instance' and ${ofClients(clients, 'instance.client_id')}`;
  }
}
