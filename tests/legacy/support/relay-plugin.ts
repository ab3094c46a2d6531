// "relay": a plugin with two ways to sign in, settings of every kind, and a query that shows what its vendor was told.
import { buildTestPlugin, type TestPlugin } from '../../support/plugins.ts';

const SOURCE = `
import { basic, bearer, definePlugin, dynamicQuery, columns, query, readJson, tlsConfig } from '@jackfield/sdk';

export default definePlugin({
  name: 'relay',
  displayName: 'Relay',
  config: {
    type: 'object',
    required: ['baseUrl'],
    additionalProperties: false,
    properties: {
      baseUrl: { type: 'string', format: 'uri' },
      login: { type: 'string', minLength: 1 },
      password: { type: 'string', minLength: 1, writeOnly: true },
      token: { type: 'string', minLength: 1, writeOnly: true },
      hookSecret: { type: 'string', minLength: 4, writeOnly: true },
      projects: { type: 'array', items: { type: 'string' } },
      pageSize: { type: 'integer', minimum: 1, default: 50 },
      tls: tlsConfig,
    },
  },
  auth: [basic({ username: 'login', password: 'password' }), bearer({ token: 'token' })],
  network: { tls: 'tls' },
  async check(ctx) {
    const { signedIn } = await readJson<{ signedIn: string }>(await ctx.fetch('/me'));
    return { message: 'signed in as ' + signedIn };
  },
  queries: {
    whoami: query({
      title: 'Who asks',
      params: { type: 'object', additionalProperties: false, properties: { n: { type: 'integer', default: 1 }, who: { type: 'string' } } },
      columns: { signedIn: { type: 'string' }, n: { type: 'integer' } },
      async *rows(ctx, params) {
        const { signedIn } = await readJson<{ signedIn: string }>(await ctx.fetch('/me?who=' + (params.who ?? '')));
        for (let n = 1; n <= params.n; n += 1) yield { signedIn, n };
      },
    }),
    path: dynamicQuery({
      title: 'Whatever',
      role: 'engineer',
      columns: 'dynamic',
      params: {
        type: 'object',
        additionalProperties: false,
        required: ['path'],
        properties: { path: { type: 'string', contentMediaType: 'application/x-url-path' } },
      },
      async *rows(ctx, params) {
        yield columns({ signedIn: { type: 'string' } });
        yield await readJson<any>(await ctx.fetch(params.path));
      },
    }),
  },
});
`;

export function buildRelay(): Promise<TestPlugin> {
  return buildTestPlugin(SOURCE, { name: 'relay' });
}
