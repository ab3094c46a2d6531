// One HTTP request and its answer, as undici's lowest handler: it counts what reaches a socket, and can be given up even while
// it is still connecting, which undici's own `request` cannot.
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Limits } from '../../limits.ts';
import { Countdown } from '../../countdown.ts';
import type { Counters } from './counters.ts';
import { GatewayFailure } from './failure.ts';
import { firstHeader } from './header.ts';

export interface ExchangeRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: string;
  readonly headers: string[];
  readonly body: Uint8Array | null;
}

export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
}

export interface ExchangeOptions {
  readonly limits: Limits['gateway'];
  readonly counters: Counters;
  readonly signal: AbortSignal;
}

/** A discarded body that is longer than this costs more to read than a new connection. */
const DISCARD_BYTES = 64 * 1024;

export class Exchange implements Dispatcher.DispatchHandler {
  /** Resolves with the head of the answer. */
  readonly answer: Promise<Answer>;
  readonly #settle: PromiseWithResolvers<Answer>;
  readonly #request: ExchangeRequest;
  readonly #limits: Limits['gateway'];
  readonly #counters: Counters;
  readonly #signal: AbortSignal;
  readonly #total: Countdown;
  readonly #body: Readable;
  #controller: Dispatcher.DispatchController | undefined;
  #failure: Error | undefined;
  #ended = false;

  /** Sends it. An abort of the signal destroys the socket at any point, and its reason is what failed. */
  constructor(dispatcher: Dispatcher, request: ExchangeRequest, { limits, counters, signal }: ExchangeOptions) {
    this.#settle = Promise.withResolvers<Answer>();
    this.answer = this.#settle.promise;
    this.#request = request;
    this.#limits = limits;
    this.#counters = counters;
    this.#signal = signal;
    this.#total = new Countdown(limits.totalTimeout, () => this.#late('took longer in all than', limits.totalTimeout));
    this.#body = new Readable({
      highWaterMark: limits.bodyChunkBytes,
      read: () => this.#controller?.resume(),
      destroy: (error, done) => {
        if (!this.#ended) this.#controller?.abort(error ?? new GatewayFailure('aborted', 'nobody reads the answer'));
        done(error);
      },
    });
    // It may fail before or after anybody reads it; who reads it learns of the failure from its iterator.
    this.#body.on('error', () => undefined);
    this.#total.run();
    signal.addEventListener('abort', this.#abort, { once: true });
    // Idle time is measured in `chunks`: undici would count the time that the reader makes the vendor wait.
    dispatcher.dispatch({ ...request, headersTimeout: limits.headersTimeout, bodyTimeout: 0 }, this);
  }

  /** The decoded body as it comes. Time the reader takes between two chunks counts towards no timeout. */
  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    const { bodyIdleTimeout } = this.#limits;
    const newIdle = (): Countdown =>
      new Countdown(bodyIdleTimeout, () => this.#late('sent nothing for', bodyIdleTimeout));
    const body: AsyncIterable<Uint8Array> = this.#body;
    let idle = newIdle();
    idle.run();
    try {
      for await (const chunk of body) {
        idle.pause();
        this.#total.pause();
        yield chunk;
        this.#total.run();
        idle = newIdle();
        idle.run();
      }
    } finally {
      idle.pause();
      this.#finish();
    }
  }

  /** Reads what is left when that keeps the connection usable, else drops it. */
  async discard(): Promise<void> {
    let bytes = 0;
    try {
      for await (const chunk of this.chunks()) {
        bytes += chunk.byteLength;
        if (bytes > DISCARD_BYTES) break;
      }
    } catch {
      // Nobody wanted it.
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#finish();
    this.#settle.reject(this.#failure);
    this.#body.destroy(this.#failure);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#failure !== undefined) return controller.abort(this.#failure);
    this.#controller = controller;
    this.#counters.addCall();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    statusText?: string,
  ): void {
    if (status < 200) return;
    const length = Number(firstHeader(headers, 'content-length'));
    if (this.#request.method !== 'HEAD' && length > this.#limits.bodyBytes) {
      const said = `the answer has ${length} bytes, ${this.#limits.bodyBytes} are allowed`;
      return this.#fail(
        new GatewayFailure('vendor_bad_response', `${this.#request.origin}: ${said}; ask for less at once`),
      );
    }
    this.#settle.resolve({ status, statusText: statusText ?? '', headers });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#counters.addBytes(chunk.length);
    if (!this.#body.push(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#ended = true;
    this.#body.push(null);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#ended = true;
    this.#fail(error);
  }

  readonly #abort = (): void => this.#fail(this.#signal.reason);

  #finish(): void {
    this.#total.pause();
    this.#signal.removeEventListener('abort', this.#abort);
  }

  #late(what: string, ms: number): void {
    this.#fail(new GatewayFailure('timeout', `${this.#request.origin}: the answer ${what} ${ms} ms`));
  }
}
