// The part of limits.ts that is about plugins that come and go. Times are milliseconds.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

export interface LifecycleLimits {
  /** How often a host looks whether it is behind, and says how far it is: what it hears between is faster, and may be lost. */
  tick: number;
  /** A host that has not said anything for three ticks is gone. */
  silent: number;
  /** A host that has been behind for longer than two ticks is not ready. */
  behind: number;
  /** Hosts that are gone are remembered for this long. */
  keepHosts: number;
  /** One answer of a registry. */
  fetch: number;
  /** Whoever plans a change confirms it within an hour, or looks again. */
  planned: number;
  /** Changes that have ended are kept as long as what a removal leaves. */
  keepChanges: number;
  /** Packages of a plugin that are kept although nothing points at them, and how long one that nobody has made anything of is kept at least. */
  keepVersions: number;
  youngVersion: number;
  /** How often old packages, changes and what removed plugins have left are looked for. */
  clearing: number;
  /** What a removed plugin leaves can be brought back for this long. */
  retention: number;
  /** Plugin versions that a host remembers opened: the ones before and after of twenty plugins. */
  opened: number;
  /** What a plugin that is switched off has under way may end within this time: FAULTS asks for it. */
  drain: number;
  /** How long the faults of a new version are watched. */
  watch: number;
  /** Fewer faults are the weather. */
  faults: number;
  /** A version is taken back when its share of runs that fail is twice that of the one before, and this much more. */
  rise: number;
}

export const lifecycleLimits: LifecycleLimits = {
  tick: 5 * SECOND,
  silent: 15 * SECOND,
  behind: 10 * SECOND,
  keepHosts: DAY,
  fetch: 30 * SECOND,
  planned: 60 * MINUTE,
  keepChanges: 90 * DAY,
  keepVersions: 5,
  youngVersion: DAY,
  clearing: 60 * MINUTE,
  retention: 30 * DAY,
  opened: 40,
  drain: 30 * SECOND,
  watch: 10 * MINUTE,
  faults: 5,
  rise: 0.1,
};
