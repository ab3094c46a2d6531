// The clients whose things somebody may see. What belongs to no client is for those who are limited to none.
import { type RawBuilder, sql } from 'kysely';

export type ClientScope = 'all' | ReadonlySet<string>;

/** `clientId`: of the client that a thing belongs to; null when it belongs to none. */
export function covers(scope: ClientScope, clientId: string | null): boolean {
  return scope === 'all' || (clientId !== null && scope.has(clientId));
}

/** Holds for rows of these clients; `column` is a client's id. */
export function ofClients(scope: ClientScope, column: string): RawBuilder<boolean> {
  if (scope === 'all') return sql<boolean>`true`;
  return scope.size === 0 ? sql<boolean>`false` : sql<boolean>`${sql.ref(column)} in (${sql.join([...scope])})`;
}

/** Holds for rows of their instances; `column` is an instance's id. */
export function ofInstances(scope: ClientScope, column: string): RawBuilder<boolean> {
  if (scope === 'all') return sql<boolean>`true`;
  return sql<boolean>`${sql.ref(column)} in (
    select _owned.id from instance _owned where ${ofClients(scope, '_owned.client_id')})`;
}
