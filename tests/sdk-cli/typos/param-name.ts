// editor: Property 'limt' does not exist
import { bearer, definePlugin, query, readJson } from '@jackfield/sdk';

export default definePlugin({
  name: 'typo',
  displayName: 'Typo',
  config: {
    type: 'object',
    required: ['baseUrl', 'token'],
    properties: { baseUrl: { type: 'string', format: 'uri' }, token: { type: 'string', writeOnly: true } },
  },
  auth: [bearer({ token: 'token' })],
  queries: {
    items: query({
      title: 'Items',
      params: { type: 'object', additionalProperties: false, properties: { limit: { type: 'integer', default: 20 } } },
      columns: { id: { type: 'string' }, age: { type: 'integer' } },
      async *rows(ctx, params) {
        // typo
        const path = `/items?limit=${params.limt}`;
        yield await readJson<{ id: string }[]>(await ctx.fetch(path));
      },
    }),
  },
});
