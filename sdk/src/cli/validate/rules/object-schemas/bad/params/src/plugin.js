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

  queries: {
    items: query({
      title: 'Items',
      params: {
        type: 'object',
        required: ['states'],
        properties: { state: { type: 'string' }, limit: { type: 'integer', default: '20' } },
      },
      columns: { id: { type: 'string' } },
      cache: '60s',
      async *rows(ctx) {
        yield await readJson(await ctx.fetch('/items'));
      },
    }),
  },
});
