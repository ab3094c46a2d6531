// What there is to say about a call, gathered from what its plugin is sent.
import type { FromGateway } from '@jackfield/sdk/runtime';
import type { EndedCall } from '../messages.ts';
import type { GatewayFailure } from './failure.ts';
import type { RequestMessage } from './request-message.ts';

export class WatchedCall {
  readonly #method: string;
  readonly #url: string;
  readonly #tell: (call: EndedCall) => void;
  readonly #startedAt = performance.timeOrigin + performance.now();
  #host: string | null = null;
  #status: number | null = null;

  constructor({ method, url }: Pick<RequestMessage, 'method' | 'url'>, tell: (call: EndedCall) => void) {
    this.#method = method;
    this.#url = url;
    this.#tell = tell;
  }

  sees(message: FromGateway): void {
    if (message.t !== 'head') return;
    this.#status = message.status;
    this.#host = URL.parse(message.url)?.host ?? null;
  }

  ended(failure: GatewayFailure | undefined): void {
    this.#tell({
      method: this.#method,
      path: pathOf(this.#url),
      host: this.#host,
      startedAt: this.#startedAt,
      elapsedMs: performance.timeOrigin + performance.now() - this.#startedAt,
      status: this.#status,
      code: failure?.code ?? null,
    });
  }
}

function pathOf(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? url : parsed.pathname + parsed.search;
}
