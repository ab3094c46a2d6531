// The columns of a fan-out: the instance, then the query's own. Where they come with the answers, instances may differ: objects then
// have what their instance gave, and the columns are all of them; CSV has one header, so there the first to answer decides.
import type { Column } from '@jackfield/schemas';
import type { Encoding } from '@jackfield/sdk/runtime';
import { Problem } from '../errors.ts';
import { INSTANCE_COLUMN } from './row-prefix.ts';

export class SharedColumns {
  readonly #encoding: Encoding;
  readonly #columns = new Map<string, Column>([
    [INSTANCE_COLUMN, { name: INSTANCE_COLUMN, type: 'string', label: 'Instance' }],
  ]);
  #header: { readonly names: string; readonly from: string | undefined } | undefined;

  constructor(encoding: Encoding) {
    this.#encoding = encoding;
  }

  /** In the order of their first appearance. */
  get all(): readonly Column[] {
    return [...this.#columns.values()];
  }

  /**
   * Takes in what an instance answers with, or what the manifest promises for all.
   * @throws Problem `conflict` when rows with these columns have no place in the result.
   */
  add(columns: readonly Column[], instanceId?: string): void {
    if (columns.some(({ name }) => name === INSTANCE_COLUMN)) throw nameTaken(instanceId);
    const names = columns.map(({ name }) => name).join(', ');
    this.#header ??= { names, from: instanceId };
    if (this.#encoding === 'csv' && names !== this.#header.names) {
      throw new Problem(
        'conflict',
        `it answers with the columns ${names}, "${this.#header.from}" with ${this.#header.names}`,
        {
          next: 'Ask for application/json or application/x-ndjson, where rows may differ, or ask this instance alone.',
          ...(instanceId === undefined ? {} : { instanceId }),
        },
      );
    }
    for (const column of columns) {
      const known = this.#columns.get(column.name);
      // Numbers here and text there: together they are any JSON value.
      const isSame = known === undefined || known.type === column.type;
      this.#columns.set(column.name, isSame ? (known ?? column) : { ...known, type: 'json' });
    }
  }
}

function nameTaken(instanceId: string | undefined): Problem {
  return new Problem(
    'conflict',
    `the rows have a column "${INSTANCE_COLUMN}" of their own, so they cannot say where they are from`,
    {
      next: 'Ask each instance by itself.',
      ...(instanceId === undefined ? {} : { instanceId }),
    },
  );
}
