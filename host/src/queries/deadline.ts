// A reader that gives up before the run does: the run goes on for whoever else reads it.
import { Countdown } from '../countdown.ts';
import type { Problem } from '../errors.ts';
import type { FlightReader } from './flight.ts';

/** Counts the time that the reader waits, not the time it takes with what it got. */
export function withDeadline(reader: FlightReader, ms: number, late: () => Problem): FlightReader {
  const countdown = new Countdown(ms, () => reader.close(late()));
  return {
    async next() {
      countdown.run();
      try {
        return await reader.next();
      } finally {
        countdown.pause();
      }
    },
    result: () => reader.result(),
    close: (why) => reader.close(why),
  };
}
