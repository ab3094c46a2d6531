// What there is to say about a call, gathered from what its plugin is sent.
import type { FromGateway } from '@jackfield/sdk/runtime';
import type { EndedCall } from '../messages.ts';
import type { GatewayFailure } from './failure.ts';

export class WatchedCall {
  readonly #method: string;
  readonly #tell: (call: EndedCall) => void;
  readonly #startedAt = performance.timeOrigin + performance.now();
  #host: string | null = null;
  #status: number | null = null;

  constructor(method: string, tell: (call: EndedCall) => void) {
    this.#method = method;
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
      host: this.#host,
      startedAt: this.#startedAt,
      elapsedMs: performance.timeOrigin + performance.now() - this.#startedAt,
      status: this.#status,
      code: failure?.code ?? null,
    });
  }
}
