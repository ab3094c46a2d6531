// sandbox: column "age" must be
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
      columns: {
        id: { type: 'string' },
        // typo
        age: { type: 'integer' },
      },
      async *rows(ctx) {
        yield JSON.parse('[{"id":"a","age":"old"}]');
      },
    }),
  },
});
