// Asks a built bundle for its manifest.
import { Worker } from 'node:worker_threads';
import type { ManifestAnswer, ManifestTask } from './manifest-thread.ts';

/** Made by scripts/build-threads.ts: a build takes 0.4 s less of CPU. */
const THREAD = new URL('../../dist/threads/manifest.mjs', import.meta.url);
/** A plugin's top level declares things; one that takes longer than this would not load on a host either. */
const LOAD_DEADLINE_MS = 10_000;

/** The text of plugin.json, or why there is none. */
export async function manifestOf(task: ManifestTask): Promise<ManifestAnswer> {
  const thread = new Worker(THREAD, { workerData: task });
  try {
    return await firstAnswer(thread);
  } finally {
    await thread.terminate();
  }
}

function firstAnswer(thread: Worker): Promise<ManifestAnswer> {
  return new Promise((resolve) => {
    const late = setTimeout(
      () => resolve({ fault: `it took more than ${LOAD_DEADLINE_MS / 1000} s` }),
      LOAD_DEADLINE_MS,
    );
    const settle = (answer: ManifestAnswer): void => {
      clearTimeout(late);
      resolve(answer);
    };
    thread.once('message', settle);
    thread.once('error', (error) => settle({ fault: error instanceof Error ? error.message : String(error) }));
    thread.once('exit', (code) => settle({ fault: `it ended with exit code ${code} while it was loaded` }));
  });
}
