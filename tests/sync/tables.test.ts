import type { ManifestStream } from '@jackfield/schemas';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { identifier, schemaOf } from '../../host/src/sync/table-shape.ts';
import { problemOf } from '../instances/fixture.ts';
import { databases, server } from '../support/databases.ts';
import { columns, counts, type Fixture, fixtureOn, openFixture, pluginWith, streamOf, upsertOf } from './fixture.ts';

const repairs = (fixture: Fixture, plugin = 'tickets') =>
  fixture.tables.list(plugin).map(({ id, repair }) => [id, repair]);
const one = { id: 'A-1', title: 'a', points: 1 };

async function columnsOf(fixture: Fixture, table = 'tickets'): Promise<Record<string, string>> {
  const { rows } = await sql<{ name: string; type: string }>`
    select column_name as name, data_type as type from information_schema.columns
    where table_schema = 'tickets' and table_name = ${table} order by ordinal_position`.execute(fixture.store.db);
  return Object.fromEntries(rows.map(({ name, type }) => [name, type]));
}

const withColumn = (name: string, type: (typeof columns)[number]['type']): ManifestStream =>
  streamOf({ columns: columns.map((column) => (column.name === name ? { name, type } : column)) });

describe.each(databases)('stream tables on $name', (database) => {
  test('a plugin that becomes active has a typed table for each stream, and its own schema', async () => {
    await using fixture = await openFixture(database);
    await fixture.activate(pluginWith({ tickets: streamOf(), people: streamOf({ title: 'People' }) }));
    expect(await columnsOf(fixture)).toEqual({
      ...{ instance_id: 'text', id: 'text', title: 'text', points: 'numeric', hours: 'double precision' },
      ...{ open: 'boolean', due: 'date', updated: 'timestamp with time zone', more: 'jsonb' },
      ...{ row_hash: 'text', synced_at: 'timestamp with time zone' },
      ...{ deleted_at: 'timestamp with time zone', deleted_reason: 'text' },
    });
    expect(await columnsOf(fixture, 'people')).toEqual(await columnsOf(fixture));
    expect(fixture.tables.list('tickets')).toMatchObject([
      { id: 'tickets', schema: 'tickets', table: 'tickets', primaryKey: ['id'], columns },
      { id: 'people', title: 'People' },
    ]);
  });

  test('making them again changes nothing, and an inactive plugin keeps its rows', async () => {
    await using fixture = await openFixture(database);
    await fixture.addInstance('acme');
    const plugin = pluginWith({ tickets: streamOf() });
    await fixture.activate(plugin);
    await fixture.apply('acme', upsertOf([one]));
    await fixture.activate(plugin);
    await fixture.activate(plugin, false);
    expect(fixture.tables.list('tickets')).toEqual([]);
    expect((await problemOf(fixture.apply('acme', upsertOf([one])))).code).toBe('not_found');
    await fixture.activate(plugin);
    expect(await fixture.apply('acme', upsertOf([one]))).toEqual(counts({ unchanged: 1 }));
  });

  test('the older version going does not take the newer one along', async () => {
    await using fixture = await openFixture(database);
    const [older, newer] = [pluginWith({ tickets: streamOf() }), pluginWith({ tickets: streamOf() })];
    await fixture.activate(older);
    await fixture.activate(newer);
    await fixture.activate(older, false);
    expect(fixture.tables.list('tickets')).toHaveLength(1);
  });

  test('a new column is added, and an old one stays', async () => {
    await using fixture = await openFixture(database);
    await fixture.addInstance('acme');
    await fixture.activate(pluginWith({ tickets: streamOf() }));
    await fixture.apply('acme', upsertOf([one]));
    const [id, , ...rest] = columns;
    const changed = [...(id ? [id] : []), ...rest, { name: 'extra', type: 'integer' as const }];
    await fixture.activate(pluginWith({ tickets: streamOf({ columns: changed }) }));
    expect(repairs(fixture)).toEqual([['tickets', undefined]]);
    const rows = [{ id: 'A-1', extra: 5 }, { id: 'A-2' }];
    expect(await fixture.apply('acme', upsertOf(rows, 'tickets', changed))).toEqual(
      counts({ inserted: 1, updated: 1 }),
    );
    expect(await fixture.rows()).toMatchObject([
      { id: 'A-1', title: 'a', extra: '5' },
      { id: 'A-2', title: null, extra: null },
    ]);
  });

  test('a changed type puts that stream to rest with a reason that names the column; others go on', async () => {
    await using fixture = await openFixture(database);
    await fixture.addInstance('acme');
    await fixture.activate(pluginWith({ tickets: streamOf(), people: streamOf() }));
    await fixture.apply('acme', upsertOf([one]));
    const changed = pluginWith({ tickets: withColumn('points', 'string'), people: streamOf() });
    await fixture.activate(changed);
    const reason = 'column "points" of "tickets"."tickets" is numeric, and this version of the plugin declares it text';
    expect(repairs(fixture)).toEqual([
      ['tickets', reason],
      ['people', undefined],
    ]);
    expect(fixture.errors).toEqual([{ plugin: 'tickets', stream: 'tickets', reason }]);
    const refused = await problemOf(fixture.apply('acme', upsertOf([one])));
    expect([refused.code, refused.message]).toEqual(['conflict', expect.stringContaining(reason)]);
    const read = fixture.readView({ stream: 'tickets' }, { plugin: 'tickets', instanceIds: ['acme'] });
    expect((await problemOf(read)).code).toBe('conflict');
    expect(await fixture.apply('acme', upsertOf([one], 'people'))).toEqual(counts({ inserted: 1 }));
    await fixture.activate(pluginWith({ tickets: streamOf(), people: streamOf() }));
    expect(await fixture.apply('acme', upsertOf([one]))).toEqual(counts({ unchanged: 1 }));
  });

  test('so does a changed key, and a name that PostgreSQL keeps for itself', async () => {
    await using fixture = await openFixture(database);
    await fixture.activate(pluginWith({ tickets: streamOf(), people: streamOf({ primaryKey: ['id', 'points'] }) }));
    await fixture.activate(
      pluginWith({
        tickets: streamOf({ primaryKey: ['id', 'title'] }),
        people: streamOf({ primaryKey: ['points', 'id'] }),
        things: streamOf({ columns: [...columns, { name: 'ctid', type: 'string' }] }),
      }),
    );
    expect(repairs(fixture)).toEqual([
      [
        'tickets',
        'the primary key of "tickets"."tickets" is "id", and this version of the plugin declares "id", "title"',
      ],
      ['people', expect.stringContaining('is "id", "points", and this version of the plugin declares "points", "id"')],
      ['things', 'column "ctid" has a name that PostgreSQL keeps for itself'],
    ]);
    expect(await columnsOf(fixture, 'things')).toEqual({});
  });

  test("somebody else's table of that name is left alone", async () => {
    await using fixture = await openFixture(database);
    await sql`create schema tickets`.execute(fixture.store.db);
    await sql`create table tickets.tickets (precious text)`.execute(fixture.store.db);
    await sql`create table tickets.empty ()`.execute(fixture.store.db);
    await fixture.activate(pluginWith({ tickets: streamOf(), empty: streamOf(), people: streamOf() }));
    expect(repairs(fixture)).toEqual([
      ['tickets', 'there is a table "tickets"."tickets" already, and it was not made for this stream'],
      ['empty', 'there is a table "tickets"."empty" already, and it was not made for this stream'],
      ['people', undefined],
    ]);
    expect(await columnsOf(fixture)).toEqual({ precious: 'text' });
  });

  test('a table that was dropped is made again', async () => {
    await using fixture = await openFixture(database);
    await fixture.activate(pluginWith({ tickets: streamOf() }));
    await sql`drop table tickets.tickets`.execute(fixture.store.db);
    await fixture.hooks.instance.promise({ kind: 'deleted', id: 'acme', plugin: 'tickets' });
    await fixture.activate(pluginWith({ tickets: streamOf() }));
    expect(repairs(fixture)).toEqual([['tickets', undefined]]);
  });

  test('a plugin that is called like a schema of the system has another one', async () => {
    await using fixture = await openFixture(database);
    for (const name of ['public', 'pgboss', 'information-schema', 'pg-catalog']) {
      await fixture.addInstance(`of-${name}`, name);
      await fixture.activate(pluginWith({ instance: streamOf() }, name));
      const target = { plugin: name, instanceId: `of-${name}` };
      await fixture.tables.apply(fixture.store.db, target, [upsertOf([one], 'instance')]);
    }
    // The queue in pgboss has a table of that name itself.
    const { rows } = await sql<{ at: string }>`
      select table_schema || '.' || table_name as at from information_schema.tables
      where table_name = 'instance' and table_schema <> 'pgboss' order by 1`.execute(fixture.store.db);
    expect(rows.map(({ at }) => at)).toEqual([
      'information-schema.instance',
      'pg-catalog.instance',
      'plugin_pgboss.instance',
      'plugin_public.instance',
      'public.instance',
    ]);
    // The host's own table is as it was.
    const own = await fixture.store.db.selectFrom('instance').select('id').execute();
    expect(own).toHaveLength(4);
  });

  test("an instance's rows go with it, those of others stay, whether the plugin is active or not", async () => {
    await using fixture = await openFixture(database, { deleteRows: 2 });
    const plugin = pluginWith({ tickets: streamOf(), people: streamOf() });
    await fixture.activate(plugin);
    for (const id of ['acme', 'umbrella']) {
      await fixture.addInstance(id);
      const rows = Array.from({ length: 5 }, (_, n) => ({ id: `${n}` }));
      await fixture.apply(id, upsertOf(rows), upsertOf(rows, 'people'));
    }
    await fixture.activate(plugin, false);
    await fixture.store.db.deleteFrom('instance').where('id', '=', 'acme').execute();
    await fixture.hooks.instance.promise({ kind: 'deleted', id: 'acme', plugin: 'tickets' });
    for (const table of ['tickets.tickets', 'tickets.people']) {
      expect((await fixture.rows(table)).map((row) => row['instance_id'])).toEqual(Array(5).fill('umbrella'));
    }
  });

  test('what a deletion that was cut short left behind goes at the next start, or when the id is used again', async () => {
    await using place = await database.open();
    {
      await using fixture = await fixtureOn(place);
      await fixture.activate(pluginWith({ tickets: streamOf() }));
      for (const id of ['acme', 'beta', 'gone', 'zeta']) {
        await fixture.addInstance(id);
        await fixture.apply(id, upsertOf([one, { id: 'A-2' }]));
      }
      await fixture.store.db.deleteFrom('instance').where('id', 'in', ['beta', 'gone']).execute();
      await fixture.addInstance('beta');
      await fixture.hooks.instance.promise({ kind: 'created', id: 'beta', plugin: 'tickets' });
      const left = (await fixture.rows()).map((row) => row['instance_id']);
      expect(left).toEqual(['acme', 'acme', 'gone', 'gone', 'zeta', 'zeta']);
    }
    await using restarted = await fixtureOn(place);
    await restarted.activate(pluginWith({ tickets: streamOf() }));
    expect((await restarted.rows()).map((row) => row['instance_id'])).toEqual(['acme', 'acme', 'zeta', 'zeta']);
  });
});

