// The old tables as they are found: some are missing, some have other names, columns are missing or more. Every row is read as JSON, so
// that no column has to be known, and no name of one is ever part of a statement.
import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { type Row, snakeRow, textOf } from './cells.ts';
import { takeRowSecrets } from './connections.ts';

/** Tables of the old world, by what they hold, with the names under which they are found. */
const NAMES = {
  clients: ['clients'],
  users: ['users'],
  systems: ['external_systems', 'externalSystems'],
  instances: ['external_system_instances', 'externalSystemInstances'],
  mappings: ['external_mappings', 'client_external_mappings', 'externalMappings', 'clientExternalMappings'],
  templates: ['external_widget_templates', 'externalWidgetTemplates'],
  sources: ['data_sources', 'dataSources'],
  queries: ['saved_queries', 'savedQueries'],
  widgets: ['custom_widgets', 'customWidgets', 'dashboard_widgets', 'dashboardWidgets'],
  dashboards: ['user_dashboards', 'userDashboards', 'dashboards'],
  cards: ['user_dashboard_settings', 'userDashboardSettings'],
} as const;

export type Holding = keyof typeof NAMES;
export const HOLDINGS = Object.keys(NAMES) as Holding[];

export interface FoundRow {
  /** The table as it is called in the database. */
  readonly table: string;
  /** Its id as text; where it has none, a digest of it. */
  readonly id: string;
  /** Whether the id is the row's own. */
  readonly hasId: boolean;
  /** What is known of it is kept under this: its id, unless a row here that is not this one has that. */
  readonly keptAs: string;
  /** With snake_case names. */
  readonly row: Row;
}

/** The tables that the old API reads and writes. */
const OF_THE_API: ReadonlySet<string> = new Set([
  ...[NAMES.systems[0], NAMES.instances[0], NAMES.templates[0], NAMES.mappings[0]],
]);

/** Whether a row is of a table that nothing is written to while both shapes are: what it has become has a row there. */
export function isAside({ table }: FoundRow, isOwn: boolean): boolean {
  if (OF_THE_API.has(table)) return false;
  const { sources, queries, widgets, systems, instances, templates, mappings } = NAMES;
  const others: readonly string[] = [...sources, ...queries, ...widgets];
  const renamed: readonly string[] = [...systems, ...instances, ...templates, ...mappings];
  // Out of another database rows are copied, whatever their table was called there.
  return others.includes(table) || (isOwn && renamed.includes(table));
}

export type OldRows = Readonly<Record<Holding, readonly FoundRow[]>>;

export interface FoundTable {
  readonly schema: string;
  readonly table: string;
  /** A table, and not a view of some. */
  readonly isPlain: boolean;
}

export async function foundTables(db: Kysely<never>): Promise<FoundTable[]> {
  const { rows } = await sql<FoundTable>`
    select n.nspname as schema, c.relname as table, c.relkind in ('r', 'p') as "isPlain"
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and pg_table_is_visible(c.oid)
      and n.nspname not in ('pg_catalog', 'information_schema')
      and c.relname in (${sql.join([...Object.values(NAMES).flat()])})
    order by 2`.execute(db);
  return rows;
}

/** All of it, as it was at one moment. `db`: a transaction that only reads. */
export async function readOldRows(db: Kysely<never>): Promise<OldRows> {
  const schemas = new Map((await foundTables(db)).map(({ schema, table }) => [table, schema]));
  const old: [Holding, FoundRow[]][] = [];
  for (const holding of HOLDINGS) {
    const rows: FoundRow[] = [];
    for (const table of NAMES[holding]) {
      const schema = schemas.get(table);
      if (schema !== undefined) rows.push(...(await readTable(db, schema, table)));
    }
    old.push([holding, rows]);
  }
  return Object.fromEntries(old) as unknown as OldRows;
}

async function readTable(db: Kysely<never>, schema: string, table: string): Promise<FoundRow[]> {
  const { rows } = await sql<{ row: string }>`
    select row_to_json(old)::text as row from ${sql.id(schema, table)} old`.execute(db);
  const snakes = rows.map(({ row }) => snakeRow(JSON.parse(row) as Row));
  const ids = idsOf(snakes);
  return snakes.map((row, index) => foundRow(table, row, ids[index] ?? '')).toSorted((a, b) => compareIds(a.id, b.id));
}

export function foundRow(table: string, row: Row, id: string): FoundRow {
  return { table, id, hasId: textOf(row, 'id') === id, keptAs: id, row };
}

/** Two rows of one id are two rows. Without one, what is in a row has to tell it from the others. */
export function idsOf(rows: readonly Row[]): string[] {
  const seen = new Set<string>();
  return rows.map((row) => {
    let id = textOf(row, 'id') ?? `#${digestOf(takeRowSecrets(row).masked)}`;
    for (let again = 2; seen.has(id); again += 1) id = `${id.replace(/(?<=.)#\d+$/, '')}#${again}`;
    seen.add(id);
    return id;
  });
}

function digestOf(row: Row): string {
  return createHash('sha256').update(JSON.stringify(row)).digest('hex').slice(0, 16);
}

/** Numbers by their size. */
function compareIds(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  if (Number.isFinite(x) && Number.isFinite(y) && x !== y) return x - y;
  return a < b ? -1 : a > b ? 1 : 0;
}
