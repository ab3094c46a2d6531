// Rows of another database on their way into the old tables here, so that the old API answers them. Those are there for others too: a row
// that was not copied from there is never written over.
import { type RawBuilder, sql } from 'kysely';
import { Problem } from '../../errors.ts';
import type { Queryable } from '../../store/index.ts';
import type { LegacyTable } from '../rows.ts';
import { booleanOf, isRecord, jsonOf, recordOf, type Row, textOf } from './cells.ts';
import type { FoundRow } from './found-tables.ts';
import { type CellType, COLUMNS, integerId, sameIdHere, tableHere } from './old-tables.ts';
import { keyOf, type Step, type Target } from './planning.ts';
import { plainJson } from './quarantine.ts';
import type { OldPlace } from './write-links.ts';

/** What is known of the other database while rows of it are copied. */
export interface Source {
  /** The highest ids there: a row that needs another one gets one above them. */
  readonly lastIds: ReadonlyMap<LegacyTable, number>;
  /** Rows that cannot keep their ids, by table here and id there. */
  readonly renumbered: ReadonlyMap<string, FoundRow>;
}

export function sourceOf(steps: readonly Step[]): Source {
  const lastIds = new Map<LegacyTable, number>();
  const renumbered = new Map<string, FoundRow>();
  for (const { found } of steps) {
    const table = tableHere(found.table);
    if (table === undefined) continue;
    lastIds.set(table, Math.max(lastIds.get(table) ?? 0, integerId(found.id) ?? 0));
    if (found.keptAs !== found.id) renumbered.set(keyOf(table, found.id), found);
  }
  return { lastIds, renumbered };
}

/**
 * Which row here a row is; undefined: none. `source`: it comes from another database. There rows may have no id that they could keep: those
 * get one here.
 */
export async function placeHere(trx: Queryable, step: Step, source: Source | undefined): Promise<OldPlace | undefined> {
  const { found, known, targets } = step;
  const table = tableHere(found.table);
  if (table === undefined) return undefined;
  const natural = found.keptAs === found.id ? sameIdHere(found) : undefined;
  if (COLUMNS[table] === undefined || natural !== undefined) return natural;
  if (source === undefined) return undefined;
  const before = rowOf(known?.targets ?? []);
  if (before !== undefined) return { table, id: before };
  const widget = targets.find(({ kind }) => kind === 'widget')?.id;
  // The same template under the other name.
  if (widget !== undefined && (await isLinked(trx, table, widget))) return undefined;
  const own = found.keptAs === found.id ? integerId(found.id) : undefined;
  const isFree = own !== undefined && !(await isTaken(trx, { table, id: own }));
  return { table, id: isFree ? own : await nextId(trx, table, source.lastIds.get(table) ?? 0) };
}

/** The row of the old tables here that it was copied into, where that has another id. */
export function rowOf(targets: readonly Target[]): number | undefined {
  const id = targets.find(({ kind }) => kind === 'row')?.id;
  return id === undefined ? undefined : Number(id);
}

async function isLinked(trx: Queryable, table: LegacyTable, widget: string): Promise<boolean> {
  const link = trx.selectFrom('legacy_link').select('legacy_id').where('legacy_table', '=', table);
  return (await link.where('kind', '=', 'widget').where('target_id', '=', widget).executeTakeFirst()) !== undefined;
}

async function isTaken(trx: Queryable, { table, id }: OldPlace): Promise<boolean> {
  const { rows } = await sql`select 1 from ${sql.table(table)} where id = ${id}`.execute(trx);
  return rows.length > 0;
}

async function nextId(trx: Queryable, table: LegacyTable, above: number): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    select greatest(coalesce(max(id), 0), ${above}::integer) + 1 as id from ${sql.table(table)}`.execute(trx);
  return rows[0]?.id ?? above + 1;
}

/** The row without its secrets. A copy that is there is written over: the row has changed where it comes from. */
export async function copyRow(trx: Queryable, step: Step, place: OldPlace, source: Source): Promise<void> {
  const columns = COLUMNS[place.table];
  if (columns === undefined) return;
  const { masked, known } = step;
  const row = await referring(trx, place.table === 'external_system_instances' ? withClient(masked) : masked, source);
  const names = [...columns.map(([name]) => name), 'is_active'];
  const values = [
    ...columns.map(([name, type]) => cellOf(row[name] ?? null, type)),
    // What cannot be told was switched off.
    sql`${booleanOf(row['is_active'] ?? true) === true}::boolean`,
  ];
  const changes = names.map((name) => sql`${sql.ref(name)} = excluded.${sql.ref(name)}`);
  const isKnown = known !== undefined && known.isCopy !== undefined;
  const { rows } = await sql`
    insert into ${sql.table(place.table)} (id, ${sql.join(names.map((name) => sql.ref(name)))})
    values (${place.id}, ${sql.join(values)})
    on conflict (id) do ${isKnown ? sql`update set ${sql.join(changes)}, updated_at = now()` : sql`nothing`}
    returning id`.execute(trx);
  if (rows.length > 0) return;
  throw new Problem('conflict', `${place.table} ${place.id} has been made here since the import began`, {
    next: 'Import again: what is done is done.',
  });
}

const REFERENCES = { system_id: 'external_systems', instance_id: 'external_system_instances' } as const;

/** With the ids that rows of other tables have here. Those have been copied before. */
async function referring(trx: Queryable, row: Row, { renumbered }: Source): Promise<Row> {
  const ids: Record<string, number | null> = {};
  for (const [column, table] of Object.entries(REFERENCES)) {
    const found = renumbered.get(keyOf(table, textOf(row, column) ?? ''));
    if (found !== undefined) ids[column] = (await copyOf(trx, found)) ?? null;
  }
  return { ...row, ...ids };
}

/** The row here of one that could not keep its id; undefined: it has not been copied yet. */
export async function copyOf(db: Queryable, { table, keptAs }: FoundRow): Promise<number | undefined> {
  const ledger = db.selectFrom('legacy_import').select('targets').where('legacy_table', '=', table);
  const row = await ledger.where('legacy_id', '=', keptAs).executeTakeFirst();
  return rowOf((row?.targets ?? []) as readonly Target[]);
}

/** Whose it was had a column of its own there, and has none here. */
function withClient(row: Row): Row {
  const client = row['client_id'] ?? null;
  const settings = row['connection_config'] ?? null;
  const { clientId, client_id: snake, ...others } = recordOf(settings);
  if (client === null || (settings !== null && !isRecord(settings)) || (clientId ?? snake) !== undefined) return row;
  return { ...row, connection_config: { ...others, clientId: client } };
}

function cellOf(value: unknown, type: CellType): RawBuilder<unknown> {
  if (value === null) return sql`null`;
  switch (type) {
    case 'json': {
      const json = jsonOf(value);
      return sql`${plainJson(json.kind === 'value' ? json.value : value)}::text::jsonb`;
    }
    case 'integer': {
      const number = Number(value);
      return Number.isInteger(number) && Math.abs(number) <= 2_147_483_647 ? sql`${number}::integer` : sql`null`;
    }
    case 'text':
      return sql`${(typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('\0', '')}::text`;
  }
}

/** New rows of the old API get ids after the ones that were copied. */
export async function moveSequences(trx: Queryable): Promise<void> {
  for (const table of Object.keys(COLUMNS)) {
    await sql`
      select setval(pg_get_serial_sequence(${table}, 'id'), greatest((select coalesce(max(id), 0) from ${sql.table(table)}), 1))
      where pg_get_serial_sequence(${table}, 'id') is not null`.execute(trx);
  }
}
