// validate: must be lower case letters, digits and dashes
import { bearer, definePlugin, query } from '@jackfield/sdk';

export default definePlugin({
  // typo
  name: 'Typo System',
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
});
