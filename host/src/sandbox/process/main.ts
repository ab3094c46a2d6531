// The process of a plugin that has one: the same pool of the same sealed threads, and nothing else. No plugin code runs outside
// of the threads. It may read the program's own files and start threads, and ends when its line to the host does.
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { ownBytes, type FromProcess, type PortMessage, type PortName, type ToProcess } from '../process-messages.ts';
import { keepLoopsInterruptible, ThreadPool } from '../thread-pool.ts';

/** Milliseconds: nobody waits for the number. */
const COUNT_EVERY = 250;

keepLoopsInterruptible();
const ports = new Map<string, MessagePort>();
let pool: ThreadPool | undefined;

let threads = 0;
setInterval(() => {
  if (pool === undefined || pool.threads === threads) return;
  threads = pool.threads;
  send({ t: 'threads', count: threads });
}, COUNT_EVERY).unref();

process.on('message', (message: ToProcess) => receive(message));
// Whatever its threads do: without a host there is nobody to work for.
process.on('disconnect', () => process.exit());

function send(message: FromProcess): void {
  // The host may have gone in between.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

function receive(message: ToProcess): void {
  switch (message.t) {
    case 'open':
      pool = new ThreadPool({
        ...message.settings,
        onLateFault: (fault) => send({ t: 'late', fault }),
        onReplaced: () => send({ t: 'replaced' }),
      });
      return;
    case 'task':
      void serve(message);
      return;
    case 'port': {
      const own = ownBytes(message.message);
      ports.get(`${message.port} ${message.task}`)?.postMessage(own.message, own.transfer);
      return;
    }
    case 'close':
      ports.get(`${message.port} ${message.task}`)?.close();
      return;
    case 'kill':
      pool?.kill(message.threadId, message.death);
      send({ t: 'killed', threadId: message.threadId });
      return;
    case 'silent':
      pool?.silent(message.threadId);
      return;
    case 'rebuild':
      void pool?.rebuildIfDead();
  }
}

async function serve({ task, body, alone }: Extract<ToProcess, { t: 'task' }>): Promise<void> {
  if (pool === undefined) return;
  const { runId } = body;
  let threadId: number | undefined;
  const closed = Promise.withResolvers<void>();
  const look = (message: PortMessage): void => {
    if (message.t === 'started') pool?.started(runId, (threadId = message.threadId), message.evaluations);
  };
  const runPort = bridge(task, 'run', look, () => closed.resolve());
  const gatewayPort = bridge(task, 'gateway');
  try {
    await pool.submit({ ...body, runPort, gatewayPort }, alone);
    send({ t: 'settled', task, death: null });
  } catch (error) {
    const death = threadId === undefined ? { kind: 'exit' as const, runs: 2 } : pool.deathOf(threadId, error);
    send({ t: 'settled', task, death });
  }
  // The pool settles on a line of its own: what the run said may come later, that it has started too.
  await closed.promise;
  if (threadId !== undefined) pool.finished(runId, threadId);
}

/** The end that goes to the thread; what comes over it goes to the host. */
function bridge(
  task: number,
  name: PortName,
  look?: (message: PortMessage) => void,
  onClose?: () => void,
): MessagePort {
  const { port1, port2 } = new MessageChannel();
  const key = `${name} ${task}`;
  ports.set(key, port1);
  port1.on('message', (message: PortMessage) => {
    look?.(message);
    send({ t: 'port', task, port: name, message });
  });
  port1.on('close', () => {
    ports.delete(key);
    onClose?.();
    send({ t: 'close', task, port: name });
  });
  return port2;
}
