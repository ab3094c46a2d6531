// Better Stack, as far as the plugin asks it: for tests, and for `npm run dev`. It prints where it answers and what to sign in with.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const TOKEN = 'for the simulator only';

/** Fewer than anybody asks for, so that there is a page to follow. */
const PAGE = 2;

const MONITORS = ['Shop', 'API', 'Status page'].map((name, index) => ({
  id: String(index + 1),
  type: 'monitor',
  attributes: {
    pronounceable_name: name,
    url: `https://${name.toLowerCase().replace(' ', '-')}.example`,
    status: name === 'API' ? 'down' : 'up',
    last_checked_at: name === 'Status page' ? null : '2026-01-05T09:30:00.000Z',
    check_frequency: 180,
  },
}));
const INCIDENTS = [
  { id: '71', started_at: '2026-01-05T09:12:00.000Z', resolved_at: null, name: 'API', cause: 'Status 503' },
  {
    id: '70',
    started_at: '2026-01-03T02:00:00.000Z',
    resolved_at: '2026-01-03T02:04:00.000Z',
    name: 'Shop',
    cause: 'Timeout',
  },
].map(({ id, ...attributes }) => ({ id, type: 'incident', attributes }));

export interface Simulator extends AsyncDisposable {
  readonly url: string;
  /** What an instance needs to sign in here. */
  readonly config: Readonly<Record<string, string>>;
}

/** Starts it on a free port of this machine. */
export async function startSimulator(port = 0): Promise<Simulator> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    config: { baseUrl: url, token: TOKEN },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  if (!(request.headers.authorization === `Bearer ${TOKEN}`)) {
    send(response, 401, { errors: 'Invalid Team API token' });
    return;
  }
  const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
  const from = url.searchParams.get('from') ?? '';
  if (url.pathname === '/api/v2/monitors') {
    send(response, 200, pageOf(MONITORS, url));
  } else if (url.pathname === '/api/v3/incidents') {
    send(
      response,
      200,
      pageOf(
        INCIDENTS.filter(({ attributes }) => attributes.started_at >= from),
        url,
      ),
    );
  } else {
    send(response, 404, { errors: 'Resource with provided ID was not found' });
  }
}

/** As the lists of the vendor are: https://betterstack.com/docs/uptime/api/pagination */
function pageOf(items: readonly object[], url: URL): object {
  const page = Number(url.searchParams.get('page') ?? 1);
  const size = Math.min(PAGE, Number(url.searchParams.get('per_page') ?? PAGE));
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (number: number): string => {
    const to = new URL(url);
    to.searchParams.set('page', String(number));
    return to.href;
  };
  return {
    data: items.slice((page - 1) * size, page * size),
    pagination: {
      first: link(1),
      last: link(last),
      prev: page > 1 ? link(page - 1) : null,
      next: page < last ? link(page + 1) : null,
    },
  };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

if (import.meta.main) {
  const { url, config } = await startSimulator();
  process.stdout.write(`${JSON.stringify({ url, config })}\n`);
}
