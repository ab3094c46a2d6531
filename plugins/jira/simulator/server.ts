// A Jira site for tests, demos and measurements: Cloud or Data Center, on 127.0.0.1, in memory.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { refusal, type Answer, type Call } from './answer.ts';
import { createBoards, createSprints, type SimSprint } from './boards.ts';
import { isRecord, isTexts, readBody } from './body.ts';
import { createChanges, type Changes } from './changes.ts';
import { faultyAnswer, isFault, SLOW_MS, unauthorized, type FaultName } from './faults.ts';
import { searchByJql } from './jql-search.ts';
import { answerToken, createOAuth, isAccessToken, isSame, type OAuth, type OAuthClient } from './oauth.ts';
import { createPersonalTokens, type SimToken } from './personal-tokens.ts';
import type { SimProject } from './projects.ts';
import { createRequestLog, type LoggedRequest, type RequestLog } from './request-log.ts';
import { answerCall } from './routes.ts';
import { createSearchIndex } from './search-index.ts';
import type { Site } from './site.ts';
import { createWorklogs, type SimWorklog } from './worklogs.ts';
import { webhookCall, type Delivery, type WebhookCall, type WebhookKind } from './webhook-sender.ts';
import { createWorld, type SimIssue } from './world.ts';

export type { LoggedRequest } from './request-log.ts';

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
  /** Of the account. Default Europe/Berlin. */
  readonly timeZone?: string;
  readonly oauth?: Partial<OAuthClient>;
  readonly faults?: readonly FaultName[];
  /** The site's clock. */
  readonly now?: () => number;
}

export interface JiraSimulator extends AsyncDisposable {
  readonly url: string;
  readonly email: string;
  readonly token: string;
  /** Of the account, on Data Center. */
  readonly personalTokens: SimToken[];
  /** The site's own data; tests read it for the right answers. */
  readonly issues: SimIssue[];
  readonly projects: SimProject[];
  readonly worklogs: Map<number, SimWorklog>;
  readonly sprints: SimSprint[];
  /** What a search finds, without HTTP. */
  search(jql: string): readonly SimIssue[];
  /** What people do on the site meanwhile. */
  readonly changes: Changes;
  /** The token endpoint is at `/oauth/token`. */
  readonly oauth: OAuth;
  /** The last 10,000 calls. */
  readonly requests: LoggedRequest[];
  /** Calls so far by method and path, ids left out. */
  readonly counts: Readonly<Record<string, number>>;
  /** Add and delete at any time. */
  readonly faults: Set<FaultName>;
  /** Called before each call is answered. */
  beforeCall: ((call: Call) => void) | undefined;
  /** The call that a webhook makes about an issue. */
  webhook(kind: WebhookKind, issue: SimIssue, delivery?: Delivery): WebhookCall;
  close(): Promise<void>;
}

const ADMIN = '/__simulator';

export async function createJiraSimulator(options: JiraSimulatorOptions = {}): Promise<JiraSimulator> {
  const now = options.now ?? Date.now;
  const contextPath = options.contextPath ?? '';
  const log = createRequestLog();
  const server = createServer((request, response) => {
    serve(simulator, site, { contextPath, log }, request, response).catch((error: unknown) =>
      response.destroy(error as Error),
    );
  });
  // Sockets that a client keeps must not end just when it uses them again.
  server.keepAliveTimeout = 60_000;
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the simulator has no TCP port');
  const seed = options.seed ?? 1;
  const { projects, issues } = createWorld({ seed, issues: options.issues ?? 2000, now: now() });
  const boards = createBoards(projects);
  const site: Site = {
    deployment: options.deployment ?? 'cloud',
    projects,
    issues,
    worklogs: createWorklogs(seed, issues, now()),
    deletedWorklogs: [],
    boards,
    sprints: createSprints(boards, now()),
    index: createSearchIndex(),
    get changes() {
      return changes;
    },
    oauth: createOAuth({
      clientId: 'client',
      clientSecret: 'client-secret',
      refreshToken: 'refresh-token',
      lifetime: 3600,
      ...options.oauth,
    }),
    faults: new Set(options.faults),
    email: options.email ?? 'reader@example.com',
    token: options.token ?? 'simulator-token',
    personalTokens: createPersonalTokens(now()),
    timeZone: options.timeZone ?? 'Europe/Berlin',
    url: `http://127.0.0.1:${address.port}${contextPath}`,
    now,
  };
  const changes = createChanges(site);
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  const { url, email, token, personalTokens, worklogs, sprints, oauth, faults } = site;
  const { requests, counts } = log;
  const simulator: JiraSimulator = {
    ...{ url, email, token, personalTokens, projects, issues, worklogs, sprints, oauth, faults, requests, counts },
    search: (jql) => searchByJql(site, jql).issues,
    changes,
    webhook: (kind, issue, delivery) => webhookCall(site, kind, issue, delivery),
    beforeCall: undefined,
    close,
    [Symbol.asyncDispose]: close,
  };
  return simulator;
}

