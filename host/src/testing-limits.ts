// What a bench waits for, where a host waits seconds: its vendor is in the same process, and its author waits too.
import { defaultLimits, type Limits } from './limits.ts';

const SECOND = 1000;

export function shortWaits(): Limits {
  const { gateway } = defaultLimits;
  return {
    ...defaultLimits,
    gateway: {
      ...gateway,
      connectTimeout: SECOND,
      // A vendor that hangs is seen as such; one that computes on a busy machine is not.
      headersTimeout: 3 * SECOND,
      bodyIdleTimeout: 2 * SECOND,
      totalTimeout: 5 * SECOND,
      retryMin: 1,
      retryMax: 10,
      // A longer Retry-After is the plugin's to see, as one of minutes is on a host.
      retryAfterMax: 10,
      tokenRace: 10,
      tokenFinish: SECOND,
    },
  };
}
