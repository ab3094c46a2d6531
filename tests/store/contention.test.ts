// Two transactions that wait for each other: PostgreSQL ends one of them, and nobody who wrote through the store hears of it.
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { openStore, toDatabaseProblem } from '../../host/src/store/index.ts';
import { server } from '../support/databases.ts';
import { silentLog } from '../support/log.ts';

const NAMES = ['one', 'two'] as const;

test('of two that wait for each other both are written, the loser at another try', async () => {
  await using place = await server.open();
  await using store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
  await sql`create table crossing (name text primary key, n integer not null)`.execute(store.db);
  await sql`insert into crossing values ('one', 0), ('two', 0)`.execute(store.db);
  const held = NAMES.map(() => Promise.withResolvers<void>());
  let tries = 0;
  const cross = (index: number): Promise<void> =>
    store.transact(async (trx) => {
      tries += 1;
      const mine = NAMES[index];
      await sql`update crossing set n = n + 1 where name = ${mine}`.execute(trx);
      held[index]?.resolve();
      await Promise.all(held.map(({ promise }) => promise));
      await sql`update crossing set n = n + 1 where name <> ${mine}`.execute(trx);
    });
  await Promise.all([cross(0), cross(1)]);
  expect(tries).toBe(3);
  const { rows } = await sql`select n from crossing`.execute(store.db);
  expect(rows).toEqual([{ n: 2 }, { n: 2 }]);
});

test('of what keeps losing nothing is written, and it says when to come again', async () => {
  await using place = await server.open();
  await using store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
  await sql`create table crossing (n integer not null)`.execute(store.db);
  await sql`insert into crossing values (0)`.execute(store.db);
  let tries = 0;
  const losing = store.transact(async (trx) => {
    tries += 1;
    await sql`set transaction isolation level repeatable read`.execute(trx);
    await sql`select n from crossing`.execute(trx);
    // Somebody else is faster, each time.
    await sql`update crossing set n = n + 1`.execute(store.db);
    await sql`update crossing set n = 100`.execute(trx);
  });
  await expect(losing).rejects.toMatchObject({
    code: 'conflict',
    options: { retryAfterMs: defaultLimits.store.contendedRetry, cause: { code: '40001' } },
  });
  expect(tries).toBe(defaultLimits.store.commits);
  const { rows } = await sql`select n from crossing`.execute(store.db);
  expect(rows).toEqual([{ n: tries }]);
});

test('what loses in a transaction that nobody repeats is a conflict too, and does not say that nothing was written', async () => {
  await using place = await server.open();
  await using store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
  await sql`create table crossing (n integer not null)`.execute(store.db);
  await sql`insert into crossing values (0)`.execute(store.db);
  const losing = store.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => {
      await sql`select n from crossing`.execute(trx);
      await sql`update crossing set n = n + 1`.execute(store.db);
      await sql`update crossing set n = 100`.execute(trx);
    });
  const told = await losing.catch((error: unknown) => toDatabaseProblem(error, defaultLimits.store));
  expect(told).toMatchObject({
    code: 'conflict',
    options: {
      next: expect.stringContaining('send again what is missing'),
      retryAfterMs: defaultLimits.store.contendedRetry,
    },
  });
});
