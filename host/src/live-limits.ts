// The part of limits.ts that is about telling pages what has changed. Times are milliseconds.

const KB = 1024;
const SECOND = 1000;
const MINUTE = 60 * SECOND;

export interface LiveLimits {
  /** Events that are remembered for whoever comes back: minutes of a busy host, and a few hundred KB. */
  remembered: number;
  /** A stream says something at least this often: proxies end what is silent for 30 to 60 seconds. */
  heartbeat: number;
  /** A reader that takes nothing for this long has gone away. */
  stall: number;
  /** Who a stream is for is asked again this often; that somebody was signed out or changed is told at once. */
  identify: number;
  /** Streams of one user or token on one host: tabs and wallboards. */
  perPrincipal: number;
  /** All streams of one host: each costs a socket and some 30 KB. */
  total: number;
  /** Bytes that wait in the host for one reader; what it does not take stays in the memory that all share. */
  buffered: number;
  /** When a stream has ended, its reader comes back after this long, or up to twice as long: not all of them at the same moment. */
  retry: number;
  /** Events in one answer to somebody who polls, and in one piece of a stream. */
  page: number;
}

export const liveLimits: LiveLimits = {
  remembered: 2000,
  heartbeat: 20 * SECOND,
  stall: MINUTE,
  identify: MINUTE,
  perPrincipal: 50,
  total: 2000,
  buffered: 16 * KB,
  retry: 2 * SECOND,
  page: 200,
};
