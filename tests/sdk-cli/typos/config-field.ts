// editor: Property 'projects' does not exist
import { bearer, definePlugin, forConfig } from '@jackfield/sdk';

const config = {
  type: 'object',
  required: ['baseUrl', 'token', 'project'],
  properties: {
    baseUrl: { type: 'string', format: 'uri' },
    token: { type: 'string', writeOnly: true },
    project: { type: 'string' },
  },
} as const;
const { query } = forConfig(config);

export default definePlugin({
  name: 'typo',
  displayName: 'Typo',
  config,
  auth: [bearer({ token: 'token' })],
  queries: {
    items: query({
      title: 'Items',
      columns: { id: { type: 'string' }, age: { type: 'integer' } },
      async *rows(ctx) {
        // typo
        yield { id: ctx.config.projects };
      },
    }),
  },
});
