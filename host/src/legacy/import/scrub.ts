// Takes the plain secrets out of the old tables of the own database, each one only when the same is sealed here: of an instance that the
// row has become, or in the quarantine. Masks stay in their places.
import { type Kysely, sql } from 'kysely';
import type { Actor } from '../../access/index.ts';
import type { Queryable } from '../../store/index.ts';
import { readStored, type StoredInstance } from '../../instances/index.ts';
import { type Row, snakeRow } from './cells.ts';
import { formsOfSecrets, takeRowSecrets } from './connections.ts';
import { foundRow, foundTables, type FoundRow, idsOf } from './found-tables.ts';
import type { ImportParts } from './import.ts';
import { keyOf, type State } from './planning.ts';
import { plainJson } from './quarantine.ts';
import { readState } from './state.ts';

export interface ScrubReport {
  readonly tables: readonly { readonly table: string; readonly rows: number; readonly secrets: number }[];
  /** Secrets that stay where they are. */
  readonly left: readonly {
    readonly table: string;
    readonly id: string;
    readonly pointer: string;
    /** not_sealed: import first. still_legacy: the old program needs it, as long as its plugin has not begun to move. */
    readonly reason: 'not_sealed' | 'still_legacy';
  }[];
}

export type Scrub = (actor: Actor) => Promise<ScrubReport>;

export function createScrub(parts: ImportParts): Scrub {
  const { store, audit } = parts;
  return (actor) =>
    store.db.transaction().execute(async (trx) => {
      const report = await scrubAll(trx, parts);
      await audit.record(trx, {
        actor,
        action: 'legacy.scrub',
        entity: { kind: 'legacy', id: '*' },
        after: report.tables,
      });
      return report;
    });
}

async function scrubAll(trx: Queryable, { vault, plugins }: ImportParts): Promise<ScrubReport> {
  const sealed = await readSealed(trx, await readState(trx, vault, plugins.list(), true), await readStored(trx, vault));
  const tables: ScrubReport['tables'][number][] = [];
  const left: ScrubReport['left'][number][] = [];
  for (const { schema, table, isPlain } of await foundTables(trx as unknown as Kysely<never>)) {
    // A view has no rows of its own.
    if (!isPlain) continue;
    let [rows, secrets] = [0, 0];
    for (const { at, raw, found } of await lockRows(trx, schema, table)) {
      const verdict = sealed(found);
      const taken = takeRowSecrets(found.row, verdict.takes);
      for (const pointer of takeRowSecrets(found.row).secrets.keys()) {
        if (!taken.secrets.has(pointer)) left.push({ table, id: found.id, pointer, reason: verdict.reason });
      }
      if (taken.secrets.size === 0) continue;
      await maskRow(trx, { schema, table, at, raw, secrets: taken.secrets });
      rows += 1;
      secrets += taken.secrets.size;
    }
    if (rows > 0) tables.push({ table, rows, secrets });
  }
  return { tables, left };
}

interface Verdict {
  readonly takes: (secret: string) => boolean;
  readonly reason: 'not_sealed' | 'still_legacy';
}

/** What of a row is sealed here, opened and compared. */
async function readSealed(
  trx: Queryable,
  state: State,
  stored: readonly StoredInstance[],
): Promise<(found: FoundRow) => Verdict> {
  const forms = new Map(stored.map(({ row, secrets }) => [row.id, formsOfSecrets(row.config, secrets)]));
  const plugins = new Map(stored.map(({ row }) => [row.id, row.plugin]));
  const members = await trx
    .selectFrom('external_system_instances')
    .select(['id', 'system_id'])
    .where('system_id', 'is not', null)
    .execute();
  const instancesOf = (table: string, id: string): string[] =>
    (state.ledger.get(keyOf(table, id))?.targets ?? []).flatMap((target) =>
      target.kind === 'instance' ? [target.id] : [],
    );
  return ({ table, id }) => {
    const own = instancesOf(table, id);
    const theirs = members
      .filter(({ system_id }) => table === 'external_systems' && String(system_id) === id)
      .flatMap((member) => instancesOf('external_system_instances', String(member.id)));
    const instances = [...own, ...theirs];
    const kept = [keyOf(table, id), keyOf(`${table}.default_mapping`, id)].flatMap((key) => [
      ...(state.quarantine.get(key)?.secrets.values() ?? []),
    ]);
    const values = new Set([...instances.flatMap((instance) => [...(forms.get(instance) ?? [])]), ...kept]);
    const isLegacy = instances.some((instance) => {
      const plugin = plugins.get(instance);
      return plugin !== undefined && (state.modes.get(plugin) ?? 'legacy') === 'legacy';
    });
    if (isLegacy) return { takes: () => false, reason: 'still_legacy' };
    return { takes: (secret) => values.has(secret), reason: 'not_sealed' };
  };
}

interface LockedRow {
  /** Where it is, for as long as the transaction holds it. */
  readonly at: string;
  readonly raw: Row;
  readonly found: FoundRow;
}

async function lockRows(trx: Queryable, schema: string, table: string): Promise<LockedRow[]> {
  const { rows } = await sql<{ at: string; row: string }>`
    select old.ctid::text as at, row_to_json(old)::text as row from ${sql.id(schema, table)} old for update`.execute(
    trx,
  );
  const raws = rows.map(({ at, row }) => ({ at, raw: JSON.parse(row) as Row }));
  const snakes = raws.map(({ raw }) => snakeRow(raw));
  const ids = idsOf(snakes);
  return raws.map(({ at, raw }, index) => {
    return { at, raw, found: foundRow(table, snakes[index] ?? {}, ids[index] ?? '') };
  });
}

interface Masking {
  readonly schema: string;
  readonly table: string;
  readonly at: string;
  readonly raw: Row;
  readonly secrets: ReadonlyMap<string, string>;
}

/** Only the columns that have one of these secrets, in the type that they are of. */
async function maskRow(trx: Queryable, { schema, table, at, raw, secrets }: Masking): Promise<void> {
  const values = new Set(secrets.values());
  const { rows: columns } = await sql<{ name: string; type: string }>`
    select a.attname as name, format_type(a.atttypid, null) as type from pg_attribute a
    where a.attrelid = ${`${quoted(schema)}.${quoted(table)}`}::text::regclass
      and a.attnum > 0 and not a.attisdropped`.execute(trx);
  const changes = columns.flatMap(({ name, type }) => {
    const [column = name] = Object.keys(snakeRow({ [name]: null }));
    const { masked, secrets: own } = takeRowSecrets({ [column]: raw[name] }, (secret) => values.has(secret));
    if (own.size === 0) return [];
    const cell = masked[column];
    const isJson = type === 'json' || type === 'jsonb';
    // Text that was JSON stays that.
    const text = isJson || typeof cell !== 'string' ? plainJson(cell) : cell;
    const value = isJson ? sql`${text}::text::${sql.raw(type)}` : sql`${text}::text`;
    return [sql`${sql.id(name)} = ${value}`];
  });
  if (changes.length === 0) return;
  await sql`update ${sql.id(schema, table)} set ${sql.join(changes)} where ctid = ${at}::text::tid`.execute(trx);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
