import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { forgetOld } from '../../host/src/sync/retention.ts';
import { databases } from '../support/databases.ts';
import { openFixture } from './fixture.ts';

const DAY = 24 * 60 * 60_000;
const limits = { keepRuns: 7 * DAY, deleteRows: 10 };
const going = new AbortController().signal;

describe.each(databases)('what is kept of the past, on $name', (database) => {
  test('however many runs are old, all of them go, and none that is not', async () => {
    await using fixture = await openFixture(database);
    const { db } = fixture.store;
    await fixture.addInstance('acme');
    for (let n = 0; n < 2; n += 1) await fixture.noteRun('acme', 'tickets', 'succeeded', 6 * DAY);
    await sql`
      insert into run (id, plugin, instance_id, stream, kind, trigger, state, queued_at, ended_at)
      select 'old-' || n, 'tickets', 'acme', 'tickets', 'read', 'schedule', 'succeeded', now() - interval '8 days', now()
      from generate_series(1, 35) n`.execute(db);

    expect(await forgetOld(db, [], limits, going)).toBe(35);
    expect(await db.selectFrom('run').select('id').execute()).toHaveLength(2);
  });

  test('a host that stops does not go on with it', async () => {
    await using fixture = await openFixture(database);
    await fixture.addInstance('acme');
    await fixture.noteRun('acme', 'tickets', 'succeeded', 8 * DAY);
    expect(await forgetOld(fixture.store.db, [], limits, AbortSignal.abort())).toBe(0);
  });
});
