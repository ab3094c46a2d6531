// validate: imports "node:fs"
import { bearer, definePlugin, query } from '@jackfield/sdk';
// typo
import { readFileSync } from 'node:fs';

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
        yield { id: readFileSync(ctx.instance.id, 'utf8') };
      },
    }),
  },
});
