import { systemClock, type Clock } from '../../clock.ts';

/** The host's clock as of the last run it opened: a thread cannot share the host's own. */
export class HostClock implements Clock {
  /** Milliseconds to add to this thread's clock. */
  offset = 0;

  now(): number {
    return systemClock.now() + this.offset;
  }
}
