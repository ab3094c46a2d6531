// A FortiGate's REST interface over plain HTTP: sign-in, faults and a journal around the answers.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answer } from './answer.ts';
import { Door } from './door.ts';
import { makeDevice } from './factory.ts';
import { parseFault, type Fault } from './faults.ts';
import type { DeviceState } from './state.ts';
import { parseVersion } from './version.ts';

export interface FortiGateSimulatorOptions {
  /** 0, the default: any free port of 127.0.0.1. */
  readonly port?: number;
  /** Default 7.6.5. */
  readonly version?: string;
  /** Default 4. */
  readonly vdoms?: number;
  /** Per VDOM, the implicit deny included. Default 200. */
  readonly policies?: number;
  /** Default 1. */
  readonly seed?: number;
  /** The token that gets in. Default `simulated-token`. */
  readonly token?: string;
  readonly faults?: readonly string[];
  /** How long a locked source stays locked, in milliseconds. Default 60,000. */
  readonly lockMs?: number;
  /** How long the fault `slow` takes, in milliseconds. Default 300. */
  readonly slowMs?: number;
  /** The device's clock, in milliseconds. */
  readonly now?: () => number;
}

/** One request and what it got. `status` is 0 when it got no answer. Tokens are not kept. */
export interface RequestEntry {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly status: number;
}

export interface FortiGateSimulator {
  readonly url: string;
  readonly device: DeviceState;
  readonly requests: RequestEntry[];
  /** The faults in force; change them at any time. */
  readonly faults: Set<Fault>;
  /** The most requests that were being answered at once. */
  readonly peakInFlight: number;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function createFortiGateSimulator(options: FortiGateSimulatorOptions = {}): Promise<FortiGateSimulator> {
  const version = parseVersion(options.version ?? '7.6.5');
  const clock = options.now ?? Date.now;
  const sizes = { vdoms: options.vdoms ?? 4, policies: options.policies ?? 200 };
  const device = makeDevice(options.seed ?? 1, version, sizes, Math.floor(clock() / 1000));
  const door = new Door(options.token ?? 'simulated-token', version, (options.lockMs ?? 60_000) / 1000);
  const gate = new Gate(device, door, clock, options.slowMs ?? 300, (options.faults ?? []).map(parseFault));
  const server = createServer((request, response) => {
    // A mistake of the simulator must not look like a device that hangs.
    gate
      .handle(request, response)
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  const port = await listen(server, options.port ?? 0);
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    device,
    requests: gate.requests,
    faults: gate.faults,
    get peakInFlight() {
      return gate.peakInFlight;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

const API = '/api/v2/';
const ADMIN = '/__simulator/';

class Gate {
  readonly requests: RequestEntry[] = [];
  readonly faults: Set<Fault>;
  peakInFlight = 0;
  #inFlight = 0;
  readonly #device: DeviceState;
  readonly #door: Door;
  readonly #clock: () => number;
  readonly #slowMs: number;

  constructor(device: DeviceState, door: Door, clock: () => number, slowMs: number, faults: readonly Fault[]) {
    this.#device = device;
    this.#door = door;
    this.#clock = clock;
    this.#slowMs = slowMs;
    this.faults = new Set(faults);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(`http://device${request.url ?? '/'}`);
    if (url.pathname.startsWith(ADMIN)) return this.#administer(request, response, url.pathname);
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
    if (this.faults.has('slow')) await new Promise((resolve) => setTimeout(resolve, this.#slowMs));
    this.#serve(request, response, url);
  }

  #serve(request: IncomingMessage, response: ServerResponse, url: URL): void {
    const now = this.#clock() / 1000;
    const verdict = this.#door.knock({
      source: request.socket.remoteAddress ?? '',
      authorization: request.headers.authorization,
      queryToken: url.searchParams.get('access_token'),
      now,
    });
    if (this.faults.has('429') || verdict === 'locked') return sendHtml(response, 429, 'Too Many Requests');
    if (this.faults.has('401') || verdict === 'wrong') return sendHtml(response, 401, 'Authorization Required');
    if (this.faults.has('html')) return sendHtml(response, 200, 'Login');
    if (!url.pathname.startsWith(API)) return sendHtml(response, 404, 'Not Found');
    if (request.method !== 'GET') return sendHtml(response, 405, 'Method Not Allowed');
    const path = url.pathname.slice(API.length).replace(/\/$/, '');
    const { status, body } = answer(this.#device, this.faults, path, url.searchParams, now);
    const text = JSON.stringify(body);
    sendJson(response, status, this.faults.has('truncated') ? text.slice(0, Math.floor(text.length / 2)) : text);
  }

  async #administer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (request.method === 'GET' && path === `${ADMIN}requests`) {
      return sendJson(response, 200, JSON.stringify({ requests: this.requests }));
    }
    if (request.method !== 'POST' || path !== `${ADMIN}faults`) return sendHtml(response, 404, 'Not Found');
    try {
      const faults = parseFaults(await readText(request));
      this.faults.clear();
      for (const fault of faults) this.faults.add(fault);
      sendJson(response, 200, JSON.stringify({ faults }));
    } catch (error) {
      sendJson(response, 400, JSON.stringify({ error: error instanceof Error ? error.message : 'bad request' }));
    }
  }
}

function parseFaults(text: string): Fault[] {
  const body: unknown = JSON.parse(text);
  const names = typeof body === 'object' && body !== null && 'faults' in body ? body.faults : undefined;
  if (!Array.isArray(names)) throw new Error('expected {"faults": [names]}');
  return names.map((name) => parseFault(String(name)));
}

async function readText(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString('utf8');
}

function sendJson(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(text);
}

/** The device's web server answers in its own name for what never reaches the REST interface. */
function sendHtml(response: ServerResponse, status: number, title: string): void {
  const page = `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">
<html><head><title>${status} ${title}</title></head><body><h1>${title}</h1></body></html>\n`;
  response.writeHead(status, { 'content-type': 'text/html; charset=iso-8859-1' }).end(page);
}
