// Imported by a host that is weighed, with --expose-gc: SIGUSR2 collects the garbage of the main thread and of all others, the gateway's
// above all. When V8 does it by itself says nothing about what is held, and a thread that does little waits for long.
import { Session } from 'node:inspector/promises';
import { isMainThread } from 'node:worker_threads';

// To the last resort: any other collection leaves the young generation as large as load has made it, up to 64 MB, or not.
const collectHere = globalThis.gc as (options: { type: 'major'; flavor: 'last-resort' }) => void;

if (isMainThread) {
  const session = new Session();
  session.connect();
  session.on('NodeWorker.attachedToWorker', ({ params: { sessionId } }) => {
    const message = JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' });
    void session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
  });
  process.on('SIGUSR2', () => void collect(session));
}

async function collect(session: Session): Promise<void> {
  collectHere({ type: 'major', flavor: 'last-resort' });
  // Attached only now: a thread that is looked into behaves otherwise.
  await session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  await session.post('NodeWorker.disable');
}
