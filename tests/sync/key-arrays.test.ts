// Keys as the worker sends them and as a statement takes them: what comes from a thread is counted, never believed.
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { selectKeys, toKeyArrays } from '../../host/src/sync/key-arrays.ts';
import { RunUpserts } from '../../host/src/sync/run-upserts.ts';
import { server } from '../support/databases.ts';
import { chunkOf, columns, counts, keysOf, openFixture, pluginWith, streamOf } from './fixture.ts';

const postgres = { store: { kind: 'postgres' } } as never;
const row = { id: 'A-1', title: 'a', points: 1 };

describe('keys of rows that are encoded for COPY', () => {
  test('arrive with the type of their column, in the order of the primary key, over several chunks', async () => {
    await using fixture = await openFixture(server);
    const primaryKey = ['updated', 'id', 'points', 'open', 'due', 'hours', 'more'];
    await fixture.activate(pluginWith({ tickets: streamOf({ primaryKey }) }));
    const { shape } = fixture.tables.target('tickets', { plugin: 'tickets', instanceId: 'acme' });
    const text = 'ö🦊\0"\\,{}\n\ud800';
    const full = { id: text, points: 10n ** 30n, open: false, due: '2026-02-03', hours: 0.1, more: { a: ['\0'] } };
    const chunks = [
      chunkOf(fixture, [{ ...full, updated: '2026-02-03T00:00:00+02:00' }, { id: '' }], primaryKey),
      chunkOf(fixture, [{ id: 'NULL', open: true }], primaryKey),
    ];
    const { rows } = await sql`
      select _place::int, updated, id, points::text, open, due::text, hours, more, length(_hash) as hash
      from (${selectKeys(shape, toKeyArrays(chunks, shape))}) as _sent order by _place`.execute(fixture.store.db);
    const none = { updated: null, points: null, open: null, due: null, hours: null, more: null, hash: 22 };
    expect(rows).toEqual([
      {
        ...{
          _place: 1,
          updated: new Date('2026-02-02T22:00:00Z'),
          id: 'ö🦊\ufffd"\\,{}\n\ufffd',
          points: `1${'0'.repeat(30)}`,
        },
        ...{ open: false, due: '2026-02-03', hours: 0.1, more: { a: ['\ufffd'] }, hash: 22 },
      },
      { ...none, _place: 2, id: '' },
      { ...none, _place: 3, id: 'NULL', open: true },
    ]);
  });

  test('that are not those of their rows end the run with a reason', () => {
    const { bytes, keys = new Uint8Array(), rows } = chunkOf(postgres, [row, { ...row, id: 'A-2' }]);
    const refuse = (changed: Partial<{ keys: Uint8Array<ArrayBuffer>; rows: number }>): void => {
      const act = (): unknown => toKeyArrays([{ bytes, keys, rows, ...changed } as never], { primaryKey: ['id'] });
      expect(act).toThrow(expect.objectContaining({ code: 'plugin_failed' }));
    };
    expect(toKeyArrays([{ keys, rows }], { primaryKey: ['id'] })).toMatchObject({ rows: 2 });
    refuse({ rows: 1 });
    refuse({ rows: 3 });
    refuse({ rows: 1e9 });
    refuse({ rows: -1 });
    refuse({ rows: 1.5 });
    refuse({ rows: Number.NaN });
    refuse({ keys: keys.slice(0, -1) });
    refuse({ keys: new Uint8Array([...keys, 0, 0, 0, 0]) });
    for (const length of [0x7fff_ffff, -2, -0x8000_0000]) {
      const forged = keys.slice();
      new DataView(forged.buffer).setInt32(0, length);
      refuse({ keys: forged });
    }
    const act = (): unknown => toKeyArrays([{ rows }], { primaryKey: ['id'] });
    expect(act).toThrow(expect.objectContaining({ code: 'plugin_failed' }));
  });

  test('that no row can have are rejected, and the others of their batch are written', async () => {
    await using fixture = await openFixture(server);
    await fixture.addInstance('acme');
    const primaryKey = ['id', 'due'];
    await fixture.activate(pluginWith({ tickets: streamOf({ primaryKey }) }));
    const upserts = new RunUpserts(fixture.tables.target('tickets', { plugin: 'tickets', instanceId: 'acme' }));
    const rows = ['2026-02-28', '2026-02-31', '2026-03-01'].map((due) => ({ ...row, due }));
    const { bytes } = chunkOf(fixture, rows, primaryKey);
    const keys = keysOf(fixture, rows, primaryKey);
    const written = fixture.store.db.transaction().execute((trx) => upserts.write(trx, [bytes], keys));
    expect(await written).toEqual(counts({ inserted: 2, rejected: 1, rejection: 'a date or time does not exist' }));
    expect(columns.map(({ name }) => name)).toContain('due');
  });
});
