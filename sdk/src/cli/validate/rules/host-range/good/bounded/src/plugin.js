import { bearer, definePlugin, query, readJson } from '@jackfield/sdk';

export default definePlugin({
  name: 'tiny',
  displayName: 'Tiny',
  config: {
    type: 'object',
    required: ['baseUrl', 'token'],
    additionalProperties: false,
    properties: {
      baseUrl: { type: 'string', format: 'uri' },
      token: { type: 'string', writeOnly: true },
    },
  },
  auth: [bearer({ token: 'token' })],
  host: '>=0.1.0 <0.3.0',
  queries: {
    items: query({
      title: 'Items',
      columns: { id: { type: 'string' } },
      cache: '60s',
      async *rows(ctx) {
        yield await readJson(await ctx.fetch('/items'));
      },
    }),
  },
});
