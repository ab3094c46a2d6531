// History is kept for as long as its stream says. What is older goes after a read, now and then: nobody waits for it.
import { sql } from 'kysely';
import type { Limits } from '../limits.ts';
import type { Queryable } from '../store/index.ts';
import type { RowTarget } from './row-statements.ts';
import { tableOf } from './table-shape.ts';

export class Retention {
  readonly #limits: Pick<Limits['sync'], 'deleteRows' | 'retention'>;
  /** When the rows of an instance were last looked at, by this host's monotonic clock. */
  readonly #looked = new Map<string, number>();

  constructor(limits: Pick<Limits['sync'], 'deleteRows' | 'retention'>) {
    this.#limits = limits;
  }

  /** Deletes rows that were written longer ago, in steps that stay below the statement timeout. */
  async forget(db: Queryable, { shape, instanceId }: RowTarget, retainMs: number): Promise<void> {
    const { deleteRows, retention } = this.#limits;
    const key = JSON.stringify([shape.schema, shape.table, instanceId]);
    const now = performance.now();
    if (now - (this.#looked.get(key) ?? Number.NEGATIVE_INFINITY) < retention) return;
    this.#looked.set(key, now);
    for (;;) {
      const { numAffectedRows = 0n } = await sql`
        delete from ${tableOf(shape)} where ctid = any(array(
          select ctid from ${tableOf(shape)}
          where instance_id = ${instanceId} and synced_at < now() - ${retainMs}::float8 * interval '1 millisecond'
          limit ${deleteRows}
        ))`.execute(db);
      if (numAffectedRows < BigInt(deleteRows)) return;
    }
  }
}
