// What somebody is given: a role, and the clients that they are limited to.
import { type AliasedRawBuilder, sql } from 'kysely';
import { Problem } from '../errors.ts';
import type { Queryable } from '../store/index.ts';
import type { ClientScope } from './client-scope.ts';
import { ROLES, type Role } from '../roles.ts';

export interface Grant {
  readonly role: Role;
  /** Ids; null: all clients, now and later. */
  readonly clients: readonly string[] | null;
}

/** PostgreSQL has no text with a NUL in it. */
const text = { type: 'string', pattern: String.raw`^[^\0]*$` } as const;

export const nameSchema: object = { ...text, minLength: 1, maxLength: 120 };

export const grantSchemas: { readonly role: object; readonly clients: object } = {
  role: { enum: ROLES },
  clients: {
    type: ['array', 'null'],
    uniqueItems: true,
    maxItems: 1000,
    items: { ...text, maxLength: 200 },
    description: 'Ids of the only clients whose things it is good for; null or left out: all clients.',
  },
};

/** Holds the clients, so that none goes meanwhile. @throws Problem `config_invalid` when one is not there. */
export async function assertClients(trx: Queryable, clients: readonly string[] | null): Promise<void> {
  if (clients === null || clients.length === 0) return;
  const rows = await trx
    .selectFrom('client')
    .select('id')
    .where('id', 'in', [...clients])
    .forKeyShare()
    .execute();
  const known = new Set(rows.map(({ id }) => id));
  const errors = clients.flatMap((id, index) =>
    known.has(id) ? [] : [{ pointer: `/clients/${index}`, message: 'is no client' }],
  );
  if (errors.length === 0) return;
  throw new Problem('config_invalid', errors.map(({ pointer, message }) => `${pointer} ${message}`).join('; '), {
    errors,
    next: 'GET /api/clients lists the clients; POST /api/clients creates one.',
  });
}

/** As rows are read: whether all, and else which. */
export function clientsOf(row: {
  readonly all_clients: boolean;
  readonly clients: readonly string[];
}): Grant['clients'] {
  return row.all_clients ? null : row.clients;
}

export function scopeOf(clients: Grant['clients']): ClientScope {
  return clients === null ? 'all' : new Set(clients);
}

/** The clients of a row, as a column: `table` has a row for each, `owner` is its column for whose it is. */
export function clientsColumn(table: string, owner: string, ofRow: string): AliasedRawBuilder<string[], 'clients'> {
  return sql<string[]>`coalesce((
    select jsonb_agg(_granted.client_id order by _granted.client_id) from ${sql.table(table)} _granted
    where ${sql.ref(`_granted.${owner}`)} = ${sql.ref(ofRow)}), '[]'::jsonb)`.as('clients');
}
