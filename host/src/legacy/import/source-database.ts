// Which other database the old world comes from. Two of them have rows of the same ids, and nothing in a row tells whose it is: with a second
// one the rows of the first would be written over.
import { type Kysely, sql } from 'kysely';
import { Problem } from '../../errors.ts';
import type { Queryable } from '../../store/index.ts';

export interface SourceDatabase {
  /** Which it is in which PostgreSQL, wherever that is reached; null: its user may not know. */
  readonly cluster: string | null;
  /** `host:port/database` */
  readonly address: string;
}

/** `db`: a transaction that only reads. */
export async function identify(db: Kysely<never>, url: string): Promise<SourceDatabase> {
  const { hostname, port } = new URL(url);
  const { rows } = await sql<{ name: string; oid: string; isTold: boolean }>`
    select datname as name, oid::text as oid,
      coalesce(has_function_privilege(to_regprocedure('pg_control_system()'), 'execute'), false) as "isTold"
    from pg_database where datname = current_database()`.execute(db);
  const { name = '', oid = '', isTold = false } = rows[0] ?? {};
  const address = `${hostname}:${port || '5432'}/${name}`;
  if (!isTold) return { cluster: null, address };
  const told = await sql<{ id: string }>`select system_identifier::text as id from pg_control_system()`.execute(db);
  return { cluster: `${told.rows[0]?.id}/${oid}`, address };
}

/** @throws Problem `conflict` when the old world here came out of another one. `isMoved`: a person says that it is the same. */
export async function assertSameDatabase(db: Queryable, now: SourceDatabase, isMoved: boolean): Promise<void> {
  const known = await db.selectFrom('legacy_source').select(['cluster', 'address']).executeTakeFirst();
  if (known === undefined || isMoved || isSame(known, now)) return;
  throw new Problem(
    'conflict',
    `${now.address} is another database than the one that was imported here, which was at ${known.address}`,
    {
      next:
        'A host takes in one old world: import this one into a host of its own. If it is the same database, which has moved, ' +
        'say so: jackfield legacy import --moved, or "moved": true.',
    },
  );
}

/** With the first rows of it, in their transaction. */
export async function keepDatabase(trx: Queryable, now: SourceDatabase, isMoved: boolean): Promise<void> {
  await assertSameDatabase(trx, now, isMoved);
  const { cluster, address } = now;
  await trx
    .insertInto('legacy_source')
    .values({ id: true, cluster, address })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet({
        address,
        // What another user of it was told before stays known, but of one that has moved.
        cluster: isMoved ? cluster : sql<string | null>`coalesce(excluded.cluster, legacy_source.cluster)`,
      }),
    )
    .execute();
}

function isSame(known: SourceDatabase, now: SourceDatabase): boolean {
  const areTold = known.cluster !== null && now.cluster !== null;
  return areTold ? known.cluster === now.cluster : known.address === now.address;
}
