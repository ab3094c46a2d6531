// The thread's end of the gateway port: requests out, heads and bodies in, with credit for each body chunk.
import type { MessagePort } from 'node:worker_threads';
import { GatewayError } from './faults.ts';
import type { FromGateway, ToGateway } from './protocol.ts';

/**
 * Chunks of 64 KB the gateway may send ahead: a whole body of the largest size it lets through. Were it less, a plugin that awaits
 * many heads before it reads a body would wait for itself, since an unread body keeps its place at the vendor.
 */
const BODY_CREDITS = 160;
/** Credit is given for so many chunks at once, of which the whole is a multiple: each time costs both threads a message. */
const CREDIT_CHUNKS = 16;
/** The gateway refuses more than 64 open calls of one run; others wait here. */
const OPEN_CALLS = 32;

export type GatewayRequest = Omit<Extract<ToGateway, { t: 'request' }>, 't' | 'id' | 'credits'>;
export type GatewayHead = Extract<FromGateway, { t: 'head' }>;

interface Call {
  readonly onHead: (head: GatewayHead, body: ReadableStream<Uint8Array<ArrayBuffer>>) => void;
  readonly onError: (error: unknown) => void;
  readonly onOver: () => void;
  controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  /** Chunks that arrived before they were asked for. */
  readonly arrived: Uint8Array<ArrayBuffer>[];
  ended: boolean;
  /** Chunks that were read, and for which no credit was given yet. */
  read: number;
  wanted: (() => void) | undefined;
}

export class GatewayClient {
  readonly #port: MessagePort;
  readonly #calls = new Map<number, Call>();
  readonly #waiting: (() => void)[] = [];
  #nextId = 1;
  /** Calls the gateway has not finished; a body that has arrived may still be unread. */
  #open = 0;
  #closed = false;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (message: FromGateway) => this.#receive(message));
    port.on('close', () => this.#failAll());
    port.unref();
  }

  /** Resolves with the head; the body streams. `signal` aborts the call and its body. */
  async request(
    request: GatewayRequest,
    signal: AbortSignal,
  ): Promise<{ head: GatewayHead; body: ReadableStream<Uint8Array<ArrayBuffer>> }> {
    while (this.#open >= OPEN_CALLS && !signal.aborted && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    signal.throwIfAborted();
    if (this.#closed)
      throw new GatewayError('vendor_unavailable', 'the run has ended: await every fetch before it does');
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      const abort = (): void => {
        this.#send({ t: 'abort', id });
        this.#fail(id, signal.reason);
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#calls.set(id, {
        onHead: (head, body) => resolve({ head, body }),
        onError: reject,
        onOver: () => signal.removeEventListener('abort', abort),
        controller: undefined,
        arrived: [],
        ended: false,
        read: 0,
        wanted: undefined,
      });
      this.#open += 1;
      this.#send({ t: 'request', id, credits: BODY_CREDITS, ...request });
    });
  }

  /** Ends every call; the gateway aborts what is still in flight. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#port.close();
    this.#failAll();
  }

  #send(message: ToGateway): void {
    if (!this.#closed) this.#port.postMessage(message);
  }

  #receive(message: FromGateway): void {
    const call = this.#calls.get(message.id);
    if (call === undefined) return;
    switch (message.t) {
      case 'head':
        call.onHead(message, this.#bodyOf(message.id, call));
        return;
      case 'body':
        call.arrived.push(message.bytes);
        call.wanted?.();
        return;
      case 'end':
        call.ended = true;
        this.#makeRoom();
        call.wanted?.();
        return;
      case 'error':
        this.#fail(message.id, new GatewayError(message.code, message.message, message.retryAfterMs));
    }
  }

  #bodyOf(id: number, call: Call): ReadableStream<Uint8Array<ArrayBuffer>> {
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void> => {
      while (call.arrived.length === 0 && !call.ended && this.#calls.has(id)) {
        await new Promise<void>((resolve) => {
          call.wanted = resolve;
        });
        call.wanted = undefined;
      }
      const bytes = call.arrived.shift();
      if (bytes !== undefined) {
        controller.enqueue(bytes);
        call.read += 1;
        if (call.read % CREDIT_CHUNKS === 0) this.#send({ t: 'credit', id, chunks: CREDIT_CHUNKS });
      } else if (call.ended) {
        this.#forget(id);
        controller.close();
      }
    };
    return new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        start: (controller) => {
          call.controller = controller;
        },
        pull,
        cancel: () => {
          this.#send({ t: 'abort', id });
          this.#forget(id);
        },
      },
      { highWaterMark: 0 },
    );
  }

  #fail(id: number, error: unknown): void {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    this.#forget(id);
    call.onError(error);
    call.controller?.error(error);
    call.wanted?.();
  }

  #forget(id: number): void {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    this.#calls.delete(id);
    call.onOver();
    if (!call.ended) this.#makeRoom();
  }

  #makeRoom(): void {
    this.#open -= 1;
    this.#waiting.shift()?.();
  }

  #failAll(): void {
    this.#closed = true;
    for (const wake of this.#waiting.splice(0)) wake();
    for (const id of this.#calls.keys())
      this.#fail(id, new GatewayError('vendor_unavailable', 'the connection to the gateway was closed'));
  }
}
