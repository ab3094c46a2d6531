// simulator/main.ts of a new package: the vendor, as far as the plugin asks it.
import type { Answers } from '../answers.ts';
import { quoted } from './quoted.ts';
import { SIGN_IN_TEXTS, simulatorConfig } from './sign-ins.ts';

export function simulatorSource({ displayName, signIn }: Answers): string {
  const { accepts, fields } = SIGN_IN_TEXTS[signIn];
  const username = fields.some(({ secret }) => !secret) ? `const USERNAME = 'reader';\n` : '';
  const token = fields.length > 0 ? `const TOKEN = 'for the simulator only';\n` : '';
  const guard =
    signIn === 'none'
      ? ''
      : `  if (!(${accepts})) {
    send(response, 401, { error: 'who are you?' });
    return;
  }
`;
  return `// ${displayName}, as far as the plugin asks it: for tests, and for \`npm run dev\`. It prints where it answers and what to sign in with.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

${username}${token}
const ITEMS = [
  { id: 'A-1', title: 'The disk of db-1 is nearly full', severity: 'high', state: 'open', opened: '2026-01-05T09:30:00Z' },
  { id: 'A-2', title: 'A certificate ends soon', severity: 'medium', state: 'open', opened: '2026-01-06T14:00:00Z' },
  { id: 'A-3', title: 'The backup was late', severity: 'low', state: 'closed', opened: '2026-01-02T03:00:00Z' },
];

export interface Simulator extends AsyncDisposable {
  readonly url: string;
  /** What an instance needs to sign in here. */
  readonly config: Readonly<Record<string, string>>;
}

/** Starts it on a free port of this machine. */
export async function startSimulator(port = 0): Promise<Simulator> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const url = \`http://127.0.0.1:\${(server.address() as AddressInfo).port}\`;
  return {
    url,
    config: ${simulatorConfig(signIn)},
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse): void {
${guard}  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname === '/me') {
    send(response, 200, { name: ${quoted(`${displayName} reader`)} });
  } else if (pathname === '/items') {
    const [state, severity] = [searchParams.get('state'), searchParams.get('severity')];
    send(
      response,
      200,
      ITEMS.filter((item) => (state ?? item.state) === item.state && (severity ?? item.severity) === item.severity),
    );
  } else {
    send(response, 404, { error: 'no such thing' });
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

if (import.meta.main) {
  const { url, config } = await startSimulator();
  process.stdout.write(\`\${JSON.stringify({ url, config })}\\n\`);
}
`;
}
