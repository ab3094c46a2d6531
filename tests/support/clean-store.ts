// One open database for each kind and test file, emptied for every test: opening one takes a second, emptying it a few milliseconds.
import { sql } from 'kysely';
import { afterAll } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { openStore, type Store } from '../../host/src/store/index.ts';
import type { DatabaseKind } from './databases.ts';
import { silentLog } from './log.ts';

const opened = new Map<DatabaseKind['name'], { readonly store: Store; readonly stack: AsyncDisposableStack }>();

afterAll(async () => {
  for (const { stack } of opened.values()) await stack.disposeAsync();
});

/** A store with no rows and no streams' tables. It is the file's: do not close it, and do not use two at a time. */
export async function cleanStore(kind: DatabaseKind): Promise<Store> {
  const known = opened.get(kind.name);
  if (known !== undefined) {
    await empty(known.store);
    return known.store;
  }
  const stack = new AsyncDisposableStack();
  const place = stack.use(await kind.open());
  const store = stack.use(await openStore({ ...place, limits: defaultLimits.store, log: silentLog }));
  opened.set(kind.name, { store, stack });
  return store;
}

async function empty({ db }: Store): Promise<void> {
  const { rows: schemas } = await sql<{ name: string }>`
    select nspname as name from pg_namespace
    where nspname !~ '^pg_' and nspname not in ('public', 'pgboss', 'information_schema')`.execute(db);
  for (const { name } of schemas) await sql`drop schema ${sql.id(name)} cascade`.execute(db);
  const { rows: tables } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'public' and tablename !~ '^kysely_'`.execute(db);
  const names = tables.map(({ name }) => sql.id('public', name));
  await sql`truncate ${sql.join(names)} restart identity cascade`.execute(db);
}
