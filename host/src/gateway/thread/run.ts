// One run's port: reads what its thread asks, and keeps track of what is in flight for it.
import type { MessagePort } from 'node:worker_threads';
import type { FromGateway } from '@jackfield/sdk/runtime';
import type { Limits } from '../../limits.ts';
import { performCall } from './call.ts';
import type { Counters } from './counters.ts';
import { Credits } from './credit.ts';
import { GatewayFailure } from './failure.ts';
import { parseToGateway } from './request-message.ts';
import type { RequestMessage } from './request-message.ts';
import type { Wire } from './wiring.ts';

/** A plugin that awaits its calls has a few open; each costs memory here. */
const OPEN_REQUESTS = 64;
/** Denials of one run that are told to the host; a hostile one could make millions. */
const REPORTED_DENIALS = 10;

export interface RunOptions {
  readonly port: MessagePort;
  readonly wire: Wire;
  readonly limits: Limits['gateway'];
  readonly counters: Counters;
  readonly onDenied: (reason: string) => void;
  readonly onBroken: () => void;
  readonly onClosed: () => void;
}

interface OpenRequest {
  readonly controller: AbortController;
  readonly credits: Credits;
}

export class Run {
  readonly #options: RunOptions;
  readonly #open = new Map<number, OpenRequest>();
  #denials = 0;
  #closed = false;

  constructor(options: RunOptions) {
    this.#options = options;
    const { port } = options;
    port.on('message', (message: unknown) => this.#read(message));
    port.on('messageerror', () => this.#break());
    port.on('close', () => this.close());
  }

  /** Aborts what is in flight; its sockets are destroyed. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { controller } of this.#open.values())
      controller.abort(new GatewayFailure('aborted', 'the run is over'));
    this.#options.port.close();
    this.#options.wire.release();
    this.#options.onClosed();
  }

  #break(): void {
    if (this.#closed) return;
    this.#options.onBroken();
    this.close();
  }

  #read(value: unknown): void {
    if (this.#closed) return;
    const message = parseToGateway(value);
    if (message === undefined) return this.#break();
    const open = this.#open.get(message.id);
    switch (message.t) {
      case 'request':
        if (open === undefined) this.#request(message);
        else this.#break();
        break;
      // Both may cross the end of the answer on the way.
      case 'credit':
        open?.credits.add(message.chunks);
        break;
      case 'abort':
        open?.controller.abort(new GatewayFailure('aborted', 'the call was aborted'));
        break;
    }
  }

  #request(request: RequestMessage): void {
    const { id } = request;
    if (this.#open.size >= OPEN_REQUESTS) {
      const message = `the run has ${OPEN_REQUESTS} requests open already; wait for some of them first`;
      return this.#send({ t: 'error', id, code: 'vendor_unavailable', message });
    }
    const controller = new AbortController();
    const credits = new Credits(request.credits, controller.signal);
    this.#open.set(id, { controller, credits });
    const { wire, limits, counters } = this.#options;
    const send = (message: FromGateway, transfer?: ArrayBuffer[]): void => this.#send(message, transfer);
    void performCall({ request, wire, limits, counters, credits, signal: controller.signal, send }).then((failure) => {
      this.#open.delete(id);
      if (failure?.code === 'egress_denied' && this.#denials++ < REPORTED_DENIALS)
        this.#options.onDenied(failure.message);
    });
  }

  #send(message: FromGateway, transfer: ArrayBuffer[] = []): void {
    if (!this.#closed) this.#options.port.postMessage(message, transfer);
  }
}
