// The part of limits.ts that is about streams: when they are read, how their rows are written. Times are milliseconds.

const MB = 1024 * 1024;
const SECOND = 1000;
const MINUTE = 60 * SECOND;

export interface SyncLimits {
  /** A table that somebody holds longer than this is left as it is: its plugin must not wait for it. */
  tableLock: number;
  /** Rows that one statement deletes: a million at once would pass the statement timeout. */
  deleteRows: number;
  /** Rows of a view that does not say how many, and the most that it may say. */
  viewRows: number;
  viewRowsMost: number;
  /** How often a host looks for what is due. */
  tick: number;
  /** Schedules that one tick makes into runs: its transaction stays short. */
  claimsPerTick: number;
  /** Runs that wait in the queue before ticks add no more. After an outage everything is due at once. */
  queued: number;
  /** Runs at the same time on one host. Most of them wait for their vendor. */
  runsPerHost: number;
  /** So many runs are claimed at once when so many places get free soon: a claim costs much the same for one and for all. */
  claimsAtOnce: number;
  /** How soon: about as long as a run takes that reads nothing. Places that are free for longer are taken, however few. */
  claimPatience: number;
  /** The most that is added to an interval, so that instances do not read in step. */
  jitter: number;
  /** A host that does not renew its lease for this long has lost its run. */
  lease: number;
  heartbeat: number;
  /** Time the plugin may take; time spent in the database is not counted. */
  deadline: number;
  /** Rows and bytes of one statement: a thousand rows cost a fifth more each than five thousand. */
  batchRows: number;
  batchBytes: number;
  /** Bytes that may wait for their cursor. */
  pendingBytes: number;
  /** Bytes with their cursor that may wait for the transaction before them; then the plugin does. */
  readyBytes: number;
  /** Keys that a plugin is asked about at once: Jira takes 100. */
  goneKeys: number;
  /** Tries after the first before a failed read waits for its next turn, and the pauses between them. */
  retries: number;
  retryMin: number;
  retryMax: number;
  /** A cursor that is of no use makes the host have everything read, so often at most. */
  readAnewEvery: number;
  /** A run that waits this long is handed to the queue again, as long as a lease: whoever took it from there may be dead. */
  sendAgain: number;
  /** Pause before a lost database is asked again; a run gives up when its lease would be over. */
  databaseRetry: number;
  /** pg-boss counts in seconds, and takes no less than 10 for the first and half a second for the second. */
  queueHeartbeat: number;
  queuePoll: number;
  queueStop: number;
  /** What was taken from the queue is kept as long, and cleared away as often. */
  queueClearing: number;
  /** How long runs and cursors that were left behind are kept, and how often old ones are cleared away. */
  keepRuns: number;
  clearing: number;
}

export const syncLimits: SyncLimits = {
  tableLock: 2 * SECOND,
  deleteRows: 10_000,
  viewRows: 1000,
  viewRowsMost: 10_000,
  tick: SECOND,
  claimsPerTick: 200,
  queued: 500,
  runsPerHost: 16,
  claimsAtOnce: 4,
  claimPatience: 100,
  jitter: 10 * SECOND,
  lease: 15 * SECOND,
  heartbeat: 5 * SECOND,
  deadline: 15 * MINUTE,
  batchRows: 5000,
  batchBytes: 4 * MB,
  pendingBytes: 8 * MB,
  readyBytes: 4 * MB,
  goneKeys: 100,
  retries: 5,
  retryMin: SECOND,
  retryMax: 5 * MINUTE,
  readAnewEvery: 24 * 60 * MINUTE,
  sendAgain: 15 * SECOND,
  databaseRetry: 250,
  queueHeartbeat: 30 * SECOND,
  queuePoll: 2 * SECOND,
  queueStop: 5 * SECOND,
  queueClearing: MINUTE,
  keepRuns: 90 * 24 * 60 * MINUTE,
  clearing: 10 * MINUTE,
};
