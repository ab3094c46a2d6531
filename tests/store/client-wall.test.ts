// Row-level security by itself: statements that ask for everything, as somebody who is limited to a client.
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAudit } from '../../host/src/access/index.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { openStore, type Queryable, type Store } from '../../host/src/store/index.ts';
import { fillEstate, OWNERS } from '../access/estate.ts';
import { databases, server, type TestDatabase } from '../support/databases.ts';
import { silentLog } from '../support/log.ts';

const OURS: ReadonlySet<string> = new Set(['ours']);
const open = (place: TestDatabase, log = silentLog): Promise<Store> =>
  openStore({ ...place, limits: defaultLimits.store, log });

/** What an estate leaves out, of each owner. */
async function fillTheRest(store: Store): Promise<void> {
  const { db } = store;
  for (const owner of OWNERS) {
    const [instance, client] = [`shop-${owner}`, owner === 'nobodys' ? null : owner];
    await sql`insert into data_key (id, client_id, state, master_key_id, wrapped)
      values (${`key-${owner}`}, ${client}, 'current', 'master', 'sealed')`.execute(db);
    await sql`insert into instance_secret (instance_id, field, key_id, ciphertext)
      values (${instance}, 'token', ${`key-${owner}`}, 'sealed')`.execute(db);
    await sql`insert into instance_health (instance_id) values (${instance}) on conflict do nothing`.execute(db);
    await sql`insert into health_change (instance_id, from_state, to_state) values (${instance}, 'unknown', 'healthy')`.execute(
      db,
    );
    await sql`insert into sync_schedule (instance_id, stream, kind, plugin, every_ms, next_due_at)
      values (${instance}, 'orders', 'read', 'shop', 1000, now())`.execute(db);
    await sql`insert into sync_cursor (instance_id, stream, act) values (${instance}, 'orders', 'run')`.execute(db);
    if (client !== null)
      await sql`insert into client_parameter (client_id, name, value) values (${client}, 'site', '"x"')`.execute(db);
    await sql`insert into legacy_dashboard (dashboard_id, owner_is_missing, document, flags)
      values (${`board-${owner}`}, false, '{}', '[]')`.execute(db);
    const entity = { kind: 'instance', id: instance };
    await db
      .transaction()
      .execute((trx) => createAudit(store).record(trx, { action: 'instance.check', entity, instanceId: instance }));
  }
}

/** A table as those of streams are made. */
async function makeStream(store: Store): Promise<void> {
  await store.db.transaction().execute(async (trx) => {
    await sql`create schema shop`.execute(trx);
    await sql`create table shop.orders (instance_id text not null, id text not null)`.execute(trx);
    await store.guard(trx, { schema: 'shop', table: 'orders' });
  });
  for (const owner of OWNERS)
    await sql`insert into shop.orders values (${`shop-${owner}`}, ${`order-${owner}`})`.execute(store.db);
}

/** Every row of every table as one text, or that it may not be read. */
async function readAll(db: Queryable): Promise<Record<string, string[] | 'denied'>> {
  const { rows } = await sql<{ schema: string; name: string }>`
    select schemaname as schema, tablename as name from pg_tables where schemaname in ('public', 'shop')`.execute(db);
  const found: Record<string, string[] | 'denied'> = {};
  for (const { schema, name } of rows) {
    await sql`savepoint look`.execute(db);
    found[name] = await sql<{ row: string }>`select t::text as row from ${sql.id(schema, name)} t`
      .execute(db)
      .then((answer) => answer.rows.map(({ row }) => row))
      .catch(async (error: unknown) => {
        await sql`rollback to savepoint look`.execute(db);
        if ((error as { code?: unknown }).code !== '42501') throw error;
        return 'denied' as const;
      });
  }
  return found;
}

const READ = [
  ...['client', 'client_parameter', 'contract', 'reminder', 'instance', 'instance_secret', 'data_key'],
  ...[
    'instance_health',
    'health_change',
    'repair',
    'sync_schedule',
    'sync_cursor',
    'run',
    'dashboard',
    'widget',
    'legacy_dashboard',
  ],
  ...['audit_entry', 'orders', 'legacy_link', 'external_systems', 'external_system_instances'],
  ...['external_widget_templates', 'external_mappings'],
];

