// Another shape of the widgets, which is written in the transaction that changes them.
import type { Queryable } from '../store/index.ts';
import type { Widget } from './rows.ts';

export interface WidgetWrite {
  /** Left out: it was made. */
  readonly before?: Widget;
  /** Left out: it was deleted. */
  readonly after?: Widget;
}

export interface WidgetMirror {
  /** First in the transaction: before anything is locked. */
  begin(trx: Queryable): Promise<void>;
  wrote(trx: Queryable, write: WidgetWrite): Promise<void>;
}

export const NO_MIRROR: WidgetMirror = { begin: async () => {}, wrote: async () => {} };
