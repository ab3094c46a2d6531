// Two rows of one id: one of another database, and one here that was not copied from there. Neither may be taken for the other.
import { sql } from 'kysely';
import { Problem } from '../../errors.ts';
import type { Queryable } from '../../store/index.ts';
import { copyOf } from './copies.ts';
import { type FoundRow, HOLDINGS, type OldRows } from './found-tables.ts';
import { COLUMNS, sameIdHere, tableHere } from './old-tables.ts';
import { keyOf, type State, type Step } from './planning.ts';

/** Where the rows of another database are to go: who has which id there. */
export async function idsHere(db: Queryable): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (const table of Object.keys(COLUMNS)) {
    const { rows } = await sql<{ id: number }>`select id from ${sql.table(table)}`.execute(db);
    for (const { id } of rows) ids.add(keyOf(table, String(id)));
  }
  return ids;
}

/** The rows of another database; those whose id is another row's here are kept under another name, and get another id. */
export function keptApart(rows: OldRows, ledger: State['ledger'], here: ReadonlySet<string>): OldRows {
  const isTaken = (found: FoundRow, keptAs: string): boolean => {
    if (ledger.has(keyOf(found.table, keptAs))) return true;
    const known = ledger.get(keyOf(found.table, found.id));
    // What only the old API has written, or an import of what was here.
    if (known !== undefined) return known.isCopy === undefined || known.isCopy === false;
    const place = sameIdHere(found);
    return place !== undefined && here.has(keyOf(place.table, String(place.id)));
  };
  const apart = (found: FoundRow): FoundRow => {
    const table = tableHere(found.table);
    if (table === undefined || COLUMNS[table] === undefined) return found;
    const keptAs = `${found.id}#copy`;
    return isTaken(found, keptAs) ? { ...found, keptAs } : found;
  };
  return Object.fromEntries(HOLDINGS.map((holding) => [holding, rows[holding].map(apart)])) as unknown as OldRows;
}

/**
 * Rows of the other tables are nowhere here, so that nothing tells two of one id apart.
 * @throws Problem `conflict` when both databases have an old world of their own.
 */
export function assertOneWorld(steps: readonly Step[], isOwn: boolean): void {
  const step = steps.find(({ found, known }) => {
    const table = tableHere(found.table.replace(/\.default_mapping$/, ''));
    return (table === undefined || COLUMNS[table] === undefined) && known?.isCopy === isOwn;
  });
  if (step === undefined) return;
  const place = isOwn ? 'another database' : 'the database of this host';
  throw new Problem(
    'conflict',
    `${step.found.table} ${step.found.id} was imported from ${place}: it may be another row`,
    {
      next: 'A host takes in one old world. Import the second into a host of its own.',
    },
  );
}

export interface Renumbered {
  readonly table: string;
  /** Where it comes from. */
  readonly id: string;
  /** Null: it has not been copied, in a dry run. */
  readonly here: number | null;
}

export async function renumberedOf(db: Queryable, steps: readonly Step[]): Promise<Renumbered[]> {
  const renumbered: Renumbered[] = [];
  for (const { found } of steps) {
    if (found.keptAs === found.id || tableHere(found.table) === undefined) continue;
    renumbered.push({ table: found.table, id: found.id, here: (await copyOf(db, found)) ?? null });
  }
  return renumbered;
}
