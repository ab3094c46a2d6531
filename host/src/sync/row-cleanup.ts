// Rows whose instance is gone. In steps: a statement that deletes a million rows would pass its timeout.
import { sql } from 'kysely';
import type { Limits } from '../limits.ts';
import type { Queryable } from '../store/index.ts';
import { type TableShape, tableOf } from './table-shape.ts';

type Table = Pick<TableShape, 'schema' | 'table'>;

/** Tables that were made for the plugin's streams and are there, whether the plugin is active or not. */
export async function registeredTables(db: Queryable, plugin: string): Promise<Table[]> {
  const { rows } = await sql<Table>`
    select r.schema_name as schema, r.table_name as table
    from stream_table r
    join pg_namespace n on n.nspname = r.schema_name
    join pg_class c on c.relnamespace = n.oid and c.relname = r.table_name
    where r.plugin = ${plugin}`.execute(db);
  return rows;
}

/** Of everything that a plugin has synced. The schema stays: somebody may have put a view into it. */
export async function dropTables(trx: Queryable, plugin: string): Promise<void> {
  const tables = await registeredTables(trx, plugin);
  for (const table of tables) await sql`drop table ${tableOf(table)}`.execute(trx);
  await trx.deleteFrom('stream_table').where('plugin', '=', plugin).execute();
}

export async function dropRows(db: Queryable, table: Table, instanceId: string, limits: Limits['sync']): Promise<void> {
  for (;;) {
    const { numAffectedRows = 0n } = await sql`
      delete from ${tableOf(table)} where ctid = any(array(
        select ctid from ${tableOf(table)} where instance_id = ${instanceId} limit ${limits.deleteRows}
      ))`.execute(db);
    if (numAffectedRows < BigInt(limits.deleteRows)) return;
  }
}

/**
 * What a host that died while it deleted an instance has left. Reads one entry of the primary key for each instance, not the table;
 * one statement looks at all of them.
 */
export async function dropOrphans(db: Queryable, tables: readonly Table[], limits: Limits['sync']): Promise<void> {
  if (tables.length === 0) return;
  const found = tables.map(
    (table) => sql`select ${table.schema}::text as schema, ${table.table}::text as table, id from (
      with recursive ids as (
        (select min(instance_id) as id from ${tableOf(table)})
        union all
        select (select min(instance_id) from ${tableOf(table)} where instance_id > ids.id) from ids where ids.id is not null
      )
      select id from ids where id is not null and not exists (select 1 from instance where instance.id = ids.id)
    ) as orphans`,
  );
  const { rows } = await sql<Table & { id: string }>`${sql.join(found, sql` union all `)}`.execute(db);
  for (const { id, ...table } of rows) await dropRows(db, table, id, limits);
}
