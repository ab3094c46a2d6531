import { sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import { createAudit, type Actor, type Audit, type AuditEvent } from '../../host/src/access/index.ts';
import type { Store } from '../../host/src/store/index.ts';
import { cleanStore } from '../support/clean-store.ts';
import { oneOf } from '../support/databases.ts';

const ACTOR: Actor = { kind: 'token', id: 'tok-1', address: '192.0.2.7', requestId: 'req-1' };
const event = (n: number): AuditEvent => ({
  actor: ACTOR,
  action: 'thing.change',
  entity: { kind: 'thing', id: `t${n}` },
  instanceId: `i${n % 3}`,
  before: { n: n - 1, text: 'ü "quoted" \u2028' },
  after: { n },
});

describe.each(oneOf)('the audit on $name', (database) => {
  let store: Store;
  let audit: Audit;
  const add = (n: number): Promise<void> => store.db.transaction().execute((trx) => audit.record(trx, event(n)));
  /** As somebody would who owns the database. */
  const tamper = (statement: string): Promise<void> =>
    store.db.transaction().execute(async (trx) => {
      await sql`set local session_replication_role = replica`.execute(trx);
      await sql.raw(statement).execute(trx);
    });

  beforeEach(async () => {
    store = await cleanStore(database);
    audit = createAudit(store);
  });

  test('holds what was done, the newest first, by page and by filter', async () => {
    for (let n = 1; n <= 5; n += 1) await add(n);
    const first = await audit.list({ limit: 2 });
    expect(first.entries.map(({ seq }) => seq)).toEqual([5, 4]);
    expect(first.entries[0]).toMatchObject({ ...event(5), at: expect.stringMatching(/Z$/) });
    const second = await audit.list({ limit: 2, after: first.next ?? 0 });
    expect(second.entries.map(({ seq }) => seq)).toEqual([3, 2]);
    expect((await audit.list({ limit: 9, instance: 'i1' })).entries.map(({ seq }) => seq)).toEqual([4, 1]);
    expect((await audit.list({ limit: 9, actor: 'somebody' })).entries).toEqual([]);
    expect((await audit.list({ limit: 9, action: 'thing.change' })).next).toBeNull();
  });

  test('is one chain, however many write at a time, and what was rolled back is not in it', async () => {
    const acts = Array.from({ length: 20 }, async (_, n) => {
      if (n % 4 !== 0) return add(n);
      return store.db
        .transaction()
        .execute(async (trx) => {
          await audit.record(trx, event(n));
          throw new Error('the act failed');
        })
        .catch(() => undefined);
    });
    await Promise.all(acts);
    expect(await audit.verify()).toEqual({ entries: 15, fault: null });
  });

  test('cannot be changed, emptied or shortened by a statement', async () => {
    await add(1);
    for (const statement of [
      `update audit_entry set actor_id = 'somebody else'`,
      'delete from audit_entry',
      'truncate audit_entry',
    ]) {
      await expect(sql.raw(statement).execute(store.db), statement).rejects.toThrow('never changed or removed');
    }
    expect(await audit.verify()).toEqual({ entries: 1, fault: null });
  });

  test.each([
    ['an entry that was changed', `update audit_entry set after = '{"n":4}' where seq = 3`, 3],
    ['an actor that was changed', `update audit_entry set actor_id = 'other' where seq = 2`, 2],
    ['a time that was changed', `update audit_entry set at = at - interval '1 day' where seq = 5`, 5],
    ['an entry that was removed', 'delete from audit_entry where seq = 3', 3],
    ['the first, removed', 'delete from audit_entry where seq = 1', 1],
    ['the last, removed', 'delete from audit_entry where seq = 6', 6],
    [
      'two that changed places',
      `update audit_entry set seq = case seq when 2 then 30 else 20 end where seq in (2, 3);
       update audit_entry set seq = seq / 10 where seq in (20, 30)`,
      2,
    ],
    ['one without its predecessor', `update audit_entry set previous_hash = ''::bytea where seq = 4`, 4],
    ['a head that was set back', `update audit_head set hash = ''::bytea`, 6],
  ])('finds %s', async (_what, statements, seq) => {
    for (let n = 1; n <= 6; n += 1) await add(n);
    expect(await audit.verify()).toEqual({ entries: 6, fault: null });
    for (const statement of statements.split(';')) await tamper(statement);
    expect((await audit.verify()).fault?.seq).toBe(seq);
  });
});
