// A Jira site for tests, demos and measurements: Cloud or Data Center, on 127.0.0.1, in memory.
import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { refusal, type Answer, type Call } from './answer.ts';
import { isRecord, isTexts } from './body.ts';
import { faultyAnswer, isFault, SLOW_MS, unauthorized, type FaultName } from './faults.ts';
import { answerCall } from './routes.ts';
import type { Site } from './site.ts';
import { createWorld, type SimIssue } from './world.ts';

export interface JiraSimulatorOptions {
  readonly deployment?: 'cloud' | 'dc';
  /** Default 2,000. */
  readonly issues?: number;
  /** The same seed and time make the same issues. Default 1. */
  readonly seed?: number;
  readonly port?: number;
  /** Where the site lives under its host, like `/jira`; Data Center often does. */
  readonly contextPath?: string;
  /** User of Basic authentication. Default `reader@example.com`. */
  readonly email?: string;
  /** Password of Basic authentication, and the bearer token. Default `simulator-token`. */
  readonly token?: string;
  readonly faults?: readonly FaultName[];
  /** The site's clock. */
  readonly now?: () => number;
}

/** One call as it arrived. `status` is 0 when a fault left it without an answer. */
export interface LoggedRequest {
  readonly method: string;
  /** With the query string, without the context path. */
  readonly path: string;
  readonly status: number;
  readonly body?: unknown;
}

export interface JiraSimulator extends AsyncDisposable {
  readonly url: string;
  readonly email: string;
  readonly token: string;
  /** The site's own data; tests read it for the right answers and may change it. */
  readonly issues: SimIssue[];
  /** The last 10,000 calls. */
  readonly requests: LoggedRequest[];
  /** Add and delete at any time. */
  readonly faults: Set<FaultName>;
  close(): Promise<void>;
}

const LOG_LIMIT = 10_000;
const BODY_LIMIT = 1_000_000;
const ADMIN = '/__simulator';

export async function createJiraSimulator(options: JiraSimulatorOptions = {}): Promise<JiraSimulator> {
  const now = options.now ?? Date.now;
  const contextPath = options.contextPath ?? '';
  const requests: LoggedRequest[] = [];
  const server = createServer((request, response) => {
    serve(site, contextPath, requests, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the simulator has no TCP port');
  const site: Site = {
    deployment: options.deployment ?? 'cloud',
    issues: createWorld({ seed: options.seed ?? 1, issues: options.issues ?? 2000, now: now() }),
    faults: new Set(options.faults),
    email: options.email ?? 'reader@example.com',
    token: options.token ?? 'simulator-token',
    url: `http://127.0.0.1:${address.port}${contextPath}`,
    now,
  };
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  const { url, email, token, issues, faults } = site;
  return { url, email, token, issues, requests, faults, close, [Symbol.asyncDispose]: close };
}

async function serve(
  site: Site,
  contextPath: string,
  requests: LoggedRequest[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET' } = request;
  const url = new URL(request.url ?? '/', 'http://simulator');
  const body = await readBody(request);
  if (url.pathname.startsWith(ADMIN)) {
    return send(response, administer(site, requests, { method, path: url.pathname, query: url.searchParams, body }));
  }
  const path = url.pathname.startsWith(contextPath) ? url.pathname.slice(contextPath.length) : '/outside';
  const call: Call = { method, path, query: url.searchParams, body };
  const log = (status: number): void => {
    if (requests.length >= LOG_LIMIT) requests.shift();
    requests.push({ method, path: path + url.search, status, ...(body === undefined ? {} : { body }) });
  };
  if (site.faults.has('down') || site.faults.has('hang')) {
    log(0);
    if (site.faults.has('down')) request.socket.resetAndDestroy();
    return;
  }
  if (site.faults.has('slow')) await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
  const answer = answerOf(site, call, request);
  log(answer.status);
  send(response, answer, site.faults.has('truncated'));
}

function answerOf(site: Site, call: Call, request: IncomingMessage): Answer {
  const faulty = faultyAnswer(site.faults, site.now());
  if (faulty) return faulty;
  if (call.method === 'POST' && !request.headers['content-type']?.startsWith('application/json')) {
    return refusal(415, 'Unsupported Media Type');
  }
  const anonymous = site.faults.has('anonymous');
  const signedIn = anonymous || isSignedIn(site, request.headers.authorization);
  const answer = answerCall(site, call, signedIn, unauthorized);
  const headers = anonymous ? { 'x-seraph-loginreason': 'AUTHENTICATED_FAILED' } : habits(site);
  return { ...answer, headers: { ...headers, ...answer.headers } };
}

/** Headers that real answers carry and that must not be taken for trouble: Data Center's Retry-After is 0 while tokens remain. */
function habits(site: Site): Record<string, string> {
  return site.deployment === 'cloud'
    ? { 'x-ratelimit-limit': '350', 'x-ratelimit-remaining': '349' }
    : { 'x-seraph-loginreason': 'OK', 'x-ratelimit-limit': '50', 'x-ratelimit-remaining': '49', 'retry-after': '0' };
}

function isSignedIn(site: Site, authorization: string | undefined): boolean | null {
  if (authorization === undefined) return null;
  const basic = `Basic ${Buffer.from(`${site.email}:${site.token}`).toString('base64')}`;
  return isSame(authorization, basic) || isSame(authorization, `Bearer ${site.token}`);
}

function isSame(a: string, b: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}

/** For tests in other processes. */
function administer(site: Site, requests: LoggedRequest[], { method, path, body }: Call): Answer {
  if (method === 'GET' && path === `${ADMIN}/requests`) return { status: 200, json: { requests } };
  if (method !== 'POST' || path !== `${ADMIN}/faults`) return refusal(404, `${method} ${path} does not exist`);
  const names = isRecord(body) ? body.faults : undefined;
  if (!isTexts(names)) return refusal(400, 'faults must be an array of names');
  const known = names.filter(isFault);
  if (known.length !== names.length) return refusal(400, `there is no such fault among ${JSON.stringify(names)}`);
  site.faults.clear();
  for (const name of known) site.faults.add(name);
  return { status: 200, json: { faults: known } };
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new Error('the request body is too large');
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return null;
  }
}

function send(response: ServerResponse, answer: Answer, truncated = false): void {
  const whole = answer.text ?? JSON.stringify(answer.json);
  const text = truncated ? whole.slice(0, whole.length / 2) : whole;
  response.writeHead(answer.status, {
    'content-type': 'application/json;charset=UTF-8',
    ...answer.headers,
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
