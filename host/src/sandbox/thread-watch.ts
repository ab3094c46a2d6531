// What a pool remembers of a thread of its own.
import type { Worker } from 'node:worker_threads';
import type { ProcessorShare } from './processor-share.ts';

export interface ThreadWatch {
  readonly runs: Set<string>;
  /** A run has ended on it, and may have left something that goes off later. */
  hasServed: boolean;
  /** How many tasks Piscina has given it, started or not. */
  load: { readonly currentUsage: number } | undefined;
  /** It has begun a run: what keeps it busy from now on is the plugin. */
  started: boolean;
  evaluations: number;
  retired: boolean;
  asking: boolean;
  utilization: ReturnType<Worker['performance']['eventLoopUtilization']> | undefined;
  blockedPolls: number;
  /** Since it was first looked at with a run on it. */
  share: ProcessorShare | undefined;
}

/** Those on the thread, and one that may have left something. */
export function suspects(watch: ThreadWatch | undefined): number {
  return (watch?.runs.size ?? 0) + (watch?.hasServed === true ? 1 : 0);
}

/** It has nothing to do, and nothing is on its way to it. */
export function isIdle(watch: ThreadWatch): boolean {
  return watch.started && watch.runs.size === 0 && watch.load?.currentUsage === 0;
}

export function newWatch(): ThreadWatch {
  return {
    runs: new Set(),
    hasServed: false,
    load: undefined,
    started: false,
    evaluations: 0,
    retired: false,
    asking: false,
    utilization: undefined,
    blockedPolls: 0,
    share: undefined,
  };
}
