// editor: Type 'string' is not assignable to type 'never'
import { bearer, definePlugin, httpQuery } from '@jackfield/sdk';

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
    items: httpQuery({
      title: 'Items',
      params: { type: 'object', additionalProperties: false, properties: { state: { type: 'string' } } },
      // typo
      request: { path: '/items', query: { state: '{stat}' } },
      rows: 'items',
      columns: { id: { type: 'string' } },
    }),
  },
});
