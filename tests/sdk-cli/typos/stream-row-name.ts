// sandbox: gives "changedAt", which is no column, and no "changed_at", which is one
import { bearer, definePlugin, checkpoint, stream, upsert } from '@jackfield/sdk';

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
      columns: { id: { type: 'string' }, changed_at: { type: 'datetime' } },
      primaryKey: ['id'],
      deletion: 'explicit',
      every: '5m',
      async *read(ctx) {
        const row = JSON.parse('{}');
        row.id = ctx.instance.id;
        // typo
        row.changedAt = ctx.now();
        yield upsert([row]);
        yield checkpoint(1);
      },
    }),
  },
});
