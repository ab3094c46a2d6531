import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import { hashOf } from '../../host/src/access/audit-chain.ts';
import { type Audit, type AuditEntry, createAudit, verifyCopy } from '../../host/src/access/index.ts';
import { exportAudit } from '../../host/src/access/audit-export.ts';
import { cutAudit } from '../../host/src/access/audit-retention.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import type { Store } from '../../host/src/store/index.ts';
import { cleanStore } from '../support/clean-store.ts';
import { oneOf } from '../support/databases.ts';

const DAY = 86_400_000;
type Line = AuditEntry & { readonly previousHash: string; readonly hash: string };

describe.each(oneOf)('the audit on $name', (database) => {
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

  /** With every hash as it would have to be. */
  const reforge = (): Promise<void> =>
    store.db.transaction().execute(async (trx) => {
      await sql`set local session_replication_role = replica`.execute(trx);
      let previous: Uint8Array | undefined;
      for (const row of await trx.selectFrom('audit_entry').selectAll().orderBy('seq').execute()) {
        const link = { ...row, previous_hash: previous ?? row.previous_hash };
        const hash = hashOf(link);
        await sql`update audit_entry set previous_hash = ${link.previous_hash}, hash = ${hash} where seq = ${row.seq}`.execute(
          trx,
        );
        previous = hash;
      }
      await trx
        .updateTable('audit_head')
        .set({ hash: previous ?? Buffer.alloc(0) })
        .execute();
    });
  async function* copy(lines: readonly string[]): AsyncGenerator<string> {
    yield* lines;
  }

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

  test('is whole in a copy, of one export or of several, and nothing can be done to one that is not seen', async () => {
    await add(7);
    const first = await text(audit.export(0));
    await cut(11);
    await add(3);
    const lines = (first + (await text(audit.export(7)))).trimEnd().split('\n');
    const whole = { entries: 13, first: 1, last: 13, hash: (JSON.parse(lines[12] ?? '') as Line).hash, fault: null };
    expect(await verifyCopy(copy(lines))).toEqual(whole);
    expect(await verifyCopy(copy(lines.slice(8)))).toEqual({ ...whole, entries: 5, first: 9 });
    const without = (line: number): string[] => lines.toSpliced(line - 1, 1);
    const changed = (line: number, to: (entry: Line) => object): string[] =>
      lines.with(line - 1, JSON.stringify(to(JSON.parse(lines[line - 1] ?? '') as Line)));
    for (const [faulty, line, detail] of [
      [without(5), 5, 'is missing'],
      [lines.toSpliced(3, 2, lines[4] ?? '', lines[3] ?? ''), 4, 'is missing'],
      [changed(3, (entry) => ({ ...entry, action: 'thing.create' })), 3, 'is not as it was written'],
      [changed(3, (entry) => ({ ...entry, after: { n: 99 } })), 3, 'is not as it was written'],
      [
        changed(9, ({ hash, ...entry }) => ({ ...entry, previousHash: hash, hash })),
        9,
        'does not follow the one before it',
      ],
      [changed(2, ({ actor: _, ...entry }) => entry), 2, 'is no entry'],
      [lines.with(1, '{"seq": 2'), 2, 'is no entry'],
    ] as const) {
      expect((await verifyCopy(copy(faulty))).fault).toEqual({ line, detail });
    }
    // Who writes the whole chain anew cannot have it follow a copy of before.
    await tamper(`update audit_entry set action = 'thing.forged' where seq = 9`);
    await reforge();
    expect((await audit.verify()).fault).toBeNull();
    const anew = (await text(audit.export(10))).trimEnd().split('\n');
    expect((await verifyCopy(copy([...lines.slice(0, 10), ...anew]))).fault).toMatchObject({ line: 11 });
  });
});
