// The gateway thread. Started by gateway.ts; the only thread that opens sockets to vendors.
import { parentPort, workerData } from 'node:worker_threads';
import type { FromThread, GatewayThreadData, ToThread } from '../messages.ts';
import { Counters } from './counters.ts';
import { Run } from './run.ts';
import { Wiring } from './wiring.ts';

const host = parentPort;
if (host === null) throw new Error('the gateway must be started as a thread by the host');

const { limits }: GatewayThreadData = workerData;
const wiring = new Wiring(limits);
const runs = new Map<number, Run>();

function tell(message: FromThread): void {
  host?.postMessage(message);
}

host.on('message', (message: ToThread) => {
  const { run } = message;
  switch (message.t) {
    case 'open':
      runs.set(
        run,
        new Run({
          port: message.port,
          wire: wiring.connect(message.connection),
          limits,
          counters: new Counters(message.counters),
          onDenied: (reason) => tell({ t: 'denied', run, reason }),
          onBroken: () => tell({ t: 'broken', run }),
          onClosed: () => runs.delete(run),
        }),
      );
      break;
    case 'close':
      runs.get(run)?.close();
      break;
  }
});

tell({ t: 'ready' });
