// Applies a stream's steps as the host does: what stands before a checkpoint is committed with it, and what a failed read yielded
// after its last checkpoint never happened.
import type { AnyStream, Context, Cursor, Plugin } from '@jackfield/sdk';
import { expectFits, type Row } from './harness.ts';

type Config = Record<string, unknown>;

export interface Deleted {
  readonly key: Row;
  readonly reason: string | null;
}

export interface Outcome {
  /** What the read threw. */
  readonly error?: unknown;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly deleted: readonly Deleted[];
  readonly completed: readonly Row[];
}

export class StreamEngine {
  readonly stream: AnyStream<Config>;
  #rows = new Map<string, Row>();
  #cursor: Cursor = null;

  constructor(stream: AnyStream<Config>) {
    this.stream = stream;
  }

  get cursor(): Cursor {
    return this.#cursor;
  }

  rows(where: Row = {}): Row[] {
    return [...this.#rows.values()].filter((row) => matches(row, where));
  }

  /** Forgets the cursor and keeps the rows: a full resync. */
  rewind(cursor: Cursor = null): void {
    this.#cursor = cursor;
  }

  /** One sync. With `lose`, the host dies before it commits anything. */
  async sync(context: Context, { lose = false } = {}): Promise<Outcome> {
    const before = new Map(this.#rows);
    const work = new Map(this.#rows);
    const open = { seen: new Set<string>(), deleted: [] as Deleted[], completed: [] as Row[] };
    const done = { deleted: [] as Deleted[], completed: [] as Row[] };
    let error: unknown;
    const commit = (): void => {
      if (!lose) this.#rows = new Map(work);
      done.deleted.push(...open.deleted.splice(0));
      done.completed.push(...open.completed.splice(0));
    };
    try {
      for await (const step of this.stream.read(context, this.#cursor)) {
        if (step.step === 'upsert') {
          demand(step.rows.length <= 1000, 'a batch has at most 1,000 rows');
          for (const row of step.rows as Row[]) this.#put(work, open.seen, row);
        } else if (step.step === 'remove') {
          for (const key of step.keys) drop(work, this.#keyOf(key), { key, reason: step.reason }, open.deleted);
        } else if (step.step === 'complete') {
          open.completed.push(step.scope);
          if (this.stream.deletion !== 'absence') continue;
          for (const [key, row] of work) {
            if (!open.seen.has(key) && matches(row, step.scope)) {
              drop(work, key, { key: this.#keyColumns(row), reason: null }, open.deleted);
            }
          }
        } else {
          demand(JSON.stringify(step.cursor).length <= 64 * 1024, 'a cursor has at most 64 KB');
          commit();
          if (!lose) this.#cursor = JSON.parse(JSON.stringify(step.cursor)) as Cursor;
        }
      }
      commit();
    } catch (thrown) {
      if (thrown instanceof Refusal || (thrown instanceof Error && thrown.name === 'AssertionError')) throw thrown;
      error = thrown;
    }
    return { ...(error === undefined ? {} : { error }), ...compare(before, this.#rows), ...done };
  }

  #put(work: Map<string, Row>, seen: Set<string>, row: Row): void {
    const plainly = Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, plain(cell)]));
    expectFits({ columns: this.stream.columns }, plainly);
    const told = Object.fromEntries(Object.keys(this.stream.columns).map((name) => [name, plainly[name] ?? null]));
    const key = this.#keyOf(told);
    demand(!seen.has(key), `a row comes once in a read: ${key}`);
    seen.add(key);
    work.set(key, told);
  }

  #keyColumns(row: Readonly<Record<string, unknown>>): Row {
    return Object.fromEntries(this.stream.primaryKey.map((name) => [name, row[name]]));
  }

  #keyOf(row: Readonly<Record<string, unknown>>): string {
    const key = this.#keyColumns(row);
    for (const [name, cell] of Object.entries(key))
      demand(cell !== null && cell !== undefined, `${name} is of the key`);
    return JSON.stringify(key);
  }
}

export function engineOf(plugin: Plugin, id: string): StreamEngine {
  const stream = plugin.streams?.[id];
  if (stream === undefined) throw new Error(`no stream "${id}"`);
  return new StreamEngine(stream);
}

/** The host would not take this step. */
class Refusal extends Error {}

function demand(holds: boolean, rule: string): void {
  if (!holds) throw new Refusal(rule);
}

function plain(cell: unknown): unknown {
  return cell instanceof Date ? cell.toISOString() : (cell ?? null);
}

function matches(row: Row, where: Row): boolean {
  return Object.entries(where).every(([name, value]) => row[name] === value);
}

function drop(work: Map<string, Row>, key: string, entry: Deleted, deleted: Deleted[]): void {
  if (work.delete(key)) deleted.push(entry);
}

function compare(before: ReadonlyMap<string, Row>, after: ReadonlyMap<string, Row>) {
  let [inserted, updated, unchanged] = [0, 0, 0];
  for (const [key, row] of after) {
    const old = before.get(key);
    if (old === undefined) inserted += 1;
    else if (JSON.stringify(old) === JSON.stringify(row)) unchanged += 1;
    else updated += 1;
  }
  return { inserted, updated, unchanged };
}
