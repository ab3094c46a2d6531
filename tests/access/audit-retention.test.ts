import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Audit, type AuditEntry, createAudit } from '../../host/src/access/index.ts';
import { exportAudit } from '../../host/src/access/audit-export.ts';
import { cutAudit } from '../../host/src/access/audit-retention.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import type { Store } from '../../host/src/store/index.ts';
import { cleanStore } from '../support/clean-store.ts';
import { databases } from '../support/databases.ts';

const DAY = 86_400_000;
type Line = AuditEntry & { readonly previousHash: string; readonly hash: string };

describe.each(databases)('the audit on $name', (database) => {
  let store: Store;
  let audit: Audit;
  const add = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) {
      const event = { action: 'thing.change', entity: { kind: 'thing', id: 'ü' }, after: { n, none: null } };
      await store.db.transaction().execute((trx) => audit.record(trx, event));
    }
  };
  /** As if so many days had passed since. */
  const cut = (days: number, cutRows = 3): Promise<number> => {
    const limits = { ...defaultLimits.audit, keep: 10 * DAY, cutRows };
    return cutAudit({ store, audit, limits, now: sql<Date>`now() + ${days} * interval '1 day'` });
  };
  const tamper = (statement: string): Promise<void> =>
    store.db.transaction().execute(async (trx) => {
      await sql`set local session_replication_role = replica`.execute(trx);
      await sql.raw(statement).execute(trx);
    });
  const seqs = async (): Promise<number[]> =>
    (await audit.list({ limit: 500 })).entries.map(({ seq }) => seq).toReversed();

  beforeEach(async () => {
    store = await cleanStore(database);
    audit = createAudit(store);
  });

  test('lets old entries go, and entries account for them', async () => {
    await add(7);
    expect(await cut(9)).toBe(0);
    expect(await cut(11)).toBe(7);
    // Three steps of at most three, of which each has left an entry; those are young.
    expect(await seqs()).toEqual([8, 9, 10]);
    const { entries } = await audit.list({ limit: 1 });
    expect(entries[0]).toMatchObject({ action: 'audit.cut', actor: { kind: 'host' }, after: { from: 7, through: 7 } });
    expect(await audit.verify()).toEqual({ entries: 3, cut: 7, fault: null });
    await add(2);
    expect(await audit.verify()).toEqual({ entries: 5, cut: 7, fault: null });
    // The entries about earlier cuts go with the next one.
    expect(await cut(22, 1000)).toBe(5);
    expect(await audit.verify()).toEqual({ entries: 1, cut: 12, fault: null });
  });

  test.each([
    ['more is gone than was cut', 'delete from audit_entry where seq = 8'],
    ['the entry about it is gone', 'delete from audit_entry where seq <= 10'],
    ['it says another number', `update audit_entry set after = replace(after, '"through":7', '"through":8')`],
  ])('is not as it was written when %s', async (_what, statement) => {
    await add(7);
    await cut(11);
    await add(3);
    await tamper(statement);
    expect((await audit.verify()).fault).not.toBeNull();
  });

  test('loses nothing that is young to a statement, not even beside a cut', async () => {
    await add(4);
    const removal = store.db.transaction().execute(async (trx) => {
      await sql`select set_config('jackfield.audit_cut', '2', true)`.execute(trx);
      await sql`delete from audit_entry`.execute(trx);
    });
    await expect(removal).rejects.toThrow('never changed or removed');
    await expect(sql`delete from audit_entry`.execute(store.db)).rejects.toThrow('never changed or removed');
    expect(await audit.verify()).toEqual({ entries: 4, fault: null });
  });

  test('is exported line by line with its hashes, which anybody can compute again', async () => {
    await add(12);
    const lines = (await text(exportAudit(store.db, 0, 5))).trimEnd().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as Line);
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 12 }, (_, n) => n + 1));
    let previous = '';
    for (const { hash, previousHash, seq, at, actor, action, entity, instanceId, before, after } of entries) {
      expect(previousHash).toBe(previous);
      const written = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));
      const fields = [seq, at, actor.kind, actor.id, actor.address, actor.requestId, action, entity.kind, entity.id];
      const link = JSON.stringify([...fields, instanceId, written(before), written(after)]);
      expect(createHash('sha256').update(Buffer.from(previousHash, 'hex')).update(link).digest('hex')).toBe(hash);
      previous = hash;
    }
    expect((await text(audit.export(9))).trimEnd().split('\n')).toEqual(lines.slice(9));
    expect(await text(audit.export(12))).toBe('');
  });
});
