// Rows that nobody has yet: encoded for COPY they go straight into the stream's table, for less than half of what staging and
// merging them costs.
import { sql } from 'kysely';
import { CopyData, type Queryable } from '../store/index.ts';
import type { RowCounts, RowTarget } from './row-statements.ts';
import { INSTANCE_SETTING, tableOf } from './table-shape.ts';

/**
 * Undefined when the instance is gone. Fails when a row is there already, is twice among these, or is none that the table can hold.
 * Whose the rows are is the host's to say and not in them: a plugin that has got at the encoder writes for its own instance only.
 */
export async function insertCopied(
  trx: Queryable,
  { shape, instanceId }: RowTarget,
  chunks: readonly Uint8Array[],
): Promise<RowCounts | undefined> {
  const owner = await sql`
    select set_config(${INSTANCE_SETTING}, id, true) from instance
    where id = ${instanceId} and plugin = ${shape.plugin} for key share`.execute(trx);
  if (owner.rows.length === 0) return undefined;
  const names = sql.join(shape.columns.map(({ name }) => sql.id(name)));
  const { rows } = await sql<{ copied: number }>`
    copy ${tableOf(shape)} (${names}, row_hash) from stdin ${new CopyData(chunks)}`.execute(trx);
  return { inserted: rows[0]?.copied ?? 0, updated: 0, unchanged: 0, deleted: 0, rejected: 0 };
}
