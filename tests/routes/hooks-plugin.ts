// "hooks": a plugin whose routes do what the body tells them, for each thing that the host promises about deliveries.
import { buildTestPlugin, type TestPlugin } from '../support/plugins.ts';

const SOURCE = `
import { change, definePlugin, hmac, readJson, remove, route, sharedSecret, stream, upsert } from '@jackfield/sdk';

const columns = { id: { type: 'string' }, title: { type: 'string' }, updated: { type: 'datetime' }, due: { type: 'date' } } as const;
const issues = stream({
  title: 'Issues', columns, primaryKey: ['id'], version: 'updated', deletion: 'explicit', every: '5m',
  async *read() { yield upsert([]); },
});
const verify = [
  hmac({ header: 'x-hub-signature', prefix: 'sha256=', secret: 'webhookSecret' }),
  sharedSecret({ in: 'header', name: 'X-Hook-Token', secret: 'headerSecret' }),
  sharedSecret({ in: 'query', name: 'secret', secret: 'querySecret' }),
] as const;

async function handle(ctx: any, request: any): Promise<any> {
  const body: any = request.method === 'GET' ? { event: 'echo' } : request.json();
  const issue = body.issue;
  switch (body.event) {
    case 'created':
    case 'updated': return { changes: [change('issues', upsert([].concat(issue)))] };
    case 'deleted': return { changes: [change('issues', remove([{ id: issue.id }], 'deleted in the vendor'))] };
    case 'both': return { status: 202, json: { done: true }, changes: [change('issues', upsert([issue])), change('notes', upsert([issue]))] };
    case 'undeclared': return { changes: [change('issues', upsert([issue])), change('secretive', upsert([issue]))] };
    case 'refuse': return { status: 422, json: { why: 'no' }, changes: [change('issues', upsert([issue]))] };
    case 'throw': throw new Error('a mistake with ' + JSON.stringify(request));
    case 'exit': (globalThis as any).process.reallyExit?.(1); while (true) { new Array(1e6).fill(Math.random()); }
    case 'vendor': { const row = await readJson<any>(await ctx.fetch('/issue')); return { changes: [change('issues', upsert([row]))] }; }
    case 'nothing': return {};
    default: {
      ctx.log.info('received', { request, config: ctx.config });
      return { json: { request, config: ctx.config } };
    }
  }
}

export default definePlugin({
  name: 'hooks',
  displayName: 'Hooks',
  config: {
    type: 'object',
    properties: {
      baseUrl: { type: 'string', format: 'uri' },
      webhookSecret: { type: 'string', writeOnly: true },
      headerSecret: { type: 'string', writeOnly: true },
      querySecret: { type: 'string', writeOnly: true },
      spare: { type: 'string', writeOnly: true },
    },
  },
  streams: { issues, notes: issues, secretive: issues },
  routes: {
    webhook: route({ title: 'Webhook', description: 'What changed', method: 'POST', path: '/webhook', verify, streams: ['issues', 'notes'], handle }),
    short: route({ title: 'Forgets soon', method: 'PUT', path: '/short/lived', verify, replay: '1s', streams: ['issues'], handle }),
    ping: route({ title: 'Ping', method: 'GET', path: '/ping', verify, handle }),
  },
});
`;

export function buildHooks(): Promise<TestPlugin> {
  return buildTestPlugin(SOURCE, { name: 'hooks' });
}
