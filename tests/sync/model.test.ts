// The table against a Map that does the same, for any sequence of changes.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ApplyCounts } from '../../host/src/sync/index.ts';
import { oneOf } from '../support/databases.ts';
import { columns, counts, openFixture, pluginWith, removeOf, streamOf, upsertOf } from './fixture.ts';

interface Row {
  readonly id: string;
  readonly points: number | null;
  readonly title: string | null;
  readonly more: unknown;
}
interface Stored {
  readonly row: Row;
  readonly deleted: string | null;
}

const id = fc.constantFrom('a', 'A', 'ä', 'a ', '🦊', '"', '\\', '', "'", 'null');
const version = fc.option(fc.integer({ min: 0, max: 4 }), { freq: 5 });
const text = fc.string({ unit: 'grapheme', maxLength: 5 }).map((value) => value.toWellFormed().replaceAll('\0', ''));
const row: fc.Arbitrary<Row> = fc.record({
  id,
  points: version,
  title: fc.option(fc.oneof(fc.constantFrom('x', 'y'), text)),
  more: fc.constantFrom(null, [], { a: [1, 'é'] }, 'x'),
});
const change = fc.oneof(
  { weight: 3, arbitrary: fc.record({ upsert: fc.array(row, { maxLength: 8 }) }) },
  { weight: 1, arbitrary: fc.record({ remove: fc.array(id, { maxLength: 4 }), reason: fc.constantFrom('r', 's') }) },
);

/** What the table promises, said without SQL. A row without a version is older than any with one. */
class Model {
  readonly rows = new Map<string, Stored>();
  readonly #versioned: boolean;

  constructor(versioned: boolean) {
    this.#versioned = versioned;
  }

  upsert(batch: readonly Row[]): ApplyCounts {
    const latest = new Map<string, Row>();
    for (const row of batch) {
      const earlier = latest.get(row.id);
      if (earlier === undefined || !this.#isOlder(row, earlier)) latest.set(row.id, row);
    }
    let [inserted, updated] = [0, 0];
    for (const row of latest.values()) {
      const stored = this.rows.get(row.id);
      if (stored !== undefined && this.#isOlder(row, stored.row)) continue;
      if (stored !== undefined && stored.deleted === null && JSON.stringify(stored.row) === JSON.stringify(row))
        continue;
      this.rows.set(row.id, { row, deleted: null });
      if (stored === undefined) inserted += 1;
      else updated += 1;
    }
    return counts({ inserted, updated, unchanged: batch.length - inserted - updated });
  }

  remove(ids: readonly string[], reason: string): ApplyCounts {
    let deleted = 0;
    for (const id of ids) {
      const stored = this.rows.get(id);
      if (stored === undefined || stored.deleted !== null) continue;
      this.rows.set(id, { ...stored, deleted: reason });
      deleted += 1;
    }
    return counts({ deleted, unchanged: ids.length - deleted });
  }

  #isOlder(row: Row, than: Row): boolean {
    return this.#versioned && (row.points ?? -1) < (than.points ?? -1);
  }
}

describe.each(oneOf)('the table of a stream on $name', (database) => {
  test.each([
    ['without a version', streamOf()],
    ['with a version', streamOf({ version: 'points' })],
  ])('%s holds what a map would hold after any changes', async (_what, stream) => {
    await using fixture = await openFixture(database);
    await fixture.activate(pluginWith({ tickets: stream }));
    let instances = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
        const instanceId = `instance-${(instances += 1)}`;
        await fixture.addInstance(instanceId);
        const model = new Model(stream.version !== undefined);
        for (const step of changes) {
          const encoded =
            'upsert' in step
              ? upsertOf(step.upsert)
              : removeOf(
                  step.remove.map((id) => ({ id })),
                  step.reason,
                );
          const expected = 'upsert' in step ? model.upsert(step.upsert) : model.remove(step.remove, step.reason);
          expect(await fixture.apply(instanceId, encoded)).toEqual(expected);
        }
        const from = { plugin: 'tickets', instanceIds: [instanceId] };
        const view = await fixture.readView({ stream: 'tickets', limit: 1000 }, from);
        const alive = [...model.rows.values()].filter(({ deleted }) => deleted === null);
        const expected = alive.map(({ row }) => ({ ...empty, ...row, instance: instanceId }));
        expect(sorted(view.rows)).toEqual(sorted(expected));
        const all = (await fixture.rows()).filter((row) => row['instance_id'] === instanceId);
        const reasons = [...model.rows].map(([id, { deleted }]) => ({ id, reason: deleted }));
        expect(sorted(all.map((row) => ({ id: row['id'], reason: row['deleted_reason'] })))).toEqual(sorted(reasons));
      }),
      { numRuns: 40 },
    );
  });
});

const empty = Object.fromEntries(columns.map(({ name }) => [name, null]));

function sorted(rows: readonly Readonly<Record<string, unknown>>[]): unknown[] {
  return rows.toSorted((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1));
}
