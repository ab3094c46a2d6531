// The gateway thread. Started by gateway.ts; the only thread that opens sockets to vendors.
import { parentPort, workerData } from 'node:worker_threads';
import type { FromThread, GatewayThreadData, ToThread } from '../messages.ts';
import { Counters } from './counters.ts';
import { HostClock } from './host-clock.ts';
import { HostLine } from './host-line.ts';
import { Run } from './run.ts';
import { standInConnector } from './stand-in.ts';
import { TokenSources } from './token-sources.ts';
import { createTunnels } from './tunnel.ts';
import { Wiring } from './wiring.ts';

const host = parentPort;
if (host === null) throw new Error('the gateway must be started as a thread by the host');

const { limits, tape, proxy, standIn }: GatewayThreadData = workerData;

function tell(message: FromThread): void {
  host?.postMessage(message);
}

const clock = new HostClock();
const line = new HostLine(tell);
const tokens = new TokenSources({ line, clock, limits });
const wiring = new Wiring({
  limits,
  tokens,
  clock,
  tape: tape === null ? undefined : { mode: tape, line },
  tunnels: proxy === null ? undefined : createTunnels(proxy, limits.connectTimeout),
  standIn: standIn === null ? undefined : standInConnector(standIn, limits.connectTimeout),
  onBreaker: (instanceId, breaker) => tell({ t: 'breaker', instanceId, breaker }),
});
const runs = new Map<number, Run>();

host.on('message', (message: ToThread) => {
  switch (message.t) {
    case 'open': {
      const { run } = message;
      clock.offset = message.clockOffsetMs;
      runs.set(
        run,
        new Run({
          port: message.port,
          wire: wiring.connect(message.connection),
          limits,
          urgent: message.urgent,
          counters: new Counters(message.counters),
          onCall: message.tells ? (call) => tell({ t: 'called', run, call }) : undefined,
          onDenied: (reason, host) => tell({ t: 'denied', run, reason, host }),
          onBroken: () => tell({ t: 'broken', run }),
          onClosed: () => {
            runs.delete(run);
            tell({ t: 'closed', run });
          },
        }),
      );
      break;
    }
    case 'gate':
      clock.offset = message.clockOffsetMs;
      tell({ t: 'gate', ask: message.ask, state: wiring.gate(message.instanceId, message.change) });
      break;
    case 'close':
      runs.get(message.run)?.close();
      break;
    case 'answer':
      line.answer(message.ask, message.value);
      break;
    case 'finish':
      void tokens.settled().then(() => tell({ t: 'finished' }));
      break;
  }
});

tell({ t: 'ready' });
