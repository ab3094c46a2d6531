// How the rows of a run are written: by what the ones before them were, since most rows of a read are alike.
import type { Queryable } from '../store/index.ts';
import { applyChange, applyChanged, applyCopied, applyNew, type ApplyCounts, joinBytes } from './apply.ts';
import type { KeyArrays } from './key-arrays.ts';
import type { RowTarget } from './row-statements.ts';

/** `ask`: which of them the database has, and send the others. `insert`: none is there. `merge`: it may have any of them. */
type Way = 'ask' | 'insert' | 'merge';

export class RunUpserts {
  readonly #target: RowTarget;
  /** At first nobody knows, and asking is cheap. */
  #way: Way = 'ask';
  /** Rows that looked new were not: what was sent in vain is sent again, once in a run. */
  #wasWrong = false;

  constructor(target: RowTarget) {
    this.#target = target;
  }

  /** @param keys of rows that are encoded for COPY */
  async write(trx: Queryable, rows: readonly Uint8Array[], keys: KeyArrays | undefined): Promise<ApplyCounts> {
    const counts = await this.#write(trx, rows, keys);
    const { inserted, updated, unchanged, rejected } = counts;
    if (unchanged > inserted + updated) this.#way = 'ask';
    else this.#way = updated + unchanged + rejected === 0 && !this.#wasWrong ? 'insert' : 'merge';
    return counts;
  }

  async #write(trx: Queryable, rows: readonly Uint8Array[], keys: KeyArrays | undefined): Promise<ApplyCounts> {
    const target = this.#target;
    const { stream } = target.shape;
    if (target.encoding === 'ndjson') {
      return applyChange(trx, target, { stream, kind: 'upsert', reason: null, bytes: joinBytes(rows) });
    }
    if (this.#way === 'ask' && keys !== undefined) return applyChanged(trx, target, rows, keys);
    const inserted = this.#way === 'insert' ? await applyNew(trx, target, rows) : undefined;
    this.#wasWrong ||= this.#way === 'insert' && inserted === undefined;
    return inserted ?? applyCopied(trx, target, rows);
  }
}
