// Keeps a thread that holds the processor from holding up everybody else's: its priority is lowered when it has used so much time
// without a sign of life. What it does goes on, on what others leave. On Linux only; raising a priority again takes privileges.
import { readdirSync, readFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import type { Worker } from 'node:worker_threads';

/**
 * Added to the `nice` of the host: a tenth of the time of a thread that was not lowered, which need not wait for it when it wakes up. With 15
 * one took more than ten seconds to end on a busy machine.
 */
const LOWERED = 10;
const LAST = 19;
/** The two parts that Node tells are cut off to whole microseconds. */
const CUT_OFF = 2;

export interface ShareLimits {
  /** Milliseconds of processor time without a sign of life. */
  readonly threadHolds: number;
}

export class ProcessorShare {
  readonly #worker: Pick<Worker, 'cpuUsage'>;
  readonly #limits: ShareLimits;
  #alive = true;
  /** Set while there is no sign of life: what the thread had used by then, once it has said so. */
  #spell: { since?: number } | undefined;
  #weighing = false;
  #state: 'full' | 'lowered' | 'fixed' = 'full';

  constructor(worker: Pick<Worker, 'cpuUsage'>, limits: ShareLimits) {
    this.#worker = worker;
    this.#limits = limits;
  }

  get isLowered(): boolean {
    return this.#state === 'lowered';
  }

  /** A run on it has begun, got on or ended: whatever it does is of use to somebody. */
  heard(): void {
    this.#alive = true;
  }

  /** Call now and then; `isBusy`: its event loop has had no idle time since the last call. */
  look(isBusy: boolean): void {
    const isCalm = !isBusy || this.#alive;
    this.#alive = false;
    if (isCalm) this.#spell = undefined;
    else if (this.#state === 'full' && !this.#weighing) void this.#weigh((this.#spell ??= {}));
  }

  async #weigh(spell: { since?: number }): Promise<void> {
    this.#weighing = true;
    try {
      const used = await usedBy(this.#worker);
      spell.since ??= used;
      const isOver = spell !== this.#spell;
      if (!isOver && used - spell.since >= this.#limits.threadHolds * 1000) this.#state = await lower(this.#worker);
    } catch {
      // The thread ended while it was asked.
    } finally {
      this.#weighing = false;
    }
  }
}

/** Node does not say which of the system's threads a Worker is: it is the one whose time agrees with what the Worker says it has used. */
async function lower(worker: Pick<Worker, 'cpuUsage'>): Promise<'full' | 'lowered' | 'fixed'> {
  const before = threadTimes();
  if (before === undefined) return 'fixed';
  const used = await usedBy(worker);
  const after = threadTimes();
  const agreeing = [...before].filter(
    ([thread, time]) => time - CUT_OFF <= used && used <= (after?.get(thread) ?? -1) + CUT_OFF,
  );
  const [found, ...others] = agreeing;
  // Then the next look finds it.
  if (found === undefined || others.length > 0) return 'full';
  try {
    setPriority(found[0], Math.min(getPriority() + LOWERED, LAST));
    return 'lowered';
  } catch {
    // The thread has ended, or the system does not let anybody.
    return 'fixed';
  }
}

/** Microseconds that each thread of this process has run, its first one left out; undefined where the system does not tell. */
function threadTimes(): Map<number, number> | undefined {
  const times = new Map<number, number>();
  try {
    for (const name of readdirSync('/proc/self/task')) {
      if (Number(name) === process.pid) continue;
      const time = timeOf(name);
      if (time !== undefined) times.set(Number(name), time);
    }
    return times;
  } catch {
    return undefined;
  }
}

function timeOf(thread: string): number | undefined {
  try {
    return Number(readFileSync(`/proc/self/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1000;
  } catch {
    // It has ended.
    return undefined;
  }
}

/** Microseconds of processor time. */
async function usedBy(worker: Pick<Worker, 'cpuUsage'>): Promise<number> {
  const { user, system } = await worker.cpuUsage();
  return user + system;
}
