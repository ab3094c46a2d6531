// What the old API's writes become in the new shape, while both are written. One for each kind of row.
import type { ClientScope, Role } from '../../access/index.ts';
import type { Written } from '../../instances/index.ts';
import type { Queryable } from '../../store/index.ts';
import type { OldRow, Values } from '../old-rows.ts';

export interface By {
  readonly role: Role;
  readonly clients: ClientScope;
}

export interface Change {
  readonly before: OldRow;
  /** Columns as they came. */
  readonly sent: Values;
}

export interface Twin {
  /** Whose mode a row moves with; undefined: no plugin's. `row` may be one that is not saved yet. */
  pluginOf(db: Queryable, row: Values): Promise<string | undefined>;
  /** @throws Problem when the row cannot be as it is, in whichever mode. */
  assertSound?(db: Queryable, after: Values, change?: Change): Promise<void>;
  /** @throws Problem when it cannot go. */
  assertRemovable?(db: Queryable, row: OldRow): Promise<void>;
  /** Values of the row that the new shape keeps, secrets too: others are refused, there would be no place for them. */
  keeps(db: Queryable, row: Values): Promise<readonly unknown[]>;
  /** Locks what a change of the row will change. */
  lock(trx: Queryable, row: OldRow): Promise<void>;
  /** `row` has been written; `plain` is the same with the secrets that were sent. */
  create(trx: Queryable, row: OldRow, plain: Values, by: By): Promise<Written[]>;
  /** Before the row is written; both with the secrets that are known. */
  update(trx: Queryable, before: OldRow, after: OldRow, by: By): Promise<Written[]>;
  /** What goes there is switched off here. */
  remove(trx: Queryable, row: OldRow): Promise<Written[]>;
  /** The columns as the new shape has them. */
  shown(db: Queryable, rows: readonly OldRow[]): Promise<ReadonlyMap<number, Values>>;
}
