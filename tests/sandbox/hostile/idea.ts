// One way in which a plugin may try to read, reach, leak, disturb or kill, and what must come of it.
import type { ErrorCode } from '../../../host/src/errors.ts';

export interface Idea {
  /** Unique; completes "a plugin that …". */
  readonly tries: string;
  /**
   * Body of its query. In scope: `ctx`, `load` (import), `world` (paths and URLs it must not reach), `reached(value)`, which tells what it got,
   * and `denied(promise)`, which tells it when a call failed for another reason than that it may not be made.
   * It is refused when it throws, or reaches nothing.
   */
  readonly body: string;
  /** Code of the bundle outside the query; not run by the builder. */
  readonly top?: string;
  /** Columns when it yields rows of its own. */
  readonly columns?: string;
  /** `refused`: it reaches nothing. `served`: its query answers, and nobody else notices. A code: its query fails with it. */
  readonly ends: 'refused' | 'served' | ErrorCode;
  /** Rows of a query that is served. */
  readonly rows?: readonly unknown[];
  /** In the detail of its failure. */
  readonly says?: string;
  /** In a log line that names its run. */
  readonly logs?: string;
  /** Its second run, on another instance, is where it gets what the first has left. */
  readonly again?: true;
  /** A run that begins right after it on the same instance, and has done nothing, is served. */
  readonly later?: true;
}

/** What there is to be reached. A plugin knows the way to all of it: secrecy of a path is no wall. */
export interface World {
  /** A file beside the data folder. */
  readonly secretFile: string;
  readonly masterKeyFile: string;
  readonly databaseFolder: string;
  /** The program that opens it. */
  readonly databaseModule: string;
  /** The bundle of another plugin. */
  readonly otherBundle: string;
  /** Counts connections; nobody may make one. */
  readonly listener: string;
  readonly listenerPort: number;
  /** The secret of every instance, so that plugins can look for it. */
  readonly canary: string;
}
