// Prism as a proxy in front of the simulator: it compares each call with Atlassian's OpenAPI document and says what was illegal.
import type { Context } from '@jackfield/sdk';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import type { JiraSimulator } from '../simulator/server.ts';

export interface Violation {
  readonly call: string;
  readonly message: string;
}

export interface Prism extends AsyncDisposable {
  /** Calls that went through it. */
  readonly calls: string[];
  /** What the plugin did wrong; what the simulator did is left out. */
  readonly violations: Violation[];
  /** The context, with calls of the platform's API sent through Prism. */
  watch(context: Context): Context;
}

/** The document has version 3 of the platform's API. Jira Software and Jira Service Management have documents of their own. */
const ELSEWHERE = /^\/rest\/(agile\/1\.0|servicedeskapi)\//;
/** Version 2 has these operations unchanged. */
const UNCHANGED: Readonly<Record<string, string>> = { '/rest/api/2/serverInfo': '/rest/api/3/serverInfo' };

export async function startPrism(document: string, site: JiraSimulator): Promise<Prism> {
  const command = createRequire(import.meta.url).resolve('@stoplight/prism-cli/dist/index.js');
  const child = spawn(process.execPath, [command, 'proxy', document, site.url, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { NO_COLOR: '1' },
  });
  const url = await listening(child.stdout);
  const calls: string[] = [];
  const violations: Violation[] = [];
  return {
    calls,
    violations,
    watch: (context) => ({
      ...context,
      async fetch(input, init) {
        if (typeof input !== 'string' || ELSEWHERE.test(input)) return context.fetch(input, init);
        const path = UNCHANGED[input] ?? input;
        const call = `${init?.method ?? 'GET'} ${path}`;
        const headers = new Headers(init?.headers);
        headers.set('authorization', `Basic ${Buffer.from(`${site.email}:${site.token}`).toString('base64')}`);
        const response = await fetch(url + path, { ...init, headers });
        calls.push(call);
        violations.push(...violationsOf(call, response));
        return response;
      },
    }),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function listening(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(output)) {
    const [, url] = /Prism is listening on (http:\S+)/.exec(line) ?? [];
    if (url === undefined) continue;
    output.resume();
    return url;
  }
  throw new Error('Prism ended before it listened');
}

function violationsOf(call: string, response: Response): Violation[] {
  const found = JSON.parse(response.headers.get('sl-violations') ?? '[]') as { location: string[]; message: string }[];
  return found.filter(({ location }) => location[0] === 'request').map(({ message }) => ({ call, message }));
}
