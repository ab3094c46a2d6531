// What a host holds when it rests: memory and threads of its process, when no plugin runs and nothing is left to be collected.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestDatabase } from '../support/databases.ts';
import type { Api } from '../support/host.ts';
import { memoryOf, startHostProcess, type HostProcess } from '../support/host-process.ts';
import { until } from '../support/until.ts';

export interface Footprint {
  readonly residentMb: number;
  /** Of the process, as the system counts them: the gateway's, Node's own, and none of a plugin. */
  readonly threads: number;
}

export interface WeighedHost extends HostProcess {
  /** Resolves when it has stopped to shrink. */
  footprint(): Promise<Footprint>;
}

const COLLECTOR = join(import.meta.dirname, 'collect-garbage.ts');

/** Readings in a row that are no lower than the lowest: V8 gives pages back in the background. More, and connections would be idle too long. */
const STEADY = 20;

/** Resolves when no thread of a plugin is left. */
export async function rested(api: Api): Promise<void> {
  await until(async () => {
    const { body } = await api.call<{ threads: { sandbox: number } }>('GET', '/healthz?verbose');
    return body.threads.sandbox === 0 || undefined;
  }, 120_000);
}

/**
 * The C library gives blocks of 128 KB and more back when they are freed. By default it learns to keep those of up to 32 MB, and a small
 * one that lies above keeps them for good: its heap says how large a block was once in use, and not what is held.
 */
const GIVES_BACK = { MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072', MALLOC_ARENA_MAX: '1' };

/** A host that collects its garbage when it is told to. */
export async function startWeighedHost(database: TestDatabase): Promise<WeighedHost> {
  const host = await startHostProcess(database, {
    nodeArguments: ['--expose-gc', `--import=${COLLECTOR}`],
    env: GIVES_BACK,
  });
  const { api, child, pid } = host;
  return {
    ...host,
    async footprint() {
      await rested(api);
      let lowest = Number.POSITIVE_INFINITY;
      let steady = 0;
      await until(async () => {
        child.kill('SIGUSR2');
        const { now } = await memoryOf(pid);
        steady = now < lowest ? 0 : steady + 1;
        lowest = Math.min(lowest, now);
        return steady >= STEADY || undefined;
      }, 120_000);
      return { residentMb: Math.round(lowest), threads: (await readdir(`/proc/${pid}/task`)).length };
    },
  };
}
