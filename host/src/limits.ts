// Every timeout, size and count of the host, with its reason. Times are milliseconds, sizes are bytes unless the name says otherwise.
import { type AccessLimits, accessLimits } from './access-limits.ts';
import { type HealthLimits, healthLimits } from './health-limits.ts';
import { type LifecycleLimits, lifecycleLimits } from './lifecycle-limits.ts';
import { type LiveLimits, liveLimits } from './live-limits.ts';
import { type LegacyLimits, legacyLimits } from './legacy-limits.ts';
import { type MemoryLimits, memoryLimits } from './memory-limits.ts';
import { type TelemetryLimits, telemetryLimits } from './telemetry-limits.ts';
import { type SyncLimits, syncLimits } from './sync-limits.ts';

const KB = 1024;
const MB = 1024 * KB;
const SECOND = 1000;
const MINUTE = 60 * SECOND;

export interface Limits {
  /** A dashboard gives up before this; a plugin may ask for less. */
  queryDeadline: number;
  /** A check is one cheap call. */
  checkDeadline: number;
  /** Cancelling by message gets this long before the thread is terminated; parsing 10 MB holds one for 100 ms. */
  cancelGrace: number;
  /** A reader that takes nothing for this long has gone away. */
  readerStall: number;
  /** How long a reader that stopped may hold up others who read the same result. */
  readerHoldsOthers: number;
  /** Heap plus external memory of one thread before the watchdog ends it. */
  threadMemoryMb: number;
  /** V8's own limit as a multiple of the soft one: V8 takes the process down when it is hit, so the watchdog must be first. */
  hardMemoryFactor: number;
  /** Young generation of one thread: a third of V8's own size costs streams no speed and saves 30 MB. */
  threadYoungMb: number;
  /** How often the watchdog looks. At 50 ms it was first in 130 of 130 floods. */
  watchdogPoll: number;
  /** Two threads use two cores, more only raises the p99. */
  threadsPerPlugin: number;
  /** Runs that wait for the vendor at the same time on one thread. */
  runsPerThread: number;
  /** Runs that may wait for a thread, per plugin. */
  queueDepth: number;
  /** How often a thread that runs share is asked whether it is blocked. When two questions in a row have no answer, its runs are moved. */
  threadAsked: number;
  /** An idle thread costs 11 MB, a new one 44 ms. */
  threadIdle: number;
  /** Ending a thread takes 3 ms; one that takes longer is left to the end of the process. */
  threadEnd: number;
  /**
   * Processor time without a turn of its event loop, rows or the end of a run, from one look of the watchdog to a later one, before a
   * thread's priority is lowered: less than passes between two looks. Parsing 10 MB may be taken for it, which costs a new thread.
   */
  threadHolds: number;
  /** How often a plugin gets a new thread for one whose priority was lowered, which costs 44 ms. */
  threadRelief: number;
  /** Imports of a bundle before a thread is replaced: an imported module is never freed. A bundle without imports is not imported. */
  evaluationsPerThread: number;
  /** Row chunks on their way to one reader: two to eight reach full speed. */
  chunkCredits: number;
  /** Crashes of one plugin's instance within `crashWindow` that open its circuit. */
  crashesToQuarantine: number;
  crashWindow: number;
  /** First and longest pause of an open circuit; it doubles in between. */
  quarantineMin: number;
  quarantineMax: number;
  /** plugin.json is read into memory and compiled. */
  manifestBytes: number;
  bundleBytes: number;
  tarballBytes: number;
  /** Every plugin gets this long to be verified and loaded. */
  pluginLoad: number;
  /** One tap of a kernel hook. */
  hookTap: number;
  secrets: {
    /** How often a host looks for a rotation of the keys that nobody works on, and at its key file. */
    tick: number;
    /** A host that does not go on with a rotation for this long has left it. */
    lease: number;
    /** Instances whose secrets are sealed again in one transaction: who changes one of them waits for it, some ten milliseconds. */
    batch: number;
  };
  configMigrations: {
    /** Of one config, which takes a millisecond when its thread is there: the time a plugin has to load. */
    deadline: number;
    /** Configs at a time: fewer than a plugin's threads carry, for the version that is rolled back is the one that everybody uses. */
    concurrency: number;
    /** Results of a dry run that are kept for the upgrade after it, so that its transaction holds no locks while plugins run. */
    remembered: number;
  };
  holds: {
    /** An instance whose credentials were refused is left alone for this long: a FortiGate's lock is 60 s, and each try starts it anew. */
    authFailed: number;
    /** The most that a vendor may ask for. */
    most: number;
  };
  access: AccessLimits;
  health: HealthLimits;
  legacy: LegacyLimits;
  lifecycle: LifecycleLimits;
  gateway: {
    connectTimeout: number;
    /** The secondary of a FortiGate pair takes 10 to 25 s to begin. */
    headersTimeout: number;
    /** Silence inside a body. */
    bodyIdleTimeout: number;
    /** One attempt, from connect to the last byte read; time the reader makes it wait is not counted. */
    totalTimeout: number;
    bodyBytes: number;
    requestBytes: number;
    headerBytes: number;
    redirects: number;
    /** Tries after the first, of idempotent calls only. */
    retries: number;
    retryMin: number;
    retryMax: number;
    /** A Retry-After longer than this is handed to the plugin instead of waited for. */
    retryAfterMax: number;
    /** A call waits no longer than this for another one that tries the credentials: a vendor that is slow is asked all the same. */
    trialWait: number;
    /** Refused credentials are not sent again for this long: longer than a run waits for its thread, and later ones the host keeps back. */
    refusal: number;
    /** Requests in flight per instance when the plugin does not say. */
    concurrency: number;
    /** Requests of one instance that may wait for a place. */
    queue: number;
    /** The longest pause that a vendor may ask for. */
    pauseMost: number;
    breaker: {
      /** Failures in a row after which a vendor is left alone. */
      failures: number;
      /** For how long, at first and at most; it doubles in between. */
      open: number;
      openMost: number;
    };
    /** How long it is known how the vendor of an instance that nobody asks was doing: longer than any pause. */
    gateKept: number;
    bodyChunkBytes: number;
    /** An access token is replaced this long before it expires; clocks differ, and a call takes its time. At most half its life. */
    tokenEarly: number;
    /** Life of an access token whose server does not say. */
    tokenLife: number;
    /** A token endpoint's answer; a large one has 5 KB. */
    tokenBytes: number;
    /** A refusal of the token endpoint stands this long: it locks clients out that ask too often. */
    tokenRefusal: number;
    /** A new token that is refused like the one before it is not replaced again for this long. */
    tokenSuspect: number;
    /** A refresh token that another host has used up is waited for this long until that host has stored the next one. */
    tokenRace: number;
    /** How long the token of an instance that nobody asks is kept. */
    tokenIdle: number;
    /** A stop waits this long for a token that is on its way. */
    tokenFinish: number;
  };
  cache: {
    /** All cached results together. */
    totalBytes: number;
    /** A larger result is streamed and forgotten. */
    resultBytes: number;
    /** Of a cached result of at most this size the whole answer is kept ready, beside its rows. */
    readyBytes: number;
    /** Answers over several instances that are kept ready, all together. */
    jointBytes: number;
    /** How old a result may be and still be served when the vendor fails. */
    staleFor: number;
  };
  widgets: {
    /** More than anybody looks at, and each asks for its data. */
    perDashboard: number;
    /** Params or view of one widget: a list of widgets carries all of them. */
    settingsBytes: number;
    /** How often a widget looks at its data when nobody says it, in milliseconds. */
    refresh: number;
  };
  sync: SyncLimits;
  live: LiveLimits;
  memory: MemoryLimits;
  telemetry: TelemetryLimits;
  routes: {
    /** Vendors wait 10 to 30 s for an answer, and send again. */
    deadline: number;
    bodyBytes: number;
    /** From the first header to the last byte: whoever sends has shown no secret yet. */
    bodyTime: number;
    /** Refused deliveries of one sender to one instance before it has to wait. */
    refusals: number;
    refusalWindow: number;
    /** Senders that are remembered. */
    senders: number;
    /** Old deliveries that a new one clears away: more than one, so that they get fewer. */
    purgeRows: number;
  };
  fanOut: {
    /** Instances that one request asks at a time: half of what a plugin's threads carry, so that one dashboard never takes them all. */
    concurrency: number;
    /** Instances that one request may name. */
    instances: number;
  };
  reminders: {
    /** How often every host looks for contracts that end. */
    tick: number;
    /** One run of a job: a search and a create, each with the gateway's own time. */
    deadline: number;
    /** A claim that is older belongs to a host that is gone. Longer than the deadline, so that no two work on the same one. */
    lease: number;
    /** Runs at the same time, per host: jobs have threads to themselves, and vendors have rate limits. */
    concurrency: number;
    /** Reminders that one tick works on. */
    batch: number;
    /** First and longest pause after a failure; it doubles in between. */
    retryMin: number;
    retryMax: number;
    /** Pause after a failure that a person has to fix: bad credentials tried again and again lock accounts. */
    personPause: number;
  };
  audit: {
    /** How long entries are kept: an auditor asks about this year and the one before. */
    keep: number;
    /** Entries that one transaction cuts: whoever acts waits for it. */
    cutRows: number;
    tick: number;
  };
  denials: {
    /** How often the same one is turned away from the same thing is one entry of the audit in this time, and one with the number after it. */
    window: number;
    /** Things with entries of their own for each in that time: a plugin or a program may make up any number of names. */
    things: number;
  };
  http: {
    bodyBytes: number;
    /** How long a request may take to arrive: a client that sends a byte now and then holds its connection no longer. */
    arrival: number;
    /** A connection waits so long for its next request: longer than proxies keep one, which would ask just when it ends. */
    keepAlive: number;
    /** Open requests get this long when the host stops. */
    drain: number;
  };
  store: {
    connections: number;
    statementTimeout: number;
    /**
     * A host that stands still inside a transaction, or while it sends rows, keeps its locks for this long: less than a lease, or
     * nobody could take over.
     */
    transactionIdle: number;
    connectTimeout: number;
    /** Times a commit that lost against another is tried. */
    commits: number;
    /** When the client of one that has lost every time is to come again: whoever holds its locks is done by then. */
    contendedRetry: number;
    /** How often the connection that events come by is tried, and the pause before another one is made in its place. */
    listenPing: number;
    listenRetry: number;
  };
}

