// Applies what a stream yields to rows in memory, as the host does: rows and cursor commit together, older rows replace nothing,
// a census removes what its plugin confirms.
import type { AnyStream, Context, Cursor, Key } from '@jackfield/sdk';
import { expect } from 'vitest';
import type { Rows } from './site.ts';

type Row = Rows[number];
type Stream = AnyStream<Record<string, unknown>>;

export interface StreamTable {
  readonly rows: ReadonlyMap<string, Row>;
  readonly cursor: Cursor;
  /** Rows that were yielded, again and again or not. */
  readonly yielded: number;
  /** Reads once. A failure keeps what was committed before. */
  sync(ctx: Context): Promise<void>;
  census(ctx: Context): Promise<CensusOutcome>;
}

export interface CensusOutcome {
  /** Scopes of which so much was missing that nothing was believed. */
  readonly doubted: number;
  readonly asked: number;
  readonly removed: number;
}

export function createStreamTable(stream: Stream): StreamTable {
  let rows = new Map<string, Row>();
  let cursor: Cursor = null;
  let yielded = 0;
  const idOf = (key: Key): string => JSON.stringify(stream.primaryKey.map((name) => key[name]));

  const put = (into: Map<string, Row>, row: Row): void => {
    const { version } = stream;
    const before = into.get(idOf(row));
    if (before && version !== undefined && String(before[version]) > String(row[version])) return;
    into.set(idOf(row), row);
  };

  const sync = async (ctx: Context): Promise<void> => {
    let staged = new Map(rows);
    let seen = new Set<string>();
    for await (const step of stream.read(ctx, structuredClone(cursor))) {
      switch (step.step) {
        case 'upsert':
          expect(step.rows.length).toBeLessThanOrEqual(1000);
          for (const row of step.rows as Row[]) {
            expectRow(stream, row);
            put(staged, row);
            seen.add(idOf(row));
            yielded++;
          }
          break;
        case 'remove':
          for (const key of step.keys) staged.delete(idOf(key));
          break;
        case 'checkpoint':
          cursor = structuredClone(step.cursor);
          rows = staged;
          staged = new Map(rows);
          break;
        case 'complete':
          if (stream.deletion === 'absence') {
            for (const [id, row] of staged) if (isIn(row, step.scope) && !seen.has(id)) staged.delete(id);
          }
          seen = new Set();
          break;
      }
    }
    rows = staged;
  };

  const census = async (ctx: Context): Promise<CensusOutcome> => {
    const { census } = stream;
    if (!census) throw new Error(`${stream.title} has no census`);
    const present = new Set<string>();
    const scopes: Row[] = [];
    for await (const step of census.keys(ctx)) {
      if (step.step === 'present') for (const key of step.keys) present.add(idOf(key));
      else scopes.push(step.scope);
    }
    let [doubted, asked, removed] = [0, 0, 0];
    for (const scope of scopes) {
      const stored = [...rows].filter(([, row]) => isIn(row, scope));
      const missing = stored.filter(([id]) => !present.has(id));
      if (missing.length > stored.length * census.most) {
        doubted++;
        continue;
      }
      for (let start = 0; start < missing.length; start += 100) {
        const keys = missing.slice(start, start + 100).map(([, row]) => keyOf(stream, row));
        asked += keys.length;
        for (const key of await census.gone(ctx, keys)) removed += rows.delete(idOf(key)) ? 1 : 0;
      }
    }
    return { doubted, asked, removed };
  };

  return {
    get rows() {
      return rows;
    },
    get cursor() {
      return cursor;
    },
    get yielded() {
      return yielded;
    },
    sync,
    census,
  };
}

function keyOf({ primaryKey }: Stream, row: Row): Key {
  return Object.fromEntries(primaryKey.map((name) => [name, row[name]]));
}

function isIn(row: Row, scope: Row): boolean {
  return Object.entries(scope).every(([name, value]) => row[name] === value);
}

const SHAPES: Readonly<Record<string, (cell: unknown) => boolean>> = {
  integer: Number.isSafeInteger,
  date: (cell) => typeof cell === 'string' && /^\d{4}-\d\d-\d\d$/.test(cell),
  datetime: (cell) => typeof cell === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(cell),
  json: () => true,
};

/** Every column is there, every cell is of its column's type, and the key is whole. */
export function expectRow({ columns, primaryKey }: Stream, row: Row): void {
  if (Object.keys(row).join() !== Object.keys(columns).join()) expect(Object.keys(row)).toEqual(Object.keys(columns));
  for (const [name, { type }] of Object.entries(columns)) {
    const cell = row[name];
    const fits = cell === null ? !primaryKey.includes(name) : (SHAPES[type]?.(cell) ?? typeof cell === type);
    if (!fits) expect.fail(`${name} is ${JSON.stringify(cell)}, which is no ${type}`);
  }
}
