// A wall, and what takes it down: a change of the program's text. Nothing in the program itself can do that.
import type { Group } from '../index.ts';

export interface Patch {
  /** Relative to the repository. */
  readonly file: string;
  /** Occurs in it once. */
  readonly from: string;
  readonly to: string;
}

export interface Mutation {
  /** Unique; completes "the program without …". */
  readonly without: string;
  readonly patches: readonly Patch[];
  /** Ideas that are tried on it. */
  readonly groups?: readonly Group[];
  /** Test files that are run on it. */
  readonly tests?: readonly string[];
}

export function patch(file: string, from: string, to = ''): Patch {
  return { file, from, to };
}
