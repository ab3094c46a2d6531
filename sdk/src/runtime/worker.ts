// The file every sandbox thread starts with. It is the pool's own file, so that a plugin which exits or throws when it is loaded
// fails a run and not the pool. It seals the thread, then serves runs.
import { AsyncLocalStorage } from 'node:async_hooks';
import { parentPort, threadId, workerData } from 'node:worker_threads';
import { toFault } from './faults.ts';
import type { LateFault, RunTask, ThreadData } from './protocol.ts';
import { Run } from './run.ts';
import { sealThread } from './seal.ts';

const { bundleUrl } = workerData as ThreadData;
const current = new AsyncLocalStorage<{ run: Run; runId: string }>();
const tell = parentPort?.postMessage.bind(parentPort);

globalThis.fetch = (input, init) => {
  const run = current.getStore()?.run;
  if (run === undefined)
    return Promise.reject(new TypeError('fetch works inside a run only, not while the bundle loads'));
  return run.fetch(input, init);
};
globalThis.console = createConsole();

// Node keeps the async context of the code that failed, so the failure is charged to its run and the thread lives on.
process.on('unhandledRejection', blame);
process.on('uncaughtException', blame);
sealThread();

/** What Piscina calls for each run; null is a nudge that only makes the pool look at its queue. */
export default function serve(task: RunTask | null): Promise<void> {
  if (task === null) return Promise.resolve();
  const run = new Run(task);
  return current.run({ run, runId: task.runId }, () => run.execute(bundleUrl, threadId));
}

function blame(thrown: unknown): void {
  const owner = current.getStore();
  if (owner !== undefined && !owner.run.ended) return owner.run.fail(thrown);
  const { internal, message } = toFault(thrown, 'code outside any run');
  const late: LateFault = { lateFault: { runId: owner?.runId ?? null, internal: internal ?? message } };
  tell?.(late);
}

/** console goes to the run's log; a thread's real output would mix with the host's. */
function createConsole(): Console {
  const write =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (...values: unknown[]) =>
      current
        .getStore()
        ?.run.log[level](values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' '));
  const ignore = (): void => undefined;
  return Object.assign(Object.create(null), {
    ...Object.fromEntries(Object.keys(console).map((name) => [name, ignore])),
    debug: write('debug'),
    log: write('info'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    trace: write('debug'),
  });
}

function inspect(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
