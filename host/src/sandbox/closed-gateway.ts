import { MessageChannel } from 'node:worker_threads';
import type { FromGateway, ToGateway } from '@jackfield/sdk/runtime';
import type { RunGateway } from './attempt.ts';

/** Leads nowhere, and says so: for work that has no instance. */
export function closedGateway(message: string): RunGateway {
  const { port1, port2 } = new MessageChannel();
  port1.on('message', (asked: ToGateway) => {
    if (asked.t !== 'request') return;
    const refusal: FromGateway = { t: 'error', id: asked.id, code: 'egress_denied', message };
    port1.postMessage(refusal);
  });
  return { port: port2, vendorCalls: () => 0, waitedMs: () => 0, close: () => port1.close() };
}