test('ten hosts may make the same tables at once', async () => {
  await using place = await server.open();
  await using first = await fixtureOn(place);
  await first.addInstance('acme');
  const others = await Promise.all(Array.from({ length: 9 }, () => fixtureOn(place)));
  const hosts = [first, ...others];
  try {
    const streams = { tickets: streamOf(), people: streamOf(), things: streamOf() };
    await Promise.all(hosts.map((host) => host.activate(pluginWith(streams))));
    const wider = { ...streams, things: streamOf({ columns: [...columns, { name: 'extra', type: 'json' }] }) };
    await Promise.all(hosts.map((host) => host.activate(pluginWith(wider))));
    for (const host of hosts) expect(repairs(host).filter(([, repair]) => repair !== undefined)).toEqual([]);
    expect(await first.apply('acme', upsertOf([one], 'things'))).toEqual(counts({ inserted: 1 }));
  } finally {
    for (const host of others) await host[Symbol.asyncDispose]();
  }
});

test('rows that are being written and the deletion of their instance wait for each other', async () => {
  await using fixture = await openFixture(server);
  await fixture.addInstance('acme');
  await fixture.activate(pluginWith({ tickets: streamOf() }));
  const { db } = fixture.store;
  const order: string[] = [];
  let deleting: Promise<unknown> | undefined;
  await db.transaction().execute(async (trx) => {
    await fixture.tables.apply(trx, { plugin: 'tickets', instanceId: 'acme' }, [upsertOf([one])]);
    deleting = db
      .deleteFrom('instance')
      .where('id', '=', 'acme')
      .execute()
      .then(() => order.push('deleted'));
    await expect
      .poll(async () => (await sql`select 1 from pg_locks where not granted`.execute(trx)).rows.length)
      .toBeGreaterThan(0);
    order.push('written');
  });
  await deleting;
  expect(order).toEqual(['written', 'deleted']);
  await fixture.hooks.instance.promise({ kind: 'deleted', id: 'acme', plugin: 'tickets' });
  expect(await fixture.rows()).toEqual([]);
});

