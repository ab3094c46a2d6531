import type { Idea } from './idea.ts';

const refused = (tries: string, body: string): Idea => ({ tries, body, ends: 'refused' });

export const PROCESSES: readonly Idea[] = [
  refused('starts a process', `reached((await load('node:child_process')).execFileSync('/bin/true'))`),
  refused('starts a thread', `reached(new (await load('node:worker_threads')).Worker('1', { eval: true }))`),
  refused('joins a cluster', `reached((await load('node:cluster')).fork())`),
  refused('sends a signal to the process', `process.kill(process.pid, 0); reached('signalled')`),
  refused('aborts the process', `process.abort(); reached('aborted')`),
  refused('executes another program', `process.execve('/bin/true', []); reached('executed')`),
  refused('sets flags of V8', `(await load('node:v8')).setFlagsFromString('--allow-natives-syntax'); reached('set')`),
  refused(
    'opens an inspector',
    `const { Session } = await load('node:inspector'); const s = new Session(); s.connectToMainThread(); reached(s)`,
  ),
  refused('changes the user', `process.setuid(65534); reached('changed')`),
  refused('changes the folder', `process.chdir('/tmp'); reached('changed')`),
  refused('changes the title', `process.title = 'x'; if (process.title === 'x') reached('changed')`),
  refused('finds its parent port', `reached((await load('node:worker_threads')).parentPort)`),
  refused(
    'speaks to every thread',
    `const c = new BroadcastChannel('piscina'); c.postMessage({ exit: true }); reached('sent')`,
  ),
  refused('holds a lock that other threads see', `reached(await navigator.locks.request('x', async () => 'held'))`),
  refused(
    'waits on shared memory',
    `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1); reached('waited')`,
  ),
  refused(
    'listens to messages of its thread',
    `process.on('message', () => {}); if (process.listenerCount('message') > 0) reached('listening')`,
  ),
  refused('catches what its thread throws', `process.setUncaughtExceptionCaptureCallback(() => {}); reached('set')`),
  refused(
    'follows what the runtime does next',
    `const { AsyncLocalStorage } = await load('node:async_hooks'); reached(AsyncLocalStorage)`,
  ),
  refused(
    'watches diagnostics',
    `(await load('node:diagnostics_channel')).subscribe('undici:request:create', () => {}); reached('watching')`,
  ),
  refused('loads performance hooks', `reached((await load('node:perf_hooks')).monitorEventLoopDelay)`),
];
