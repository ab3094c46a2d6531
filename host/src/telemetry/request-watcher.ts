import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** An answer that was given again as it was, of which no hook of Fastify's hears. */
export interface RepeatedAnswer {
  readonly request: IncomingMessage;
  /** URL of the route that has made it, as it is declared. */
  readonly route: string;
  /** By `performance.now()`: when the request came, and when the last byte was handed over. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Whoever is told of every request. */
export interface RequestWatcher {
  /** Follows the requests of a server. Call before its routes are added. */
  watch(app: FastifyInstance): void;
  repeated(answer: RepeatedAnswer): void;
}
