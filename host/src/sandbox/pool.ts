// What runs need of the threads that carry them, wherever these are: in this process, or in one of the plugin's own.
import type { LateFault, RunTask } from '@jackfield/sdk/runtime';
import type { Limits } from '../limits.ts';

export interface Pool {
  /** Alive now. */
  readonly threads: number;
  /** Resolves when the runtime has finished the task; rejects when its thread died. `alone`: no other run shares the thread. */
  submit(task: RunTask, alone: boolean): Promise<void>;
  /** Tells which thread a run landed on. */
  started(runId: string, threadId: number, evaluations: number): void;
  finished(runId: string, threadId: number): void;
  /** A run on it has got on: rows came. */
  heard(threadId: number): void;
  /** Ends a thread. Returns how many runs were on it, or undefined when it has ended already. */
  kill(threadId: number, death: Omit<ThreadDeath, 'runs'>): number | undefined;
  /** A run on it hears nothing from the thread: it is ended, unless that run must have blocked it itself. */
  silent(threadId: number): void;
  /** What is known about the end of a thread whose task was rejected. */
  deathOf(threadId: number, error: unknown): ThreadDeath;
  /** A pool that has no thread and starts none is replaced; its tasks are rejected. */
  rebuildIfDead(): Promise<void>;
  destroy(): Promise<void>;
}

/** Why a thread was ended, or ended itself. */
export interface ThreadDeath {
  readonly kind: 'exit' | 'memory' | 'deadline' | 'blocked' | 'recycled';
  /** The run that did it, where that is known. */
  readonly runId?: string;
  /** Runs that may have done it: with one there is no doubt. */
  readonly runs: number;
}

export type PoolLimits = Pick<
  Limits,
  | 'watchdogPoll'
  | 'evaluationsPerThread'
  | 'threadsPerPlugin'
  | 'runsPerThread'
  | 'threadIdle'
  | 'threadEnd'
  | 'threadHolds'
  | 'threadRelief'
  | 'threadYoungMb'
  | 'hardMemoryFactor'
>;

/** Plain data: it may have to cross into another process. */
export interface PoolSettings {
  readonly bundleFile: string;
  /** What its threads start with. */
  readonly runtimeFile: string;
  readonly piscinaFolder: string;
  /** Heap plus external memory of one thread, in MB, before the watchdog ends it. */
  readonly memoryMb: number;
  readonly limits: PoolLimits;
}

export interface PoolOptions extends PoolSettings {
  /** A plugin left an error unhandled after its run had ended. What it says may hold secrets of the run's instance. */
  readonly onLateFault: (fault: LateFault['lateFault']) => void;
  /** It was stuck, and has new threads. */
  readonly onReplaced: () => void;
}
