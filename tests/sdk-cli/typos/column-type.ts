// editor: Type '"text"' is not assignable
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
        // typo
        id: { type: 'text' },
      },
      async *rows() {
        yield { id: 'a' };
      },
    }),
  },
});
