// Whose a thing is, by the id that a request names it by.
import { sql } from 'kysely';
import type { Queryable } from '../store/index.ts';
import type { Owned } from './route-access.ts';

export interface Owner {
  /** Null: it belongs to no client. */
  readonly clientId: string | null;
}

type Row = { readonly client_id: string | null };

/** Undefined when there is no such thing. */
export async function ownerOf(db: Queryable, kind: Owned, id: string): Promise<Owner | undefined> {
  // PostgreSQL has no text with a NUL in it, so it has no such id either.
  if (id.includes('\0')) return undefined;
  const { rows } = await statement(kind, id).execute(db);
  const [row] = rows;
  return row && { clientId: row.client_id };
}

function statement(kind: Owned, id: string) {
  switch (kind) {
    case 'client':
      return sql<Row>`select id as client_id from client where id = ${id}`;
    case 'instance':
      return sql<Row>`select client_id from instance where id = ${id}`;
    case 'dashboard':
      return sql<Row>`select client_id from dashboard where id = ${id}`;
    case 'widget':
      return sql<Row>`
        select dashboard.client_id from widget left join dashboard on dashboard.id = widget.dashboard_id
        where widget.id = ${id}`;
    case 'run':
      return sql<Row>`
        select instance.client_id from run left join instance on instance.id = run.instance_id where run.id = ${id}`;
    case 'repair':
      // Ids that are numbers are compared as text: what is no number has no repair.
      return sql<Row>`
        select instance.client_id from repair left join instance on instance.id = repair.instance_id
        where repair.id = ${numeric(id)}::bigint`;
    case 'reminder':
      return sql<Row>`
        select contract.client_id from reminder join contract on contract.id = reminder.contract_id
        where reminder.id = ${numeric(id)}::bigint`;
    case 'external-system':
    case 'external-instance': {
      const table = kind === 'external-system' ? 'external_systems' : 'external_system_instances';
      return sql<Row>`
        select instance.client_id from ${sql.table(table)} old
        left join legacy_link link on link.legacy_table = ${table} and link.kind = 'instance' and link.legacy_id = old.id
        left join instance on instance.id = link.target_id where old.id = ${numeric(id)}::bigint`;
    }
    case 'external-template':
      return sql<Row>`
        select instance.client_id from external_widget_templates old
        left join legacy_link link on link.legacy_table = 'external_system_instances' and link.kind = 'instance'
          and link.legacy_id = old.instance_id
        left join instance on instance.id = link.target_id where old.id = ${numeric(id)}::bigint`;
    case 'external-mapping':
      return sql<Row>`
        select client.id as client_id from external_mappings old
        left join legacy_link link on link.legacy_table = 'clients' and link.kind = 'client'
          and link.legacy_id::text = old.client_id::text
        left join client on client.id = coalesce(link.target_id, old.client_id::text)
        where old.id = ${numeric(id)}::bigint`;
  }
}

/** Null for what the database could not read as a number. */
function numeric(id: string): string | null {
  return /^\d{1,18}$/.test(id) ? id : null;
}