interface Entrance {
  readonly contextPath: string;
  readonly log: RequestLog;
}

async function serve(
  simulator: JiraSimulator,
  site: Site,
  { contextPath, log }: Entrance,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET' } = request;
  const url = new URL(request.url ?? '/', 'http://simulator');
  const body = await readBody(request);
  if (url.pathname.startsWith(ADMIN)) {
    return send(response, administer(site, log, { method, path: url.pathname, query: url.searchParams, body }));
  }
  const path = url.pathname.startsWith(contextPath) ? url.pathname.slice(contextPath.length) : '/outside';
  if (method === 'POST' && path === '/oauth/token') {
    return send(response, answerToken(site, body, request.headers.authorization));
  }
  const call: Call = { method, path, query: url.searchParams, body };
  const note = (status: number): void =>
    log.note({ method, path: path + url.search, status, ...(body === undefined ? {} : { body }) });
  if (site.faults.has('down') || site.faults.has('hang')) {
    note(0);
    if (site.faults.has('down')) request.socket.resetAndDestroy();
    return;
  }
  if (site.faults.has('slow')) await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
  simulator.beforeCall?.(call);
  const answer = answerOf(site, call, request);
  note(answer.lost ? 0 : answer.status);
  if (answer.lost) return void request.socket.resetAndDestroy();
  send(response, answer, site.faults.has('truncated'));
}

function answerOf(site: Site, call: Call, request: IncomingMessage): Answer {
  const faulty = faultyAnswer(site);
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
  if (site.faults.has('near-limit')) {
    return { 'x-ratelimit-limit': '350', 'x-ratelimit-remaining': '1', 'x-ratelimit-nearlimit': 'true' };
  }
  return site.deployment === 'cloud'
    ? { 'x-ratelimit-limit': '350', 'x-ratelimit-remaining': '349' }
    : { 'x-seraph-loginreason': 'OK', 'x-ratelimit-limit': '50', 'x-ratelimit-remaining': '49', 'retry-after': '0' };
}

function isSignedIn(site: Site, authorization: string | undefined): boolean | null {
  if (authorization === undefined) return null;
  const basic = `Basic ${Buffer.from(`${site.email}:${site.token}`).toString('base64')}`;
  return (
    isSame(authorization, basic) || isSame(authorization, `Bearer ${site.token}`) || isAccessToken(site, authorization)
  );
}

/** For tests in other processes. */
function administer(site: Site, { requests, counts }: RequestLog, { method, path, body }: Call): Answer {
  if (method === 'GET' && path === `${ADMIN}/requests`) return { status: 200, json: { counts, requests } };
  if (method !== 'POST' || path !== `${ADMIN}/faults`) return refusal(404, `${method} ${path} does not exist`);
  const names = isRecord(body) ? body.faults : undefined;
  if (!isTexts(names)) return refusal(400, 'faults must be an array of names');
  const known = names.filter(isFault);
  if (known.length !== names.length) return refusal(400, `there is no such fault among ${JSON.stringify(names)}`);
  site.faults.clear();
  for (const name of known) site.faults.add(name);
  return { status: 200, json: { faults: known } };
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
