// The places that a host has for runs.
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { Limits } from '../limits.ts';

export interface RunPlaces {
  /** Resolves with how many runs may begin: at least one, and as many as are wanted when that many are free soon. None when it is aborted. */
  free(wanted: number, signal: AbortSignal): Promise<number>;
  /** `run` has a place until it ends. It never rejects. */
  take(run: Promise<void>): void;
  /** Resolves when no run has a place. */
  empty(): Promise<void>;
}

export function createRunPlaces({
  runsPerHost,
  claimPatience,
}: Pick<Limits['sync'], 'runsPerHost' | 'claimPatience'>): RunPlaces {
  const running = new Set<Promise<void>>();
  const room = async (places: number, isOver: () => boolean): Promise<void> => {
    while (running.size + places > runsPerHost && !isOver()) await Promise.race(running);
  };
  return {
    async free(wanted, signal) {
      await room(1, () => signal.aborted);
      const patience = new AbortController();
      const enough = room(wanted, () => signal.aborted || patience.signal.aborted);
      await Promise.race([enough, sleep(claimPatience, undefined, { signal: patience.signal }).catch(() => undefined)]);
      patience.abort();
      // Runs that end together leave together.
      await setImmediate();
      return signal.aborted ? 0 : runsPerHost - running.size;
    },
    take(run) {
      running.add(run);
      void run.finally(() => running.delete(run));
    },
    async empty() {
      await Promise.all(running);
    },
  };
}
