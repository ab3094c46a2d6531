// "leaky": a plugin of every kind of contribution. Whichever is asked, it takes what its vendor says and repeats it in the way that its
// config names.
import { buildTestPlugin, type TestPlugin } from './plugins.ts';

/** `none`: it only asks its vendor. */
export const WAYS = [
  'none',
  'log',
  'throw',
  'vendor-error',
  'name',
  'unhandled',
  'late',
  'host',
  'long',
  'exit',
] as const;

const SOURCE = `
import { bearer, definePlugin, job, oauth2, query, readJson, route, sharedSecret, stream, upsert, VendorError } from '@jackfield/sdk';

async function ask(ctx: any): Promise<string> {
  const response = await ctx.fetch('/echo', { headers: { 'x-asked': '1' } });
  const { word, text } = await readJson<any>(response);
  const all = text + ' ' + JSON.stringify([...response.headers]);
  const { how } = ctx.config;
  if (how === 'log') {
    for (const level of ['debug', 'info', 'warn', 'error']) ctx.log[level](all, { all, deep: { all: JSON.stringify(all) } });
    console.log(all, { all });
  }
  if (how === 'long') ctx.log.info('x'.repeat(3970) + all, { all });
  if (how === 'throw') throw new Error(all, { cause: new Error(all) });
  if (how === 'vendor-error') throw new VendorError('vendor_error', 'the vendor says ' + text, { retryAfterMs: 1 });
  if (how === 'name') throw Object.assign(new Error('x'), { name: word, code: word });
  if (how === 'unhandled') { void Promise.reject(new Error(all)); await new Promise((resolve) => setTimeout(resolve, 200)); }
  if (how === 'late') setTimeout(() => { throw new Error(all); }, 10);
  if (how === 'host') await ctx.fetch('https://' + word + '.elsewhere.example/');
  if (how === 'exit') { console.error(all); process.exit(1); }
  return text;
}
const client = { tokenUrl: 'tokenUrl', clientId: 'clientId', clientSecret: 'clientSecret' } as const;

export default definePlugin({
  name: 'leaky',
  displayName: 'Leaky',
  config: {
    type: 'object',
    required: ['baseUrl'],
    properties: {
      baseUrl: { type: 'string', format: 'uri' },
      how: { type: 'string', default: 'none' },
      pageSize: { type: 'integer', minimum: 1, maximum: 100 },
      token: { type: 'string', minLength: 8, writeOnly: true },
      spare: { type: 'string', writeOnly: true },
      webhookSecret: { type: 'string', writeOnly: true },
      tokenUrl: { type: 'string', format: 'uri' },
      clientId: { type: 'string' },
      clientSecret: { type: 'string', writeOnly: true },
      refreshToken: { type: 'string', writeOnly: true },
      certificate: { type: 'string' },
      key: { type: 'string', writeOnly: true },
    },
  },
  auth: [bearer({ token: 'token' }), oauth2({ grant: 'refresh_token', ...client, refreshToken: 'refreshToken' }), oauth2({ grant: 'client_credentials', ...client })],
  network: { clientCertificate: { certificate: 'certificate', key: 'key' } },
  async check(ctx) {
    const message = await ask(ctx);
    return { message, expires: [{ what: message, at: new Date(Date.now() + 1e9).toISOString() }] };
  },
  queries: {
    echo: query({
      title: 'Echo',
      params: { type: 'object', additionalProperties: false, properties: { n: { type: 'integer' } } },
      columns: { n: { type: 'integer' } },
      async *rows(ctx) { await ask(ctx); yield { n: 1 }; },
    }),
  },
  streams: {
    items: stream({
      title: 'Items', columns: { id: { type: 'integer' } }, primaryKey: ['id'], deletion: 'never', every: '1h',
      async *read(ctx) { yield upsert([{ id: 1 }]); await ask(ctx); yield upsert([{ id: 2 }]); },
    }),
  },
  routes: {
    hook: route({
      title: 'Hook', method: 'POST', path: '/hook', verify: [sharedSecret({ in: 'header', name: 'x-secret', secret: 'webhookSecret' })],
      async handle(ctx, request) { ctx.log.info('received', { request }); await ask(ctx); return { json: { done: true } }; },
    }),
  },
  jobs: {
    reminders: job({
      title: 'Reminders', trigger: 'contractEnding', daysBefore: [7],
      async run(ctx) { await ask(ctx); return { reference: 'R-1', created: true }; },
    }),
  },
});
`;

export function buildLeaky(): Promise<TestPlugin> {
  return buildTestPlugin(SOURCE, { name: 'leaky' });
}
