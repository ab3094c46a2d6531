// One way in which a plugin may try to read, reach, leak, disturb or kill, and what must come of it.
import type { ErrorCode } from '../../../host/src/errors.ts';

export interface Idea {
  /** Unique; completes "a plugin that …". */
  readonly tries: string;
  /**
   * Body of its query. In scope: `ctx`, `load` (import), `world` (paths and URLs it must not reach), `reached(value)`, which tells what it got.
   * It is refused when it throws, or reaches nothing.
   */
  readonly body: string;
  /** Code of the bundle outside the query; not run by the builder. */
  readonly top?: string;
  /** Columns when it yields rows of its own. */
  readonly columns?: string;
  /** `refused`: it reaches nothing. `served`: its query answers, and nobody else notices. A code: its query fails with it. */
  readonly ends: 'refused' | 'served' | ErrorCode;
}

/** What there is to be reached. A plugin knows the way to all of it: secrecy of a path is no wall. */
export interface World {
  /** A file beside the data folder. */
  readonly secretFile: string;
  readonly masterKeyFile: string;
  readonly databaseFolder: string;
  /** The bundle of another plugin. */
  readonly otherBundle: string;
  /** Counts connections; nobody may make one. */
  readonly listener: string;
  readonly listenerPort: number;
}
