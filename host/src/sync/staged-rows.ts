// Rows that the worker has encoded for COPY: they go into a table of the connection's own, which costs the server half of what JSON
// does, and from there into the stream's table.
import { createHash } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import { CopyData, type Queryable } from '../store/index.ts';
import { definitionOf, type TableShape, typeOf } from './table-shape.ts';

/** Puts rows of these columns where a statement can read them, and says how: the columns, `_hash`, and `_place`, which grows from row to row. */
export async function stageRows(
  trx: Queryable,
  shape: TableShape,
  chunks: readonly Uint8Array[],
  columns: readonly string[],
): Promise<RawBuilder<unknown>> {
  const table = stageOf(shape);
  const names = shape.columns.map(({ name }) => sql.id(name));
  // One text of several statements: it has no parameters. What an earlier batch of this transaction left is taken away.
  await sql`
    create temp table if not exists ${table} (${sql.join(shape.columns.map(definitionOf))}, _hash text) on commit delete rows;
    truncate ${table}`.execute(trx);
  const given = columns.map((name) => sql.id(name));
  await sql`copy ${table} (${sql.join(given)}, _hash) from stdin ${new CopyData(chunks)}`.execute(trx);
  return sql`select ${sql.join(names)}, _hash, ctid as _place from ${table}`;
}

/** Another version of the stream has another table: a connection outlives it. */
function stageOf({ plugin, stream, columns }: TableShape): RawBuilder<unknown> {
  const about = [plugin, stream, ...columns.flatMap((column) => [column.name, typeOf(column)])];
  return sql.id(
    'pg_temp',
    `jackfield_${createHash('sha256').update(JSON.stringify(about)).digest('hex').slice(0, 32)}`,
  );
}
