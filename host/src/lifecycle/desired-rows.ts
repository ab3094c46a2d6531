// The statements on what hosts are to have: `plugin`, `plugin_version` and the generation that every change of them makes.
import { type Selectable, sql } from 'kysely';
import type { Package } from '../catalog/index.ts';
import type { PluginGrants, PluginSource, PluginTable, PluginVersionTable, Queryable } from '../store/index.ts';

export type PluginRow = Selectable<PluginTable>;
export type VersionRow = Omit<Selectable<PluginVersionTable>, 'tarball'>;

export interface Desired {
  readonly generation: number;
  readonly plugins: readonly PluginRow[];
}

/** In one statement: what belongs to the generation, and nothing of the next. */
export async function readDesired(db: Queryable): Promise<Desired> {
  const { rows } = await sql<{ head: number } & { [Column in keyof PluginRow]: PluginRow[Column] | null }>`
    select h.generation as head, p.* from plugin_head h left join plugin p on true order by p.name`.execute(db);
  return {
    generation: rows[0]?.head ?? 0,
    plugins: rows.flatMap(({ head: _, ...row }) => (row.name === null ? [] : [row as PluginRow])),
  };
}

export async function readGeneration(db: Queryable): Promise<number> {
  const row = await db.selectFrom('plugin_head').select('generation').executeTakeFirst();
  return row?.generation ?? 0;
}

/** Whoever else changes what is wanted waits until the transaction ends. */
export async function lockHead(trx: Queryable): Promise<void> {
  await trx.selectFrom('plugin_head').select('generation').forUpdate().execute();
}

/** Every host is told when the transaction is committed. Call it when something has changed, once. */
export async function nextGeneration(trx: Queryable): Promise<number> {
  const { generation } = await trx
    .updateTable('plugin_head')
    .set((eb) => ({ generation: eb('generation', '+', 1) }))
    .returning('generation')
    .executeTakeFirstOrThrow();
  return generation;
}

export async function readPlugin(db: Queryable, name: string): Promise<PluginRow | undefined> {
  return db.selectFrom('plugin').selectAll().where('name', '=', name).executeTakeFirst();
}

export interface WantedPlugin {
  readonly name: string;
  readonly package: string;
  readonly state: PluginRow['state'];
  readonly integrity: string;
  readonly previous: string | null;
  readonly grants: PluginGrants;
  readonly previous_grants: PluginGrants | null;
  readonly generation: number;
  readonly seed: string | null;
  readonly why: string | null;
  /** Milliseconds from now; null: nobody watches it. */
  readonly watchMs: number | null;
  readonly purgeMs: number | null;
}

export async function writePlugin(trx: Queryable, wanted: WantedPlugin): Promise<void> {
  const { grants, previous_grants, watchMs, purgeMs, ...rest } = wanted;
  const later = (ms: number | null) => sql<Date | null>`now() + ${ms}::float8 * interval '1 millisecond'`;
  const values = {
    ...rest,
    grants: JSON.stringify(grants),
    previous_grants: previous_grants === null ? null : JSON.stringify(previous_grants),
    refused: null,
    watch_until: later(watchMs),
    purge_at: later(purgeMs),
    changed_at: sql<Date>`now()`,
  };
  await trx
    .insertInto('plugin')
    .values(values)
    .onConflict((conflict) => conflict.column('name').doUpdateSet(values))
    .execute();
}

/** Makes no generation: hosts have nothing to do. */
export async function noteRefused(
  db: Queryable,
  name: string,
  refused: { readonly version: string; readonly reason: string } | null,
): Promise<void> {
  const value =
    refused === null
      ? sql<string | null>`null`
      : sql<string>`${JSON.stringify(refused)}::text::jsonb || jsonb_build_object('at', now())`;
  await db.updateTable('plugin').set({ refused: value }).where('name', '=', name).execute();
}

/** A package that is there already stays as it is: it is the same. */
export async function keepVersion(
  db: Queryable,
  packed: Package,
  about: { readonly package: string; readonly name: string; readonly version: string; readonly source: PluginSource },
): Promise<void> {
  const { source, ...rest } = about;
  await db
    .insertInto('plugin_version')
    .values({ ...rest, integrity: packed.integrity, tarball: packed.tarball, source: JSON.stringify(source) })
    .onConflict((conflict) => conflict.column('integrity').doUpdateSet({ added_at: sql`now()` }))
    .execute();
}

const ABOUT = ['integrity', 'package', 'name', 'version', 'source', 'added_at'] as const;

export async function readVersion(db: Queryable, integrity: string): Promise<VersionRow | undefined> {
  return db.selectFrom('plugin_version').select(ABOUT).where('integrity', '=', integrity).executeTakeFirst();
}

/** The newest first. */
export async function readVersions(db: Queryable, name: string): Promise<VersionRow[]> {
  return db
    .selectFrom('plugin_version')
    .select(ABOUT)
    .where('name', '=', name)
    .orderBy('added_at', 'desc')
    .orderBy('integrity')
    .execute();
}

/** @throws when it is not kept any more. */
export async function readPackage(db: Queryable, integrity: string): Promise<Package> {
  const { tarball } = await db
    .selectFrom('plugin_version')
    .select('tarball')
    .where('integrity', '=', integrity)
    .executeTakeFirstOrThrow(() => new Error(`the package ${integrity} is not kept any more`));
  return { integrity, tarball: Buffer.from(tarball) };
}

/** Packages that nothing points at go, but for the newest of each plugin and those that were fetched a moment ago. */
export async function forgetVersions(db: Queryable, keep: number, youngMs: number): Promise<void> {
  await sql`
    delete from plugin_version v
    where added_at < now() - ${youngMs}::float8 * interval '1 millisecond'
      and not exists (select 1 from plugin p where v.integrity in (p.integrity, p.previous))
      and (select count(*) from plugin_version w where w.name = v.name and w.added_at > v.added_at) >= ${keep}`.execute(
    db,
  );
}