describe.each(databases)('on $name', (database) => {
  let place: TestDatabase;
  let store: Store;
  beforeAll(async () => {
    place = await database.open();
    await fillEstate(place);
    store = await open(place);
    await fillTheRest(store);
    await makeStream(store);
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  test('a table shows who is limited to a client theirs only, or cannot be read; of one that is new it is the latter', async () => {
    await sql`create table if not exists public.newcomer (instance_id text)`.execute(store.db);
    const seen = await store.readAs(OURS, readAll);
    const read = Object.keys(seen).filter((name) => seen[name] !== 'denied');
    expect(read.toSorted()).toEqual(READ.toSorted());
    // Of each table one row is theirs; a system of the old world and its instance have a link each.
    expect(Object.fromEntries(read.map((name) => [name, seen[name]?.length]))).toEqual(
      Object.fromEntries(READ.map((name) => [name, name === 'legacy_link' ? 2 : 1])),
    );
    // These name instances, of anybody: which of them are told is the room's to say.
    const { widget: _, reminder: __, ...rest } = seen;
    expect(JSON.stringify(rest)).not.toMatch(/theirs|nobodys/);
  });

  test('of no client, or of one that there is not, there is nothing; of two there is theirs', async () => {
    const ids = (clients: readonly string[]) =>
      store.readAs(new Set(clients), async (db) => {
        const { rows } = await sql<{ id: string }>`select id from shop.orders order by id`.execute(db);
        return rows.map(({ id }) => id);
      });
    expect(await ids([])).toEqual([]);
    expect(await ids(['nowhere', '{ours}', 'ours"', "o'urs", 'ours,theirs', 'NULL', ''])).toEqual([]);
    expect(await ids(['theirs', 'ours'])).toEqual(['order-ours', 'order-theirs']);
  });

  test('whoever reads so writes nothing, and the next to use the connection is the host again', async () => {
    for (const statement of [
      sql`insert into shop.orders values ('shop-ours', 'more')`,
      sql`update shop.orders set id = 'other'`,
      sql`delete from instance`,
    ]) {
      await expect(store.readAs(OURS, (db) => statement.execute(db))).rejects.toMatchObject({
        code: /^(25006|42501)$/,
      });
    }
    const { rows } = await sql<{ role: string; user: string; told: string | null }>`
      select current_setting('role') as role, session_user = current_user as user,
        nullif(current_setting('jackfield.clients', true), '') as told`.execute(store.db);
    expect(rows).toEqual([{ role: 'none', user: true, told: null }]);
  });

  test('who is limited to none, and the host itself, read and write everything', async () => {
    const count = async (db: Queryable) =>
      (await sql<{ n: number }>`select count(*)::int as n from shop.orders`.execute(db)).rows[0]?.n;
    expect(await store.readAs('all', count)).toBe(3);
    await sql`
      insert into shop.orders select 'shop-theirs', 'more-' || n from generate_series(1, 5) n`.execute(store.db);
    await sql`update shop.orders set id = 'new' where id = 'more-1'`.execute(store.db);
    await sql`delete from shop.orders where id = 'new' or id like 'more-%'`.execute(store.db);
    expect(await count(store.db)).toBe(3);
  });
});

describe('a server', () => {
  /** A database user of its own. */
  async function withUser(
    rights: string,
    then: (place: TestDatabase, admin: pg.Client, user: string) => Promise<void>,
  ): Promise<void> {
    await using place = await server.openEmpty();
    const url = new URL(place.databaseUrl ?? '');
    const user = `owner_${url.pathname.slice(-12)}`;
    const admin = new pg.Client({ connectionString: url.href });
    await admin.connect();
    try {
      await admin.query(`create user ${user} ${rights}`);
      await admin.query(`alter database ${url.pathname.slice(1)} owner to ${user}`);
      url.username = user;
      await then({ ...place, databaseUrl: url.href }, admin, user);
    } finally {
      const { rows } = await admin.query<{ name: string }>(
        `select distinct r.rolname as name from pg_policy p join pg_roles r on r.oid = any (p.polroles)`,
      );
      for (const { name } of [...rows, { name: user }])
        await admin.query(`reassign owned by ${name} to current_user; drop owned by ${name}; drop role ${name}`);
      await admin.end();
    }
  }

  test('a user who may make roles makes one; a second start and a copy of the database change nothing', async () => {
    await withUser('createrole', async (place) => {
      await using store = await open(place);
      await fillEstate(place);
      expect(await store.readAs(OURS, (db) => db.selectFrom('instance').select('id').execute())).toHaveLength(1);
      const policies = () =>
        sql<{ of: number; more: number }>`select count(*)::int as of, max(oid::bigint)::text as last from pg_policy`
          .execute(store.db)
          .then(({ rows }) => rows);
      const before = await policies();
      await using again = await open(place);
      expect(await again.readAs(OURS, (db) => db.selectFrom('client').select('id').execute())).toEqual([
        { id: 'ours' },
      ]);
      expect(await policies()).toEqual(before);
    });
  });

  test('a user who may not is told what an administrator has to do, and after that the wall stands', async () => {
    await withUser('', async (place, admin) => {
      const remedies: string[] = [];
      const warn = ({ remedy }: { remedy?: string }): unknown => remedy !== undefined && remedies.push(remedy);
      {
        await using store = await open(place, { ...silentLog, warn });
        await fillEstate(place);
        // The host works all the same: the first wall stands.
        expect(await store.readAs(OURS, (db) => db.selectFrom('instance').select('id').execute())).toHaveLength(3);
      }
      expect(remedies).toEqual([expect.stringMatching(/^create role (\w+) nologin; grant \1 to \w+;$/)]);
      await admin.query(remedies[0] ?? '');
      await using store = await open(place);
      expect(await store.readAs(OURS, (db) => db.selectFrom('instance').select('id').execute())).toHaveLength(1);
    });
  });

  test('another user, such as of a BI tool, sees what it was granted, whole', async () => {
    await withUser('createrole', async (place, admin) => {
      await using store = await open(place);
      await fillEstate(place);
      await makeStream(store);
      await admin.query(`grant usage on schema shop to public; grant select on shop.orders to public`);
      await admin.query('create role analyst; set role analyst');
      try {
        expect((await admin.query('select id from shop.orders')).rows).toHaveLength(3);
      } finally {
        await admin.query('reset role; drop role analyst');
      }
    });
  });
});
