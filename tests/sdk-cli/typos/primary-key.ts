// editor: Type '"ident"' is not assignable
import { bearer, definePlugin, readJson, stream, upsert } from '@jackfield/sdk';

export default definePlugin({
  name: 'typo',
  displayName: 'Typo',
  config: {
    type: 'object',
    required: ['baseUrl', 'token'],
    properties: { baseUrl: { type: 'string', format: 'uri' }, token: { type: 'string', writeOnly: true } },
  },
  auth: [bearer({ token: 'token' })],
  streams: {
    items: stream({
      title: 'Items',
      columns: { id: { type: 'string' }, changed: { type: 'datetime' } },
      // typo
      primaryKey: ['ident'],
      deletion: 'explicit',
      every: '5m',
      async *read(ctx) {
        yield upsert(await readJson<{ id: string; changed: string }[]>(await ctx.fetch('/items')));
      },
    }),
  },
});
