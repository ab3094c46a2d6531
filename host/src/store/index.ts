// The database: PostgreSQL when there is a URL, else the embedded one (PGlite) in the data folder.
//
// PGlite has one connection. Inside `db.transaction()` use the transaction that is handed in and nothing else: a query on `db`
// waits for the transaction that waits for it. So a function that may be part of somebody's transaction takes a `Queryable`.
import type { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect, PostgresDialect, sql } from 'kysely';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import { repeated, toContention } from './contention.ts';
import { type GuardedTable, guardTable, raiseWall, remedy, seeOnly } from './client-wall.ts';
import type { Database } from './database.ts';
import { migrate } from './migrate.ts';
import { openPglite } from './pglite.ts';
import { assertDatabaseUrl, createMigrationPool, createPool } from './postgres.ts';

export { repeated } from './contention.ts';
export { CopyData } from './copy-client.ts';
export type * from './database.ts';
export { isDatabaseLost } from './lost.ts';
export { listen } from './notices.ts';
export { PREPARED } from './prepared.ts';
export { openReadOnly } from './read-only.ts';
export { endStuckCopies } from './stuck-copies.ts';
export { toDatabaseProblem } from './told.ts';

export type StoreLog = Pick<Log, 'info' | 'warn'>;

/** The database or a transaction on it. */
export type Queryable = Kysely<Database>;

export interface StoreOptions {
  /** `postgres://…`; without it the embedded database is used. */
  readonly databaseUrl?: string | undefined;
  /** Made when it is missing. */
  readonly dataFolder: string;
  readonly limits: Limits['store'];
  readonly log: StoreLog;
}

/** For libraries that bring their own tables. */
export type StoreConnection =
  | { readonly kind: 'pglite'; readonly pglite: PGlite }
  | { readonly kind: 'postgres'; readonly databaseUrl: string };

export interface Store extends AsyncDisposable {
  readonly db: Kysely<Database>;
  readonly kind: 'pglite' | 'postgres';
  readonly connection: StoreConnection;
  /**
   * Reads for somebody who may see the things of these clients: whatever `read` asks for, the database shows nothing else. For all
   * clients, and where the database user may not make roles, it is the database itself.
   */
  readAs<T>(clients: 'all' | ReadonlySet<string>, read: (db: Queryable) => Promise<T>): Promise<T>;
  /**
   * Writes in a transaction of its own, which is tried again when it loses against another: `work` may run several times.
   * @throws Problem `conflict`, with when to come again, when it keeps losing.
   */
  transact<T>(work: (trx: Queryable) => Promise<T>): Promise<T>;
  /** Makes that hold for a table whose rows have an `instance_id`, which the caller has just made. */
  guard(trx: Queryable, table: GuardedTable): Promise<void>;
  /** Rejects when the database does not answer within the connect timeout. */
  ping(): Promise<void>;
  /** May be called twice. */
  close(): Promise<void>;
}

/** Opens the database and migrates it to this program's version. */
export async function openStore(options: StoreOptions): Promise<Store> {
  return options.databaseUrl === undefined
    ? openEmbedded(options)
    : openServer({ ...options, databaseUrl: options.databaseUrl });
}

async function openEmbedded({ dataFolder, limits, log }: StoreOptions): Promise<Store> {
  await using stack = new AsyncDisposableStack();
  const { pglite, lock } = await openPglite(dataFolder);
  stack.use(lock);
  stack.defer(() => pglite.close());
  const db = new Kysely<Database>({ dialect: new PGliteDialect({ pglite }) });
  const reader = await bringUp(db, log);
  return createStore({ connection: { kind: 'pglite', pglite }, db, reader, limits }, stack.move());
}

async function openServer(options: StoreOptions & { readonly databaseUrl: string }): Promise<Store> {
  const { databaseUrl, limits, log } = options;
  assertDatabaseUrl(databaseUrl);
  const reader = await bringUpServer(options);
  const stack = new AsyncDisposableStack();
  const db = stack.use(
    new Kysely<Database>({ dialect: new PostgresDialect({ pool: createPool(databaseUrl, limits, log) }) }),
  );
  return createStore({ connection: { kind: 'postgres', databaseUrl }, db, reader, limits }, stack);
}

/** On a connection that may wait. */
async function bringUpServer({ databaseUrl = '', limits, log }: StoreOptions): Promise<string | undefined> {
  const pool = createMigrationPool(databaseUrl, limits, log);
  await using db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  return await bringUp(db, log);
}

/** Tables as this program has them, and the wall between clients. Returns the role that reads behind it. */
async function bringUp(db: Kysely<Database>, log: StoreLog): Promise<string | undefined> {
  const migrations = await migrate(db);
  if (migrations.length > 0) log.info({ migrations }, 'the database was migrated');
  try {
    return await raiseWall(db);
  } catch (error) {
    if ((error as { code?: unknown }).code !== INSUFFICIENT_PRIVILEGE) throw error;
    log.warn(
      { err: error, remedy: await remedy(db) },
      'row-level security is off: the database user may not make a role for it; have its administrator run the remedy, and start again',
    );
    return undefined;
  }
}

const INSUFFICIENT_PRIVILEGE = '42501';

interface StoreParts {
  readonly connection: StoreConnection;
  readonly db: Kysely<Database>;
  readonly reader: string | undefined;
  readonly limits: Limits['store'];
}

function createStore({ connection, db, reader, limits }: StoreParts, stack: AsyncDisposableStack): Store {
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= stack.disposeAsync());
  return {
    db,
    kind: connection.kind,
    connection,
    readAs(clients, read) {
      if (clients === 'all' || reader === undefined) return read(db);
      return db
        .transaction()
        .setAccessMode('read only')
        .execute(async (trx) => {
          await seeOnly(reader, clients).execute(trx);
          return read(trx);
        });
    },
    transact: (work) =>
      repeated(() => db.transaction().execute(work), limits.commits).catch((error: unknown) => {
        throw toContention(error, limits.contendedRetry);
      }),
    async guard(trx, table) {
      if (reader !== undefined) await guardTable(trx, reader, table);
    },
    close,
    [Symbol.asyncDispose]: close,
    ping: () => within(limits.connectTimeout, sql`select 1`.execute(db)),
  };
}

async function within(deadline: number, answer: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const message = `the database did not answer within ${deadline} ms`;
  const timer = setTimeout(() => late.reject(new Error(message)), deadline);
  try {
    await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
