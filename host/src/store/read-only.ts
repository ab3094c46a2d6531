// Another PostgreSQL, to read from: no statement can change anything there.
import { Kysely, PostgresDialect } from 'kysely';
import type { Limits } from '../limits.ts';
import type { StoreLog } from './index.ts';
import { createReadOnlyPool } from './postgres.ts';

/** `databaseUrl`: may hold a password. Nothing is connected yet. */
export function openReadOnly(databaseUrl: string, limits: Limits['store'], log: StoreLog): Kysely<never> {
  return new Kysely<never>({ dialect: new PostgresDialect({ pool: createReadOnlyPool(databaseUrl, limits, log) }) });
}
