// validate: /widgets/items/query names no query
import { bearer, definePlugin, query, widget } from '@jackfield/sdk';

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
        yield { id: ctx.instance.id };
      },
    }),
  },
  widgets: {
    // typo
    items: widget({ title: 'Items', kind: 'table', query: 'item', refresh: '60s' }),
  },
});
