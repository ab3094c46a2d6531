// Rows of an old table as the old API reads and writes them. While both shapes are written, a write and its twin are one transaction.
import type { Audit, ClientScope } from '../../access/index.ts';
import type { Instances, Written } from '../../instances/index.ts';
import type { Queryable, Store } from '../../store/index.ts';
import { readMoves } from '../move/modes.ts';
import type { By, Twin } from '../move/twin.ts';
import { findOld, type OldRow, readOld, type Values } from '../old-rows.ts';
import type { LegacyMode } from '../rows.ts';
import { type Answer, answerOf } from './answer.ts';
import { readInput } from './input.ts';
import {
  changeRecord,
  insertRecord,
  notFound,
  removeRecord,
  type Writing,
  type WrittenRecord,
} from './record-writes.ts';
import type { OldTable } from './tables.ts';

export interface Records {
  readonly table: OldTable;
  readonly twin: Twin;
  /** Those of plugins whose move is over are not there. `only`: these columns have these values. */
  list(only?: Values, clients?: ClientScope): Promise<Answer[]>;
  /** `clients`: only what is theirs. */
  get(id: number, clients: ClientScope): Promise<Answer>;
  create(body: unknown, by: By): Promise<Answer>;
  update(id: number, body: unknown, by: By): Promise<Answer>;
  remove(id: number): Promise<void>;
  /** What the old tables answer, and what the new shape does, by id; of rows that are something there. */
  both(ids: readonly number[]): Promise<ReadonlyMap<number, readonly [legacy: Answer, plugin: Answer]>>;
}

export interface RecordsParts {
  readonly store: Pick<Store, 'db' | 'readAs' | 'transact'>;
  readonly audit: Pick<Audit, 'record'>;
  readonly instances: Pick<Instances, 'announce'>;
}

/** What a row is answered with beside its columns. */
export type More = (db: Queryable, rows: readonly OldRow[]) => Promise<(row: OldRow) => Values>;

export function createRecords(
  table: OldTable,
  twin: Twin,
  { store: { db, readAs, transact }, audit, instances }: RecordsParts,
  more: More = async () => () => ({}),
): Records {
  /** The rows as the side shows them that leads. */
  const answers = async (rows: readonly OldRow[]): Promise<Answer[]> => {
    const moves = await movesOf(db, twin, rows);
    const live = rows.filter((row) => moves.get(row.id) !== 'plugin');
    const led = live.filter((row) => moves.get(row.id) === 'dual-plugin');
    const shown = led.length === 0 ? new Map<number, Values>() : await twin.shown(db, led);
    const beside = await more(db, live);
    return live.map((row) => answerOf(table, { ...row, ...shown.get(row.id) }, beside(row)));
  };
  const one = async (row: OldRow): Promise<Answer> => {
    const [answer] = await answers([row]);
    if (answer === undefined) throw notFound(table, row.id);
    return answer;
  };
  const announce = async (written: readonly Written[]): Promise<void> => {
    for (const each of written) await instances.announce(each);
  };

  const writing: Writing = { table, twin, audit };
  const finish = async ({ row, written }: WrittenRecord): Promise<Answer> => {
    await announce(written);
    return one(row);
  };

  return {
    table,
    twin,
    list: async (only, clients = 'all') => answers(await readAs(clients, (seen) => readOld(seen, table, only))),

    async get(id, clients) {
      const row = await readAs(clients, (seen) => findOld(seen, table, id));
      if (row === undefined) throw notFound(table, id);
      return one(row);
    },

    async create(body, by) {
      const values = readInput(table, body);
      return finish(await transact((trx) => insertRecord(trx, writing, values, by)));
    },

    update: async (id, body, by) => finish(await transact((trx) => changeRecord(trx, writing, id, body, by))),

    async remove(id) {
      await announce(await transact((trx) => removeRecord(trx, writing, id)));
    },

    async both(ids) {
      const rows = (await readOld(db, table)).filter(({ id }) => ids.includes(id));
      const shown = await twin.shown(db, rows);
      return new Map(
        rows.flatMap((row) => {
          const there = shown.get(row.id);
          return there === undefined
            ? []
            : [[row.id, [answerOf(table, row), answerOf(table, { ...row, ...there })]] as const];
        }),
      );
    },
  };
}

async function movesOf(db: Queryable, twin: Twin, rows: readonly OldRow[]): Promise<ReadonlyMap<number, LegacyMode>> {
  const modes = new Map<number, LegacyMode>();
  const moves = await readMoves(db);
  if (moves.size === 0) return modes;
  for (const row of rows) modes.set(row.id, moves.get((await twin.pluginOf(db, row)) ?? '')?.mode ?? 'legacy');
  return modes;
}
