// Each wall stands without the others: the permission flags with an unsealed thread, the seal without the flags.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { processOptions } from '../../host/src/sandbox/process-pool.ts';
import { threadOptions } from '../../host/src/sandbox/thread-pool.ts';

const probe = (name: string): string => join(import.meta.dirname, 'probes', `${name}.ts`);

async function run(file: string, options: WorkerOptions): Promise<Record<string, unknown>> {
  const worker = new Worker(file, options);
  try {
    const [message]: [Record<string, unknown>] = (await once(worker, 'message')) as [Record<string, unknown>];
    return message;
  } finally {
    await worker.terminate();
  }
}

test('the flags alone refuse files, network, processes, threads, addons and the inspector, and there is no environment', async () => {
  const { env, ...outcomes } = await run(probe('flags'), threadOptions(probe('flags')));
  expect(env).toBe(0);
  expect(Object.keys(outcomes)).toHaveLength(10);
  expect(
    Object.entries(outcomes).filter(([, code]) => code !== 'ERR_ACCESS_DENIED' && code !== 'ERR_DLOPEN_DISABLED'),
  ).toEqual([]);
});

test("a plugin's own process may start threads, and nothing else of it, and has no environment", async () => {
  const child = fork(probe('flags'), [], { ...processOptions(probe('flags')), stdio: 'ignore' });
  const [{ env, 'start a thread': thread, ...outcomes }] = (await once(child, 'message')) as [Record<string, unknown>];
  child.kill('SIGKILL');
  expect({ env, thread }).toEqual({ env: 0, thread: 'reached' });
  expect(Object.keys(outcomes)).toHaveLength(9);
  expect(
    Object.entries(outcomes).filter(([, code]) => code !== 'ERR_ACCESS_DENIED' && code !== 'ERR_DLOPEN_DISABLED'),
  ).toEqual([]);
});

test('without these options the same probe reaches what they refuse', async () => {
  const outcomes = await run(probe('flags'), {});
  expect(outcomes).toMatchObject({
    'read a file': 'reached',
    'start a process': 'reached',
    'resolve a name': 'reached',
  });
});

test('the seal alone takes away modules, powers of process and globals that reach other threads', async () => {
  expect(await run(probe('sealed'), {})).toEqual({
    powersLeft: [],
    seesRealProcess: false,
    globalsLeft: [],
    cryptoLeft: [],
    imports: [],
    locked: [true, true, true, true, true],
  });
});
