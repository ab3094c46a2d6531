// One open database for each kind and process, emptied for every test: opening one takes a second, emptying it a few milliseconds.
import { sql } from 'kysely';
import { defaultLimits } from '../../host/src/limits.ts';
import { openStore, type Store } from '../../host/src/store/index.ts';
import type { DatabaseKind } from './databases.ts';
import { silentLog } from './log.ts';

/** A process that runs tests runs many files: what is open stays so until it ends. Databases and folders go with the test run. */
const opened = new Map<DatabaseKind['name'], Promise<Store>>();

/** A store with no rows and no streams' tables. It is shared: do not close it, and do not use two at a time. */
export async function cleanStore(kind: DatabaseKind): Promise<Store> {
  const known = opened.get(kind.name);
  const opening = known ?? open(kind);
  opened.set(kind.name, opening);
  const store = await opening;
  if (known !== undefined) await empty(store);
  return store;
}

async function open(kind: DatabaseKind): Promise<Store> {
  return openStore({ ...(await kind.open()), limits: defaultLimits.store, log: silentLog });
}

async function empty({ db }: Store): Promise<void> {
  const { rows: schemas } = await sql<{ name: string }>`
    select nspname as name from pg_namespace
    where nspname !~ '^pg_' and nspname not in ('public', 'pgboss', 'information_schema')`.execute(db);
  for (const { name } of schemas) await sql`drop schema ${sql.id(name)} cascade`.execute(db);
  const { rows: tables } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'public' and tablename !~ '^kysely_'`.execute(db);
  const names = tables.map(({ name }) => sql.id('public', name));
  await db.transaction().execute(async (trx) => {
    // Audit entries are kept from everybody but this.
    await sql`set local session_replication_role = replica`.execute(trx);
    await sql`truncate ${sql.join(names)} restart identity cascade`.execute(trx);
  });
}
