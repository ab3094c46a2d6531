// One run's port: reads what its thread asks, and keeps track of what is in flight for it.
import type { MessagePort } from 'node:worker_threads';
import type { FromGateway } from '@jackfield/sdk/runtime';
import type { Limits } from '../../limits.ts';
import type { EndedCall } from '../messages.ts';
import { performCall } from './call.ts';
import type { Counters } from './counters.ts';
import { Credits } from './credit.ts';
import { GatewayFailure, RefusedHost } from './failure.ts';
import { parseToGateway } from './request-message.ts';
import type { RequestMessage } from './request-message.ts';
import { WatchedCall } from './watched-call.ts';
import type { Wire } from './wiring.ts';

/** A plugin that awaits its calls has a few open; each costs memory here. */
const OPEN_REQUESTS = 64;
/** Request bodies of one run that may be held at the same time, as a multiple of the largest one. */
const OPEN_BODIES = 4;
/**
 * Messages a run may send beyond what it is answered. A thread in a loop can send a million a second, which would fill this
 * thread's memory and hold up everybody else; an honest one sends one per request, and one per chunk it gets.
 */
const FREE_MESSAGES = 2_000;
const MESSAGES_PER_ANSWER = 4;
/** A body over the limit counts as this many messages: it has cost its memory before it can be refused. */
const OVERSIZE = 500;
/** Denials of one run that are told to the host; a hostile one could make millions. */
const REPORTED_DENIALS = 10;

/** Calls of one run that are told to the host; a sync makes thousands. */
const REPORTED_CALLS = 200;

export interface RunOptions {
  readonly port: MessagePort;
  readonly wire: Wire;
  readonly limits: Limits['gateway'];
  /** It asks whether the vendor is well. */
  readonly urgent: boolean;
  readonly counters: Counters;
  /** Wants to hear of calls that have ended. */
  readonly onCall: ((call: EndedCall) => void) | undefined;
  /** `host`: what may not be called, when that is the reason. */
  readonly onDenied: (reason: string, host: string | null) => void;
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
  #told = 0;
  #messages = 0;
  #answers = 0;
  #bodyBytes = 0;
  #closed = false;

  constructor(options: RunOptions) {
    this.#options = options;
    const { port } = options;
    port.on('message', this.#read);
    port.on('messageerror', () => this.#break());
    port.on('close', () => this.close());
  }

  /** Aborts what is in flight; its sockets are destroyed. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { controller } of this.#open.values())
      controller.abort(new GatewayFailure('aborted', 'the run is over'));
    // A port that is closed still delivers what is queued, up to a thousand messages; one that nobody listens to does not.
    this.#options.port.off('message', this.#read);
    this.#options.port.close();
    this.#options.wire.release();
    this.#options.onClosed();
  }

  #break(): void {
    if (this.#closed) return;
    this.#options.onBroken();
    this.close();
  }

  readonly #read = (value: unknown): void => {
    if (this.#closed) return;
    const message = parseToGateway(value);
    if (message === undefined) return this.#break();
    const oversize = message.t === 'request' && sizeOf(message) > this.#options.limits.requestBytes;
    this.#messages += oversize ? OVERSIZE : 1;
    if (this.#messages > FREE_MESSAGES + MESSAGES_PER_ANSWER * this.#answers) return this.#break();
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
  };

  #request(request: RequestMessage): void {
    const { id } = request;
    const { wire, limits, counters, urgent } = this.#options;
    const bytes = sizeOf(request);
    if (
      this.#open.size >= OPEN_REQUESTS ||
      (bytes > 0 && this.#bodyBytes + bytes > OPEN_BODIES * limits.requestBytes)
    ) {
      const message = `the run has ${this.#open.size} requests with ${this.#bodyBytes} bytes open already; wait for some first`;
      return this.#send({ t: 'error', id, code: 'vendor_unavailable', message });
    }
    const controller = new AbortController();
    const credits = new Credits(request.credits, controller.signal);
    this.#open.set(id, { controller, credits });
    this.#bodyBytes += bytes;
    const watched = this.#watch(request);
    const send = (message: FromGateway, transfer?: ArrayBuffer[]): void => {
      watched?.sees(message);
      this.#send(message, transfer);
    };
    const { signal } = controller;
    const refusals = wire.trial?.refusals ?? 0;
    void performCall({ request, wire, limits, urgent, refusals, counters, credits, signal, send }).then((failure) => {
      this.#open.delete(id);
      watched?.ended(failure);
      this.#bodyBytes -= bytes;
      if (failure?.code === 'egress_denied' && this.#denials++ < REPORTED_DENIALS)
        this.#options.onDenied(failure.message, failure instanceof RefusedHost ? failure.host : null);
    });
  }

  /** What there is to say about a call once it has ended. */
  #watch(request: RequestMessage): WatchedCall | undefined {
    const { onCall } = this.#options;
    return onCall === undefined || this.#told++ >= REPORTED_CALLS ? undefined : new WatchedCall(request, onCall);
  }

  #send(message: FromGateway, transfer: ArrayBuffer[] = []): void {
    if (message.t === 'head' || message.t === 'body') this.#answers++;
    if (!this.#closed) this.#options.port.postMessage(message, transfer);
  }
}

function sizeOf(request: RequestMessage): number {
  return request.body?.byteLength ?? 0;
}
