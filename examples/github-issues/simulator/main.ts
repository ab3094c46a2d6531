// GitHub issues, as far as the plugin asks it: for tests, and for `npm run dev`. It prints where it answers and what to sign in with.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const TOKEN = 'for the simulator only';

const REPOSITORY = 'acme/shop';
/** Fewer than anybody asks for, so that there is a page to follow. */
const PAGE = 2;

export interface SimulatedIssue {
  readonly number: number;
  readonly title: string;
  readonly state: 'open' | 'closed';
  readonly user: { readonly login: string };
  readonly labels: readonly { readonly name: string }[];
  readonly created_at: string;
  readonly updated_at: string;
  readonly closed_at: string | null;
  readonly pull_request?: object;
}

const issue = (
  number: number,
  title: string,
  updated_at: string,
  more: Partial<SimulatedIssue> = {},
): SimulatedIssue => ({
  ...{ number, title, updated_at, state: 'open', user: { login: 'ada' }, labels: [] },
  ...{ created_at: '2026-01-01T08:00:00Z', closed_at: null },
  ...more,
});

const ISSUES = [
  issue(1, 'The cart forgets what is in it', '2026-01-02T09:00:00Z', { labels: [{ name: 'bug' }, { name: 'cart' }] }),
  issue(2, 'Faster search', '2026-01-03T09:00:00Z', { user: { login: 'grace' } }),
  issue(3, 'Search in the cart', '2026-01-03T10:00:00Z', { pull_request: {} }),
  issue(4, 'A typo on the front page', '2026-01-04T09:00:00Z', { state: 'closed', closed_at: '2026-01-04T09:00:00Z' }),
  issue(5, 'Prices in other currencies', '2026-01-05T09:00:00Z'),
];

export interface Simulator extends AsyncDisposable {
  readonly url: string;
  /** What an instance needs to sign in here. */
  readonly config: Readonly<Record<string, string>>;
  /** By number; tests change them. */
  readonly issues: Map<number, SimulatedIssue>;
}

/** Starts it on a free port of this machine. */
export async function startSimulator(port = 0): Promise<Simulator> {
  const issues = new Map(ISSUES.map((one) => [one.number, one]));
  const server = createServer((request, response) => answer(issues, request, response));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    issues,
    config: { baseUrl: url, token: TOKEN, repository: REPOSITORY, webhookSecret: 'for deliveries only' },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(issues: ReadonlyMap<number, SimulatedIssue>, request: IncomingMessage, response: ServerResponse): void {
  if (!(request.headers.authorization === `Bearer ${TOKEN}`)) {
    send(response, 401, { message: 'Bad credentials', status: '401' });
    return;
  }
  const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
  if (url.pathname === `/repos/${REPOSITORY}`) {
    send(response, 200, { full_name: REPOSITORY, private: false });
  } else if (url.pathname === `/repos/${REPOSITORY}/issues`) {
    const since = url.searchParams.get('since') ?? '';
    const found = [...issues.values()]
      .filter(({ updated_at }) => updated_at >= since)
      .toSorted((a, b) => (a.updated_at < b.updated_at ? -1 : 1));
    const page = Number(url.searchParams.get('page') ?? 1);
    const next = new URL(url);
    next.searchParams.set('page', String(page + 1));
    const link = page * PAGE < found.length ? { link: `<${next.href}>; rel="next"` } : undefined;
    send(response, 200, found.slice((page - 1) * PAGE, page * PAGE), link);
  } else {
    send(response, 404, { message: 'Not Found', status: '404' });
  }
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

if (import.meta.main) {
  const { url, config } = await startSimulator();
  process.stdout.write(`${JSON.stringify({ url, config })}\n`);
}
