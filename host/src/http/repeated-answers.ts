// An answer that was given to a caller is given again as it is, before Fastify has the request, while nothing has changed that it stands
// on: the token or session is still remembered as it was, and the route that has made the answer says that it still holds. What
// Fastify does for a request is then as dear as all the rest. Whoever watches requests is told of these too.
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Access, Principal } from '../access/index.ts';
import type { RepeatedAnswer, RequestWatcher } from '../telemetry/index.ts';
import { bearerOf, sessionOf } from './auth.ts';

declare module 'fastify' {
  interface FastifyReply {
    /**
     * Set by a route whose answer may be given again, to the same caller for the same URL and `Accept`: its body, undefined as soon as it
     * is not the answer any more. It is kept for a while, so what it refers to must be small.
     */
    again: (() => Buffer | undefined) | null;
  }
}

export interface RepeatedAnswersParts {
  readonly access: {
    readonly tokens: Pick<Access['tokens'], 'recall'>;
    readonly sessions: Pick<Access['sessions'], 'recall'>;
  };
  readonly watchers: readonly Pick<RequestWatcher, 'repeated'>[];
  /** Answers that are kept. */
  readonly most: number;
}

interface Answer {
  /** Another object when anything about the token has changed, or it was looked up anew. */
  readonly principal: Principal;
  /** Names and values in turn, the last of them the body's length. */
  readonly headers: string[];
  /** As it is declared. */
  readonly route: string;
  readonly again: () => Buffer | undefined;
}

export class RepeatedAnswers {
  readonly #parts: RepeatedAnswersParts;
  readonly #answers: LRUCache<string, Answer>;
  /** None before it can tell who asks, and when the host stops: then Fastify tells clients to go elsewhere. */
  #app: FastifyInstance | undefined;

  constructor(parts: RepeatedAnswersParts) {
    this.#parts = parts;
    this.#answers = new LRUCache({ max: parts.most });
  }

  /** Listens for requests, and leaves to `handler` those that are not answered here. */
  serve(handler: RequestListener): Server {
    return createServer((request, response) => {
      if (!this.#repeat(request, response)) handler(request, response);
    });
  }

  /** Learns what its routes answer. Call it before other hooks are added. */
  follow(app: FastifyInstance): void {
    // Fastify gives every reply the member in advance, so that all have one shape.
    app.decorateReply('again', null);
    app.addHook('onReady', async () => {
      this.#app = app;
    });
    app.addHook('preClose', async () => {
      this.#app = undefined;
    });
    app.addHook('onResponse', (request, reply, done) => {
      if (reply.again !== null && reply.statusCode === 200) this.#learn(request, reply.getHeaders(), reply.again);
      done();
    });
  }

  #repeat(request: IncomingMessage, response: ServerResponse): boolean {
    const startedAt = performance.now();
    const principal = this.#callerOf(request);
    const answer = principal && this.#answers.get(keyOf(request, principal));
    const body = answer?.principal === principal ? answer?.again() : undefined;
    if (answer === undefined || body === undefined) return false;
    const end = (): void => this.#tell({ request, route: answer.route, startedAt, endedAt: performance.now() });
    response.writeHead(200, withLength(answer.headers, body)).end(body);
    // As a rule the system has taken all of it by now.
    if (response.writableLength === 0) end();
    else response.once('finish', end);
    return true;
  }

  #tell(answer: RepeatedAnswer): void {
    for (const watcher of this.#parts.watchers) watcher.repeated(answer);
  }

  #learn(request: FastifyRequest, sent: Readonly<Record<string, unknown>>, again: () => Buffer | undefined): void {
    const principal = this.#callerOf(request.raw);
    const headers = headersOf(sent);
    const route = request.routeOptions.url;
    if (principal === undefined || principal !== request.principal) return;
    if (headers === undefined || route === undefined) return;
    this.#answers.set(keyOf(request.raw, principal), { principal, headers, route, again });
  }

  /** Undefined when it has to be found out, or when more than the caller, the URL and `Accept` decides what is answered. */
  #callerOf({ method, headers }: IncomingMessage): Principal | undefined {
    const { tokens, sessions } = this.#parts.access;
    if (this.#app === undefined || method !== 'GET') return undefined;
    if (headers.origin !== undefined || headers['cache-control'] !== undefined) return undefined;
    if (headers.authorization !== undefined && headers.authorization !== '') {
      const token = bearerOf(headers);
      return token === undefined ? undefined : tokens.recall(token);
    }
    const session = sessionOf(this.#app, headers);
    return session === undefined ? undefined : sessions.recall(session);
  }
}

/** Neither an id nor a URL has a space in it. */
function keyOf({ url = '', headers: { accept = '' } }: IncomingMessage, { id }: Principal): string {
  return `${id} ${url} ${accept}`;
}

/** Undefined when they are for one answer only. */
function headersOf(sent: Readonly<Record<string, unknown>>): string[] | undefined {
  const { 'content-length': _length, ...others } = sent;
  const isText = (entry: [string, unknown]): entry is [string, string] => typeof entry[1] === 'string';
  const entries = Object.entries(others);
  if (!entries.every(isText) || Object.hasOwn(others, 'set-cookie')) return undefined;
  return [...entries.flat(), 'content-length', ''];
}

/** The same list each time, since Node only reads it. */
function withLength(headers: string[], { byteLength }: Buffer): string[] {
  headers[headers.length - 1] = String(byteLength);
  return headers;
}
