import { Socket } from 'node:net';
import pg from 'pg';
import type { Limits } from '../limits.ts';
import { CopyClient } from './copy-client.ts';
import type { StoreLog } from './index.ts';

/** How the server knows sessions of hosts. */
export const APPLICATION = 'jackfield';

/** The pool that the host works with. A connection that breaks is logged and replaced; it never ends the host. */
export function createPool(databaseUrl: string, limits: Limits['store'], log: StoreLog): pg.Pool {
  return guarded(
    new pg.Pool({
      ...common(databaseUrl, limits),
      Client: CopyClient,
      max: limits.connections,
      statement_timeout: limits.statementTimeout,
      idle_in_transaction_session_timeout: limits.transactionIdle,
      stream: () => impatientSocket(limits.statementTimeout + limits.connectTimeout),
    }),
    log,
  );
}

/**
 * Gives up a server that has gone silent. Its own timeouts end statements and transactions earlier, and the pool closes idle
 * connections earlier, so whoever still waits then waits for nobody. pg's `query_timeout` would keep the dead connection.
 */
export function impatientSocket(patience: number): Socket {
  const socket = new Socket();
  return socket.setTimeout(patience, () => socket.destroy(new Error('the database has gone silent')));
}

/** One connection without a statement timeout: a migration may wait for another host's, and may take long itself. */
export function createMigrationPool(databaseUrl: string, limits: Limits['store'], log: StoreLog): pg.Pool {
  return guarded(new pg.Pool({ ...common(databaseUrl, limits), max: 1 }), log);
}

/** One connection whose every transaction only reads. */
export function createReadOnlyPool(databaseUrl: string, limits: Limits['store'], log: StoreLog): pg.Pool {
  return guarded(
    new pg.Pool({
      ...common(databaseUrl, limits),
      max: 1,
      options: '-c default_transaction_read_only=on',
      statement_timeout: limits.statementTimeout,
      stream: () => impatientSocket(limits.statementTimeout + limits.connectTimeout),
    }),
    log,
  );
}

function common(databaseUrl: string, limits: Limits['store']): pg.PoolConfig {
  return {
    connectionString: databaseUrl,
    application_name: APPLICATION,
    connectionTimeoutMillis: limits.connectTimeout,
    keepAlive: true,
  };
}

/** pg emits `error` on the pool for idle connections and on the client for those in use; without a listener either ends the process. */
function guarded(pool: pg.Pool, log: StoreLog): pg.Pool {
  const onError = (error: Error): void => log.warn({ err: error }, 'a database connection was lost');
  pool.on('error', onError);
  pool.on('connect', (client) => client.on('error', onError));
  return pool;
}

/** Refuses what is not a PostgreSQL URL, without repeating it: it may hold a password. */
export function assertDatabaseUrl(databaseUrl: string): void {
  const url = URL.parse(databaseUrl);
  if (url?.protocol === 'postgres:' || url?.protocol === 'postgresql:') return;
  throw new Error('DATABASE_URL must look like postgres://user:password@host:5432/database');
}
