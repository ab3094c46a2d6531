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

/** Compares both shapes of a plugin. */
export type Parity = (plugin: string) => Promise<ParityReport>;
