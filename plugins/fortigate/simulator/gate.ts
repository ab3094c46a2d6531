// Everything between the socket and the answer: who gets in, what goes wrong, what was asked.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { administer, ADMIN } from './admin.ts';
import { answer } from './answer.ts';
import type { Door } from './door.ts';
import type { Fault } from './faults.ts';
import { sendHtml, sendJson } from './send.ts';
import type { DeviceState } from './state.ts';

const API = '/api/v2/';

/** What one call of the fault `memory-leak` takes, in percent, and how much is left for calls before the device refuses them. */
const LEAK = 0.5;
const CONSERVE = 88;

/** One request and what it got. `status` is 0 when it got no answer. Tokens are not kept. */
export interface RequestEntry {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly status: number;
}

export interface GateOptions {
  readonly device: DeviceState;
  readonly door: Door;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly slowMs: number;
  readonly faults: readonly Fault[];
}

export class Gate {
  readonly requests: RequestEntry[] = [];
  readonly faults: Set<Fault>;
  readonly device: DeviceState;
  readonly clock: () => number;
  peakInFlight = 0;
  #inFlight = 0;
  #leaked = 0;
  readonly #door: Door;
  readonly #slowMs: number;

  constructor(options: GateOptions) {
    this.device = options.device;
    this.clock = options.clock;
    this.faults = new Set(options.faults);
    this.#door = options.door;
    this.#slowMs = options.slowMs;
  }

  lockedUntil(source: string): number {
    return this.#door.lockedUntil(source);
  }

  forgetRequests(): void {
    this.requests.length = 0;
    this.peakInFlight = this.#inFlight;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(`http://device${request.url ?? '/'}`);
    if (url.pathname.startsWith(ADMIN)) return administer(this, request, response, url.pathname);
    this.#inFlight += 1;
    this.peakInFlight = Math.max(this.peakInFlight, this.#inFlight);
    response.once('close', () => {
      this.#inFlight -= 1;
      url.searchParams.delete('access_token');
      const status = response.headersSent ? response.statusCode : 0;
      this.requests.push({ method: request.method ?? '', path: url.pathname, query: url.search, status });
    });
    if (this.faults.has('hang')) return;
    if (this.faults.has('down')) {
      response.destroy();
      return;
    }
    if (this.#isSlow(url.pathname)) await new Promise((resolve) => setTimeout(resolve, this.#slowMs));
    this.#serve(request, response, url);
  }

  #isSlow(path: string): boolean {
    return this.faults.has('slow') || (this.faults.has('slow-secondary') && path.includes('/system/ha-'));
  }

  #serve(request: IncomingMessage, response: ServerResponse, url: URL): void {
    const now = this.clock() / 1000;
    const source = request.socket.remoteAddress ?? '';
    if (this.faults.has('lockout') && this.#door.lockedUntil(source) === 0) this.#door.lock(source, now);
    const verdict = this.#door.knock({
      source,
      authorization: request.headers.authorization,
      queryToken: url.searchParams.get('access_token'),
      now,
    });
    if (this.faults.has('429') || verdict === 'locked') return sendHtml(response, 429, 'Too Many Requests');
    if (this.faults.has('401') || this.faults.has('trusthost') || verdict === 'wrong') {
      return sendHtml(response, 401, 'Authorization Required');
    }
    if (this.faults.has('html')) return sendHtml(response, 200, 'Login');
    if (!url.pathname.startsWith(API)) return sendHtml(response, 404, 'Not Found');
    if (request.method !== 'GET') return sendHtml(response, 405, 'Method Not Allowed');
    if (this.faults.has('memory-leak')) {
      this.#leaked += LEAK;
      if (62 + this.#leaked > CONSERVE) return sendHtml(response, 503, 'Service Unavailable');
    }
    const path = url.pathname.slice(API.length).replace(/\/$/, '');
    const { status, body } = answer(this.device, this.faults, path, url.searchParams, now);
    const text = JSON.stringify(body);
    sendJson(response, status, this.faults.has('truncated') ? text.slice(0, Math.floor(text.length / 2)) : text);
  }
}
