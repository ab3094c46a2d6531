// The part of limits.ts that is about people and how they sign in. Times are milliseconds.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export interface AccessLimits {
  /** A session that nobody uses ends: a working day, so that a lunch break ends none. */
  sessionIdle: number;
  /** And every session ends some time, however much it is used: a stolen cookie does not last. */
  sessionLife: number;
  /** How exactly it is known when a session was used last: a write for every request would be one too many. */
  sessionSeen: number;
  /** Shorter passwords are guessed, longer ones are not remembered but pasted; each try hashes all of it. */
  passwordShortest: number;
  passwordLongest: number;
  /** What argon2id costs: the least that OWASP recommends, 19 MiB and two passes; 60 ms on one core. */
  argonMemoryKb: number;
  argonPasses: number;
  /** Passwords that are hashed at the same time: each takes a thread of the pool that files and DNS need too. */
  hashesAtOnce: number;
  /** Wrong passwords for one account, and from one address, before the next has to wait. An office has one address. */
  triesPerAccount: number;
  triesPerAddress: number;
  /** How long, at first and at most; it doubles in between. Short: whoever knows a login could keep its owner out. */
  lockMin: number;
  lockMost: number;
  /** Tries are forgotten when there was none for this long. */
  triesKept: number;
  /** Requests to sign in from one address that one host looks at in a minute, right or wrong: each costs a hash. */
  signInsPerMinute: number;
  /** What the provider that people sign in with may take for one answer: somebody looks at an empty page. */
  provider: number;
  /** A page that shows widgets gets a new token for each visitor: an hour when nobody says it, a day at most. */
  embed: number;
  embedMost: number;
  /** Whoever starts a host has this long to make the first admin; a restart prints another link. */
  setupLink: number;
}

export const accessLimits: AccessLimits = {
  sessionIdle: 10 * HOUR,
  sessionLife: 7 * 24 * HOUR,
  sessionSeen: MINUTE,
  passwordShortest: 12,
  passwordLongest: 256,
  argonMemoryKb: 19_456,
  argonPasses: 2,
  hashesAtOnce: 2,
  triesPerAccount: 5,
  triesPerAddress: 50,
  lockMin: 30 * SECOND,
  lockMost: 15 * MINUTE,
  triesKept: HOUR,
  signInsPerMinute: 30,
  provider: 10 * SECOND,
  embed: HOUR,
  embedMost: 24 * HOUR,
  setupLink: 24 * HOUR,
};
