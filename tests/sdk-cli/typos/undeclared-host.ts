// validate: calls status.example.com
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
      columns: { id: { type: 'string' }, age: { type: 'integer' } },
      async *rows(ctx) {
        // typo
        yield await readJson<{ id: string }[]>(await ctx.fetch('https://status.example.com/items'));
      },
    }),
  },
});
