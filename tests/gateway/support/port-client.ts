// Speaks the sandbox's half of the gateway protocol over a real port.
import type { FromGateway, GatewayErrorCode, ToGateway } from '@jackfield/sdk/runtime';
import type { MessagePort } from 'node:worker_threads';

export interface CallOptions {
  readonly method?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly redirect?: 'follow' | 'error' | 'manual';
  /** Credits at the start; each chunk is answered with a new one unless `reads` is false. */
  readonly credits?: number;
  readonly reads?: boolean;
}

export interface Reply {
  readonly head: Extract<FromGateway, { t: 'head' }> | undefined;
  readonly body: Buffer;
  readonly error:
    | { readonly code: GatewayErrorCode; readonly message: string; readonly retryAfterMs?: number }
    | undefined;
}

export interface PendingCall {
  readonly id: number;
  /** Resolves when the head comes, rejects when an error comes first. */
  readonly head: Promise<Extract<FromGateway, { t: 'head' }>>;
  /** Resolves at the end, whatever it is. */
  readonly done: Promise<Reply>;
  readonly chunks: readonly number[];
  abort(): void;
  credit(chunks: number): void;
}

export class PortClient {
  readonly closed: Promise<void>;
  readonly #port: MessagePort;
  readonly #handlers = new Map<number, (message: FromGateway) => void>();
  #nextId = 1;

  constructor(port: MessagePort) {
    this.#port = port;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    port.on('message', (message: FromGateway) => this.#handlers.get(message.id)?.(message));
    port.on('close', resolve);
  }

  post(message: unknown): void {
    this.#port.postMessage(message);
  }

  async get(url: string, options: CallOptions = {}): Promise<Reply> {
    return this.call(url, options).done;
  }

  call(url: string, options: CallOptions = {}): PendingCall {
    const id = this.#nextId++;
    const head = Promise.withResolvers<Extract<FromGateway, { t: 'head' }>>();
    const done = Promise.withResolvers<Reply>();
    const parts: Uint8Array[] = [];
    const chunks: number[] = [];
    let seen: Reply['head'];
    const send = (message: ToGateway): void => this.#port.postMessage(message);
    const finish = (error: Reply['error']): void => {
      this.#handlers.delete(id);
      head.reject(new Error(error?.message ?? 'ended without a head'));
      done.resolve({ head: seen, body: Buffer.concat(parts), error });
    };
    head.promise.catch(() => undefined);
    this.#handlers.set(id, (message) => {
      switch (message.t) {
        case 'head':
          seen = message;
          head.resolve(message);
          break;
        case 'body':
          parts.push(message.bytes);
          chunks.push(message.bytes.byteLength);
          if (options.reads !== false) send({ t: 'credit', id, chunks: 1 });
          break;
        case 'end':
          finish(undefined);
          break;
        case 'error':
          {
            const { code, message: text, retryAfterMs } = message;
            finish({ code, message: text, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
          }
          break;
      }
    });
    const { method = 'GET', headers = [], body = null, redirect = 'follow', credits = 8 } = options;
    send({ t: 'request', id, method, url, headers, body, redirect, credits });
    return {
      id,
      head: head.promise,
      done: done.promise,
      chunks,
      abort: () => send({ t: 'abort', id }),
      credit: (count) => send({ t: 'credit', id, chunks: count }),
    };
  }
}
