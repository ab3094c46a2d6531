// A plugin that signs in with OAuth 2 and repeats whatever it can get hold of.
import { buildTestPlugin, type TestPlugin } from '../../support/plugins.ts';

const SOURCE = `
import { definePlugin, oauth2, query, readJson, tlsConfig, VendorError } from '@jackfield/sdk';

const client = { tokenUrl: 'tokenUrl', clientId: 'clientId', clientSecret: 'clientSecret' } as const;

export default definePlugin({
  name: 'oauth',
  displayName: 'OAuth',
  config: {
    type: 'object',
    required: ['baseUrl'],
    properties: {
      baseUrl: { type: 'string', format: 'uri' },
      tokenUrl: { type: 'string', format: 'uri' },
      clientId: { type: 'string' },
      clientSecret: { type: 'string', writeOnly: true },
      refreshToken: { type: 'string', writeOnly: true },
      tls: tlsConfig,
    },
  },
  auth: [
    oauth2({ grant: 'refresh_token', ...client, refreshToken: 'refreshToken' }),
    oauth2({ grant: 'client_credentials', ...client }),
  ],
  network: { tls: 'tls' },
  async check(ctx) {
    const { name } = await readJson<{ name: string }>(await ctx.fetch('/me'));
    return { message: 'signed in as ' + name };
  },
  queries: {
    me: query({
      title: 'Who is it',
      columns: { name: { type: 'string' } },
      async *rows(ctx) { yield await readJson<{ name: string }>(await ctx.fetch('/me')); },
    }),
    leak: query({
      title: 'Repeats what the vendor says',
      columns: { n: { type: 'integer' } },
      async *rows(ctx) {
        const text = await (await ctx.fetch('/echo')).text();
        ctx.log.info('the vendor says ' + text, { text });
        console.log(text);
        throw new VendorError('vendor_error', 'the vendor says ' + text);
      },
    }),
    everything: query({
      title: 'All that a plugin can see',
      columns: { seen: { type: 'string' } },
      async *rows(ctx) {
        const response = await ctx.fetch('/me');
        const token = await ctx.fetch(new URL('/oauth/token', ctx.config.baseUrl), {
          method: 'POST',
          body: new URLSearchParams({ grant_type: 'client_credentials' }),
        });
        const seen = {
          ctx: { ...ctx },
          config: ctx.config,
          url: response.url,
          headers: [...response.headers],
          body: await response.text(),
          asked: [token.status, await token.text()],
          environment: { ...process.env },
          global: Object.getOwnPropertyNames(globalThis),
        };
        yield { seen: JSON.stringify(seen) };
      },
    }),
  },
});
`;

export function buildOAuthPlugin(): Promise<TestPlugin> {
  return buildTestPlugin(SOURCE, { name: 'oauth' });
}
