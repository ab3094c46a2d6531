// sandbox: cursor
import { bearer, checkpoint, definePlugin, stream, upsert } from '@jackfield/sdk';

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
    // typo
    items: stream({
      title: 'Items',
      columns: { id: { type: 'string' }, changed: { type: 'datetime' } },
      primaryKey: ['id'],
      deletion: 'explicit',
      every: '5m',
      async *read(ctx) {
        yield upsert([{ id: ctx.instance.id }]);
        yield checkpoint(JSON.parse('{}').changed);
      },
    }),
  },
});
