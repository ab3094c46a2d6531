// What row-level security costs somebody who is limited to a client, beside the same statement without it: `npm run bench -- client-wall`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { defaultLimits } from '../../../host/src/limits.ts';
import { openStore, type Queryable, type Store } from '../../../host/src/store/index.ts';
import { silentLog } from '../../support/log.ts';
import { startOwnPostgres } from '../../support/postgres.ts';

const CLIENTS = 100;
const INSTANCES_EACH = 5;
const ROWS_EACH = 1000;
const ROUNDS = 7;
const OF_C7: ReadonlySet<string> = new Set(['c7']);
const THEIRS = sql.join(Array.from({ length: INSTANCES_EACH }, (_, n) => `i${7 + n * CLIENTS}`));

/** With the WHERE of the first wall in each, as a host asks. */
const READS: Readonly<Record<string, { readonly times: number; readonly read: (db: Queryable) => Promise<unknown> }>> =
  {
    'one row by its id': {
      times: 300,
      read: (db) => db.selectFrom('instance').select('client_id').where('id', '=', 'i7').execute(),
    },
    'the instances': {
      times: 300,
      read: (db) => db.selectFrom('instance').selectAll().where('client_id', '=', 'c7').execute(),
    },
    'a count of 5,000 rows': {
      times: 100,
      read: (db) => sql`select count(*) from shop.orders where instance_id in (${THEIRS})`.execute(db),
    },
    'a sum of 5,000 rows by instance': {
      times: 100,
      read: (db) =>
        sql`select o.instance_id, sum(price) from shop.orders o join instance i on i.id = o.instance_id
        where o.instance_id in (${THEIRS}) and deleted_at is null group by 1 order by 1`.execute(db),
    },
  };

await using server = await startOwnPostgres();
const dataFolder = await mkdtemp(join(tmpdir(), 'jackfield-bench-'));
await using stack = new AsyncDisposableStack();
stack.defer(() => rm(dataFolder, { recursive: true }));
await using store = await openStore({
  dataFolder,
  databaseUrl: server.url,
  limits: defaultLimits.store,
  log: silentLog,
});
await fill(store);

for (const [name, { times, read }] of Object.entries(READS)) {
  const [plain, walled]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    plain.push(await time(times, () => store.readAs('all', read)));
    walled.push(await time(times, () => store.readAs(OF_C7, read)));
  }
  const [without, within] = [median(plain), median(walled)];
  process.stdout.write(
    `${name.padEnd(34)} ${without.toFixed(2)} ms without, ${within.toFixed(2)} ms behind it: ` +
      `${(within - without).toFixed(2)} ms more, ${(within / without).toFixed(2)} times\n`,
  );
}

async function fill({ db, guard }: Store): Promise<void> {
  await sql`insert into client (id, name, time_zone, revision, created_at, updated_at)
    select 'c' || n, 'c' || n, 'UTC', 1, now(), now() from generate_series(0, ${CLIENTS - 1}::int) n`.execute(db);
  await sql`insert into instance
      (id, plugin, name, client_id, enabled, config, config_version, revision, created_at, updated_at)
    select 'i' || n, 'shop', 'i' || n, 'c' || n % ${CLIENTS}::int, true, '{}', 1, 1, now(), now()
    from generate_series(0, ${CLIENTS * INSTANCES_EACH - 1}::int) n`.execute(db);
  await db.transaction().execute(async (trx) => {
    await sql`create schema shop`.execute(trx);
    await sql`create table shop.orders (instance_id text, id text, price numeric, deleted_at timestamptz,
      primary key (instance_id, id))`.execute(trx);
    await guard(trx, { schema: 'shop', table: 'orders' });
  });
  await sql`insert into shop.orders select i.id, n::text, n from instance i, generate_series(1, ${ROWS_EACH}::int) n`.execute(
    db,
  );
  await sql`vacuum analyze`.execute(db);
}

/** Milliseconds for each. */
async function time(times: number, read: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  for (let n = 0; n < times; n += 1) await read();
  return (performance.now() - startedAt) / times;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
