// What is in the database, which people may have changed: read from PostgreSQL's own tables, one statement for a whole schema.
import { sql } from 'kysely';
import type { Queryable } from '../store/index.ts';

export interface StoredTable {
  /** Types by column, as PostgreSQL calls them. */
  readonly columns: ReadonlyMap<string, string>;
  /** Columns of the primary key in their order. */
  readonly key: readonly string[];
  /** Rows may be copied into it as they come: whose they are, and when they came, are its own to fill in. */
  readonly isFilled: boolean;
  /** Made for a stream of this plugin. */
  readonly isOurs: boolean;
}

/** By name. Views are among them: they take a name as well. */
export async function readStored(
  db: Queryable,
  { plugin, schema }: { readonly plugin: string; readonly schema: string },
): Promise<ReadonlyMap<string, StoredTable>> {
  const { rows } = await sql<{
    name: string;
    columns: Readonly<Record<string, string>> | null;
    key: readonly string[] | null;
    filled: boolean;
    ours: boolean;
  }>`
    select c.relname as name,
      (
        select json_object_agg(a.attname, format_type(a.atttypid, a.atttypmod)) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      ) as columns,
      (
        select json_agg(a.attname order by part.place)
        from pg_constraint k
        cross join unnest(k.conkey) with ordinality as part(number, place)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = part.number
        where k.conrelid = c.oid and k.contype = 'p'
      ) as key,
      (
        select count(*) = 2 from pg_attribute a
        where a.attrelid = c.oid and a.attname in ('instance_id', 'synced_at') and a.atthasdef
      ) as filled,
      exists (
        select 1 from stream_table r
        where r.plugin = ${plugin} and r.schema_name = n.nspname and r.table_name = c.relname
      ) as ours
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relkind not in ('i', 'I', 't')`.execute(db);
  return new Map(
    rows.map(({ name, columns, key, filled, ours }) => [
      name,
      { columns: new Map(Object.entries(columns ?? {})), key: key ?? [], isFilled: filled, isOurs: ours },
    ]),
  );
}