export const defaultLimits: Limits = {
  queryDeadline: MINUTE,
  checkDeadline: 20 * SECOND,
  cancelGrace: 500,
  readerStall: 5 * MINUTE,
  readerHoldsOthers: 10 * SECOND,
  threadMemoryMb: 256,
  hardMemoryFactor: 4,
  threadYoungMb: 16,
  watchdogPoll: 50,
  threadsPerPlugin: 2,
  runsPerThread: 16,
  queueDepth: 100,
  threadAsked: 2 * SECOND,
  threadIdle: 30 * SECOND,
  threadEnd: 2 * SECOND,
  threadHolds: 40,
  threadRelief: MINUTE,
  evaluationsPerThread: 200,
  chunkCredits: 4,
  crashesToQuarantine: 3,
  crashWindow: 5 * MINUTE,
  quarantineMin: 10 * SECOND,
  quarantineMax: 10 * MINUTE,
  manifestBytes: MB,
  bundleBytes: 20 * MB,
  tarballBytes: 50 * MB,
  pluginLoad: 10 * SECOND,
  hookTap: 10 * SECOND,
  secrets: { tick: 10 * SECOND, lease: 15 * SECOND, batch: 100 },
  configMigrations: { deadline: 10 * SECOND, concurrency: 8, remembered: 1000 },
  holds: {
    authFailed: 5 * MINUTE,
    most: 60 * MINUTE,
  },
  access: accessLimits,
  health: healthLimits,
  legacy: legacyLimits,
  lifecycle: lifecycleLimits,
  gateway: {
    connectTimeout: 5 * SECOND,
    headersTimeout: 27 * SECOND,
    bodyIdleTimeout: 10 * SECOND,
    totalTimeout: 30 * SECOND,
    bodyBytes: 10 * MB,
    requestBytes: 10 * MB,
    headerBytes: 64 * KB,
    redirects: 3,
    retries: 2,
    retryMin: 250,
    retryMax: 5 * SECOND,
    retryAfterMax: 5 * SECOND,
    trialWait: 5 * SECOND,
    refusal: MINUTE,
    concurrency: 4,
    queue: 1000,
    pauseMost: 60 * MINUTE,
    breaker: { failures: 5, open: MINUTE, openMost: 10 * MINUTE },
    gateKept: 61 * MINUTE,
    bodyChunkBytes: 64 * KB,
    tokenEarly: MINUTE,
    tokenLife: 30 * MINUTE,
    tokenBytes: 256 * KB,
    tokenRefusal: 5 * SECOND,
    tokenSuspect: MINUTE,
    tokenRace: 2 * SECOND,
    tokenIdle: 60 * MINUTE,
    tokenFinish: 5 * SECOND,
  },
  cache: {
    totalBytes: 64 * MB,
    resultBytes: 4 * MB,
    readyBytes: 256 * KB,
    jointBytes: 32 * MB,
    staleFor: 24 * 60 * MINUTE,
  },
  widgets: {
    perDashboard: 100,
    settingsBytes: 64 * KB,
    refresh: MINUTE,
  },
  sync: syncLimits,
  live: liveLimits,
  memory: memoryLimits,
  telemetry: telemetryLimits,
  routes: {
    deadline: 10 * SECOND,
    bodyBytes: MB,
    bodyTime: 10 * SECOND,
    refusals: 20,
    refusalWindow: MINUTE,
    senders: 10_000,
    purgeRows: 100,
  },
  fanOut: {
    concurrency: 16,
    instances: 1000,
  },
  reminders: {
    tick: MINUTE,
    deadline: 2 * MINUTE,
    lease: 5 * MINUTE,
    concurrency: 2,
    batch: 500,
    retryMin: MINUTE,
    retryMax: 6 * 60 * MINUTE,
    personPause: 6 * 60 * MINUTE,
  },
  audit: { keep: 2 * 366 * 24 * 60 * MINUTE, cutRows: 10_000, tick: 60 * MINUTE },
  denials: {
    window: 60 * MINUTE,
    things: 20,
  },
  http: {
    bodyBytes: MB,
    arrival: 5 * MINUTE,
    keepAlive: 72 * SECOND,
    drain: 30 * SECOND,
  },
  store: {
    connections: 10,
    statementTimeout: 30 * SECOND,
    transactionIdle: 10 * SECOND,
    connectTimeout: 5 * SECOND,
    commits: 3,
    contendedRetry: SECOND,
    listenPing: 10 * SECOND,
    listenRetry: SECOND,
  },
};