test('a table that another session holds puts its stream to rest, not the plugin', async () => {
  await using fixture = await openFixture(server, { tableLock: 50 });
  await fixture.activate(pluginWith({ tickets: streamOf() }));
  const extra = streamOf({ columns: [...columns, { name: 'extra', type: 'json' }] });
  await fixture.store.db.transaction().execute(async (trx) => {
    await sql`lock table tickets.tickets in share mode`.execute(trx);
    await fixture.activate(pluginWith({ tickets: extra, people: streamOf() }));
  });
  expect(repairs(fixture)).toEqual([
    ['tickets', expect.stringContaining('another session holds it')],
    ['people', undefined],
  ]);
  await fixture.activate(pluginWith({ tickets: extra }));
  expect(repairs(fixture)).toEqual([['tickets', undefined]]);
});

test('a database user who may not make schemas has streams at rest, and a reason', async () => {
  await using place = await server.open();
  const role = `limited_${place.databaseUrl?.slice(-12)}`;
  await using owner = await fixtureOn(place);
  await sql`create role ${sql.id(role)} login`.execute(owner.store.db);
  await sql`grant all on all tables in schema public to ${sql.id(role)}`.execute(owner.store.db);
  const url = new URL(place.databaseUrl ?? '');
  url.username = role;
  try {
    await using limited = await fixtureOn({ ...place, databaseUrl: url.href });
    await limited.activate(pluginWith({ tickets: streamOf() }));
    expect(repairs(limited)).toEqual([['tickets', expect.stringContaining('grant CREATE on the database')]]);
  } finally {
    await sql`drop owned by ${sql.id(role)}`.execute(owner.store.db);
    await sql`drop role ${sql.id(role)}`.execute(owner.store.db);
  }
});

test('names that are too long for PostgreSQL stay different, and short ones stay themselves', () => {
  expect([schemaOf('jira'), schemaOf('pg_toast'), schemaOf('information_schema'), identifier('a'.repeat(63))]).toEqual([
    'jira',
    'plugin_pg_toast',
    'plugin_information_schema',
    'a'.repeat(63),
  ]);
  const names = ['a'.repeat(64), `${'a'.repeat(64)}b`, 'é'.repeat(40), `${'é'.repeat(40)}x`].map(identifier);
  expect(new Set(names).size).toBe(4);
  for (const name of names) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
  for (const name of names) expect(name).not.toContain('\ufffd');
});
