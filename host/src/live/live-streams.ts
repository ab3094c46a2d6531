// The readers that are connected to this host, and how many there may be.
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../access/index.ts';
import { Problem } from '../errors.ts';
import type { LiveLimits } from '../live-limits.ts';
import { LiveStream, type StreamOptions } from './live-stream.ts';

export type StreamsParts = Omit<StreamOptions, 'principal' | 'since' | 'identify'> & {
  /** Who asks. @throws Problem `auth_failed` when they may not any more. */
  readonly identify: (request: FastifyRequest) => Promise<Principal>;
};

export class LiveStreams {
  readonly #parts: StreamsParts;
  readonly #open = new Set<LiveStream>();
  #ended = false;

  constructor(parts: StreamsParts) {
    this.#parts = parts;
  }

  /** @throws Problem `rate_limited` when there are too many. */
  async open(request: FastifyRequest, since: string | undefined): Promise<LiveStream> {
    const { identify, ...parts } = this.#parts;
    const { principal } = request;
    this.#assertRoom(principal);
    const stream = await LiveStream.open({ ...parts, principal, since, identify: () => identify(request) });
    this.#open.add(stream);
    stream.over.addEventListener('abort', () => this.#open.delete(stream), { once: true });
    if (this.#ended) stream.end();
    return stream;
  }

  /** There may be something new. */
  wake(): void {
    for (const stream of this.#open) stream.wake();
  }

  /** What they may hear is another, or they may not any more. */
  identify(principalId: string): void {
    for (const stream of this.#open) if (stream.principal.id === principalId) void stream.identify();
  }

  async tick(): Promise<void> {
    for (const stream of this.#open) await stream.tick();
  }

  /** All, and those that come. */
  end(): void {
    this.#ended = true;
    for (const stream of this.#open) stream.end();
  }

  #assertRoom({ id }: Principal): void {
    const { limits }: { readonly limits: LiveLimits } = this.#parts;
    const own = [...this.#open].filter(({ principal }) => principal.id === id).length;
    if (own < limits.perPrincipal && this.#open.size < limits.total) return;
    const whose = own < limits.perPrincipal ? 'this host has' : 'you have';
    throw new Problem('rate_limited', `${whose} too many streams of events open`, {
      retryAfterMs: limits.heartbeat,
      next: 'Close one, or ask now and then instead: GET /api/events?since=… as JSON.',
    });
  }
}
