// validate: /queries/items/params/properties/limit/default
import { bearer, definePlugin, query } from '@jackfield/sdk';

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
      params: {
        type: 'object',
        additionalProperties: false,
        properties: {
          // typo
          limit: { type: 'integer', default: 'many' },
        },
      },
      columns: { id: { type: 'string' }, age: { type: 'integer' } },
      async *rows(ctx, params) {
        yield { id: `${ctx.instance.id} ${params.limit}` };
      },
    }),
  },
});
