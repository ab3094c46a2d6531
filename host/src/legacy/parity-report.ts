/** Something that the two shapes say differently. No secret is in it. */
export interface Difference {
  /** An old table. */
  readonly table: string;
  readonly key: string;
  readonly field: string;
  readonly legacy: unknown;
  readonly plugin: unknown;
}

export interface ParityReport {
  readonly differences: readonly Difference[];
}

/** Compares both shapes of plugins, by name, as they are at one moment; and what both answer. */
export type Parities = (plugins: readonly string[]) => Promise<ReadonlyMap<string, ParityReport>>;

/** Rows that are new or have changed since the last import, in tables that nothing is written to while both shapes are. */
export type Unread = (plugin: string) => Promise<readonly string[]>;

export type Field = Pick<Difference, 'field' | 'legacy' | 'plugin'>;

/** Fields that are answered differently by the two shapes, of rows of an old table by their ids. */
export type Answers = (table: string, ids: readonly number[]) => Promise<ReadonlyMap<number, readonly Field[]>>;
