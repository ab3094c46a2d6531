import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { problemOf } from '../instances/fixture.ts';
import { type databases, oneOf } from '../support/databases.ts';
import { columns, counts, openFixture, pluginWith, removeOf, streamOf, upsertOf } from './fixture.ts';

const one = {
  id: 'A-1',
  title: 'Größe "x" \\ \n 🦊',
  points: 3,
  hours: 0.1,
  open: true,
  due: '2026-02-03',
  updated: '2026-02-03T04:05:06.789+02:00',
  more: { list: [1, null, 'é'] },
};

async function open(database: (typeof databases)[number], version?: string) {
  const fixture = await openFixture(database);
  await fixture.addInstance('acme');
  await fixture.addInstance('umbrella');
  await fixture.activate(pluginWith({ tickets: streamOf(version === undefined ? {} : { version }) }));
  return fixture;
}

describe.each(oneOf)('rows on $name', (database) => {
  test('a row arrives with every type, as SQL tools expect it', async () => {
    await using fixture = await open(database);
    const big = 2n ** 64n - 1n;
    expect(await fixture.apply('acme', upsertOf([{ ...one, points: big }]))).toEqual(counts({ inserted: 1 }));
    const { rows } = await sql`
      select instance_id, id, title, points::text, hours, open, due::text, updated = '2026-02-03T02:05:06.789Z' as same,
        more, length(row_hash) as hash, synced_at > now() - interval '1 minute' as fresh, deleted_at, deleted_reason
      from tickets.tickets`.execute(fixture.store.db);
    expect(rows).toEqual([
      {
        ...{ instance_id: 'acme', id: 'A-1', title: one.title, points: String(big), hours: 0.1, open: true },
        ...{ due: '2026-02-03', same: true, more: one.more, hash: 22, fresh: true },
        ...{ deleted_at: null, deleted_reason: null },
      },
    ]);
  });

  test('a row that is the same again is not written', async () => {
    await using fixture = await open(database);
    await fixture.apply('acme', upsertOf([one, { ...one, id: 'A-2' }]));
    const place = sql`select ctid::text, xmin::text, synced_at::text from tickets.tickets order by id`;
    const before = await place.execute(fixture.store.db);
    expect(await fixture.apply('acme', upsertOf([one, { ...one, id: 'A-2' }]))).toEqual(counts({ unchanged: 2 }));
    expect((await place.execute(fixture.store.db)).rows).toEqual(before.rows);
  });

  test('a row that differs in one column is updated', async () => {
    await using fixture = await open(database);
    await fixture.apply('acme', upsertOf([one, { ...one, id: 'A-2' }]));
    const changed = upsertOf([
      { ...one, more: { list: [] } },
      { ...one, id: 'A-2' },
    ]);
    expect(await fixture.apply('acme', changed)).toEqual(counts({ updated: 1, unchanged: 1 }));
    expect((await fixture.rows())[0]?.['more']).toEqual({ list: [] });
  });

  test('instances do not share rows', async () => {
    await using fixture = await open(database);
    await fixture.apply('acme', upsertOf([one]));
    expect(await fixture.apply('umbrella', upsertOf([{ ...one, title: 'other' }]))).toEqual(counts({ inserted: 1 }));
    await fixture.apply('umbrella', removeOf([{ id: 'A-1' }]));
    expect((await fixture.rows()).map((row) => [row['instance_id'], row['title'], row['deleted_at']])).toEqual([
      ['acme', one.title, null],
      ['umbrella', 'other', expect.any(Date)],
    ]);
  });

  test('of rows with one key in a batch the last one wins', async () => {
    await using fixture = await open(database);
    const batch = upsertOf([
      { ...one, title: 'first' },
      { ...one, title: 'second' },
      { ...one, title: 'last' },
    ]);
    expect(await fixture.apply('acme', batch)).toEqual(counts({ inserted: 1, unchanged: 2 }));
    expect((await fixture.rows()).map((row) => row['title'])).toEqual(['last']);
  });

  test('an older row never replaces a newer one, in one batch or in two', async () => {
    await using fixture = await open(database, 'updated');
    const at = (title: string, updated: string | null) => ({ ...one, title, updated });
    const early = '2026-01-01T00:00:00+05:00';
    const late = '2025-12-31T23:30:00Z';
    expect(await fixture.apply('acme', upsertOf([at('new', late), at('old', early), at('none', null)]))).toEqual(
      counts({ inserted: 1, unchanged: 2 }),
    );
    expect(await fixture.apply('acme', upsertOf([at('old', early)]))).toEqual(counts({ unchanged: 1 }));
    expect(await fixture.apply('acme', upsertOf([at('none', null)]))).toEqual(counts({ unchanged: 1 }));
    expect((await fixture.rows()).map((row) => row['title'])).toEqual(['new']);
    expect(await fixture.apply('acme', upsertOf([at('same time', late)]))).toEqual(counts({ updated: 1 }));
    await fixture.apply('acme', removeOf([{ id: 'A-1' }]));
    // What was sent before the deletion and arrives after it.
    expect(await fixture.apply('acme', upsertOf([at('old', early)]))).toEqual(counts({ unchanged: 1 }));
    expect((await fixture.rows())[0]?.['deleted_at']).not.toBeNull();
  });

  test('versions written as text grow by their bytes', async () => {
    await using fixture = await open(database, 'title');
    await fixture.apply('acme', upsertOf([{ ...one, title: 'a' }]));
    expect(await fixture.apply('acme', upsertOf([{ ...one, title: 'B' }]))).toEqual(counts({ unchanged: 1 }));
  });

  test('a removed row stays with its reason, and one that comes back is alive again', async () => {
    await using fixture = await open(database);
    await fixture.apply('acme', upsertOf([one]));
    const gone = [{ id: 'A-1' }, { id: 'A-1' }, { id: 'never there' }];
    expect(await fixture.apply('acme', removeOf(gone, 'moved'))).toEqual(counts({ deleted: 1, unchanged: 2 }));
    expect((await fixture.rows())[0]).toMatchObject({ deleted_reason: 'moved', title: one.title });
    expect(await fixture.apply('acme', removeOf([{ id: 'A-1' }], 'again'))).toEqual(counts({ unchanged: 1 }));
    expect((await fixture.rows())[0]).toMatchObject({ deleted_reason: 'moved' });
    expect(await fixture.apply('acme', upsertOf([one]))).toEqual(counts({ updated: 1 }));
    expect((await fixture.rows())[0]).toMatchObject({ deleted_reason: null, deleted_at: null });
  });

  test('changes are applied in their order', async () => {
    await using fixture = await open(database);
    const changes = [upsertOf([one]), removeOf([{ id: 'A-1' }]), upsertOf([{ ...one, id: 'A-2' }])];
    expect(await fixture.apply('acme', ...changes)).toEqual(counts({ inserted: 2, deleted: 1 }));
    expect(await fixture.apply('acme', upsertOf([]))).toEqual(counts({}));
  });

  test('rows that the table cannot hold are left out, counted and explained; the others of their batch are written', async () => {
    await using fixture = await open(database);
    const good = Array.from({ length: 40 }, (_, n) => ({ ...one, id: `G-${n}` }));
    const reject = async (bad: object) => {
      const rows = [...good.slice(0, 17), { ...one, id: 'bad', ...bad }, ...good.slice(17)];
      return fixture.apply('acme', upsertOf(rows));
    };
    expect(await reject({ due: '2026-02-31' })).toEqual(
      counts({ inserted: 40, rejected: 1, rejection: 'a date or time does not exist' }),
    );
    const rest = { unchanged: 40, rejected: 1 };
    expect(await reject({ updated: '2026-02-03T25:61:00Z' })).toMatchObject(rest);
    expect(await reject({ points: 10n ** 200_000n })).toMatchObject({ ...rest, rejection: 'a number is out of range' });
    expect(await reject({ id: null })).toEqual(counts({ ...rest, rejection: 'a column of the primary key is null' }));
    const noise = Array.from({ length: 20_000 }, (_, n) => ((n * 7919) % 4096).toString(36)).join('');
    expect(await reject({ id: noise })).toMatchObject({ ...rest, rejection: 'the primary key is too long' });
    expect(await fixture.apply('acme', removeOf([{ id: null }, { id: 'G-1' }]))).toMatchObject({
      deleted: 1,
      rejected: 1,
    });
    expect((await fixture.rows()).length).toBe(40);
  });

  test('what text in the database cannot hold is replaced, also in keys and in JSON', async () => {
    await using fixture = await open(database);
    const row = { ...one, id: 'a\0b', title: '\0 \ud800 \\u0000 \\\\u0000 🦊 \udc00', more: { 'k\0': ['\udfff'] } };
    expect(await fixture.apply('acme', upsertOf([row]))).toEqual(counts({ inserted: 1 }));
    expect((await fixture.rows())[0]).toMatchObject({
      id: 'a\ufffdb',
      title: '\ufffd \ufffd \\u0000 \\\\u0000 🦊 \ufffd',
      more: { 'k\ufffd': ['\ufffd'] },
    });
    expect(await fixture.apply('acme', upsertOf([row]))).toEqual(counts({ unchanged: 1 }));
    expect(await fixture.apply('acme', removeOf([{ id: 'a\0b' }]))).toEqual(counts({ deleted: 1 }));
  });

  test('a line that is no row is rejected alone', async () => {
    await using fixture = await open(database);
    const lines = ['not json\n', '5\n', '\n', '{"id":"\0"}\n', Buffer.from('{"\xff":1}\n', 'latin1'), '{"id":"cut'];
    for (const [n, line] of lines.entries()) {
      const around = [upsertOf([{ ...one, id: `before ${n}` }]), upsertOf([{ ...one, id: `after ${n}` }])];
      // What is cut off ends the batch.
      const parts = [around[0]?.bytes, Buffer.from(line), n === lines.length - 1 ? undefined : around[1]?.bytes];
      const bytes = Buffer.concat(parts.filter((part) => part !== undefined));
      const result = await fixture.apply('acme', { stream: 'tickets', kind: 'upsert', reason: null, bytes });
      expect(result).toMatchObject({ inserted: parts[2] === undefined ? 1 : 2, rejected: 1 });
    }
  });

  test('values are data, whatever they look like', async () => {
    await using fixture = await open(database);
    const id = `'); drop table tickets.tickets; --`;
    await fixture.apply('acme', upsertOf([{ ...one, id }]), removeOf([{ id }], `'; drop table instance; --`));
    expect(await fixture.rows()).toMatchObject([{ id, deleted_reason: `'; drop table instance; --` }]);
  });

  test('rows commit with what else the caller writes, or not at all', async () => {
    await using fixture = await open(database);
    const { db } = fixture.store;
    const target = { plugin: 'tickets', instanceId: 'acme' };
    const failed = db.transaction().execute(async (trx) => {
      await fixture.tables.apply(trx, target, [upsertOf([one, { ...one, id: 'A-2', due: '2026-02-31' }])]);
      throw new Error('the caller gave up');
    });
    await expect(failed).rejects.toThrow('the caller gave up');
    expect(await fixture.rows()).toEqual([]);
    const unknown = fixture.apply('acme', upsertOf([one]), { ...upsertOf([one]), stream: 'nothing' });
    expect((await problemOf(unknown)).code).toBe('not_found');
    expect(await fixture.rows()).toEqual([]);
  });

  test('nothing is written for an instance that is gone, or is of another plugin', async () => {
    await using fixture = await open(database);
    await fixture.addInstance('other', 'else');
    for (const id of ['nobody', 'other']) {
      expect((await problemOf(fixture.apply(id, upsertOf([one])))).code).toBe('gone');
      expect((await problemOf(fixture.apply(id, removeOf([{ id: 'A-1' }])))).code).toBe('gone');
    }
    expect(await fixture.rows()).toEqual([]);
  });

  test('a key of several columns of several types', async () => {
    await using fixture = await openFixture(database);
    await fixture.addInstance('acme');
    const primaryKey = ['id', 'points', 'due', 'open'];
    await fixture.activate(pluginWith({ tickets: streamOf({ primaryKey }) }));
    const rows = [one, { ...one, points: 4 }, { ...one, due: '2026-02-04' }, { ...one, open: false }];
    expect(await fixture.apply('acme', upsertOf(rows))).toEqual(counts({ inserted: 4 }));
    const { id, points, due, open } = one;
    expect(await fixture.apply('acme', removeOf([{ id, points, due, open }]))).toEqual(counts({ deleted: 1 }));
  });

  test('a table whose columns are all in the key', async () => {
    await using fixture = await openFixture(database);
    await fixture.addInstance('acme');
    const id = columns.slice(0, 1);
    await fixture.activate(pluginWith({ tickets: streamOf({ columns: id }) }));
    const change = upsertOf([{ id: 'a' }, { id: 'b' }], 'tickets', id);
    expect(await fixture.apply('acme', change)).toEqual(counts({ inserted: 2 }));
    expect(await fixture.apply('acme', change)).toEqual(counts({ unchanged: 2 }));
  });
});
