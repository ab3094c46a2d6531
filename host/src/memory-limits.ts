// The part of limits.ts that is about what is remembered between requests, so that the database need not be asked. Times are milliseconds.

const SECOND = 1000;

export interface MemoryLimits {
  /** Should nobody tell of a change that another host has made, it counts here after this long at the latest. */
  heldFor: number;
  /** Instances, some 10 KB each. */
  instances: number;
  /** Tokens of programs: whoever has more programs than this asks the database now and then. */
  tokens: number;
  /** Sessions of people, a few hundred bytes each. */
  sessions: number;
  /** What somebody who is limited to clients was found to see, by its id. */
  sights: number;
  /** Instances in lists of those of a plugin, some KB each. A longer list is read each time. */
  listed: number;
  /** Saved widgets, some KB each, once for all who see the same clients. */
  widgets: number;
  /** Answers that are given again as they are. Their bodies are in the cache; what is kept here is 2 KB of each, and its instance. */
  answers: number;
}

export const memoryLimits: MemoryLimits = {
  heldFor: 5 * SECOND,
  instances: 5000,
  tokens: 1000,
  sessions: 5000,
  sights: 10_000,
  listed: 10_000,
  widgets: 5000,
  answers: 2000,
};
