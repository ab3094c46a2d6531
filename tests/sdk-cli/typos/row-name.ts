// sandbox: gives "severtiy", which is no column, and no "severity", which is one
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
      columns: { id: { type: 'string' }, severity: { type: 'string' } },
      async *rows(ctx) {
        // typo
        yield [{ id: ctx.instance.id, severtiy: 'high' }];
      },
    }),
  },
});
