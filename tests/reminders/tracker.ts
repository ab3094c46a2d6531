// A vendor that keeps issues, in a server of its own, and a plugin that files contract reminders there.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json as readBody } from 'node:stream/consumers';
import { startVendor, type Vendor } from '../support/vendor.ts';
import { buildTestPlugin, type TestPlugin } from '../support/plugins.ts';

export interface Issue {
  readonly id: string;
  readonly mark: string;
  readonly project: string;
  readonly event: {
    readonly daysBefore: number;
    readonly daysLeft: number;
    readonly contract: { readonly name: string; readonly endsOn: string };
  };
}

export interface Tracker extends AsyncDisposable {
  readonly url: string;
  readonly vendor: Vendor;
  /** Everything that was created, in order. */
  readonly issues: readonly Issue[];
  /** Called before an issue is created; what it answers itself is not created. */
  before: (response: ServerResponse) => void;
  /** Called when an issue was created and not yet answered. */
  after: (issue: Issue, response: ServerResponse) => void | Promise<void>;
  /** Days before the end of what was created for a contract with this name, in order. */
  thresholds(): number[];
}

export async function startTracker(): Promise<Tracker> {
  const issues: Issue[] = [];
  const create = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = (await readBody(request)) as Omit<Issue, 'id'>;
    tracker.before(response);
    if (response.writableEnded || response.destroyed) return;
    const issue = { ...body, id: `T-${issues.length + 1}` };
    issues.push(issue);
    await tracker.after(issue, response);
    if (!response.destroyed) response.writeHead(201).end(JSON.stringify(issue));
  };
  const vendor = await startVendor((request, response) => {
    const url = new URL(request.url ?? '', 'http://tracker.example');
    if (request.method === 'POST') void create(request, response);
    else response.end(JSON.stringify(issues.filter(({ mark }) => mark === url.searchParams.get('mark'))));
  });
  const tracker: Tracker = {
    url: vendor.url,
    vendor,
    issues,
    before: () => undefined,
    after: () => undefined,
    thresholds: () => issues.map(({ event }) => event.daysBefore),
    [Symbol.asyncDispose]: () => vendor[Symbol.asyncDispose](),
  };
  return tracker;
}

const SOURCE = `
import { bearer, definePlugin, job, readJson } from '@jackfield/sdk';

export default definePlugin({
  name: 'tracker',
  displayName: 'Tracker',
  config: {
    type: 'object',
    required: ['baseUrl'],
    properties: {
      baseUrl: { type: 'string', format: 'uri' },
      token: { type: 'string', writeOnly: true },
      project: { type: 'string' },
    },
  },
  auth: [bearer({ token: 'token' })],
  queries: {},
  jobs: {
    reminders: job({
      title: 'Contract reminders',
      trigger: 'contractEnding',
      daysBefore: [90, 60, 30, 14, 7, 1],
      requires: ['project'],
      async run(ctx, event) {
        const found = await readJson<any[]>(await ctx.fetch('/issues?mark=' + encodeURIComponent(event.key)));
        if (found[0]) return { reference: found[0].id, created: false };
        const body = JSON.stringify({ mark: event.key, project: ctx.config.project, event, client: ctx.client });
        const made = await readJson<any>(await ctx.fetch('/issues', { method: 'POST', body }));
        return { reference: made.id, url: 'https://tracker.example/' + made.id, created: true };
      },
    }),
  },
});
`;

export function buildTracker(): Promise<TestPlugin> {
  return buildTestPlugin(SOURCE, { name: 'tracker' });
}
