// validate: /routes/webhook/verify/0/secret
import { bearer, definePlugin, hmac, readJson, route, stream, upsert } from '@jackfield/sdk';

export default definePlugin({
  name: 'typo',
  displayName: 'Typo',
  config: {
    type: 'object',
    required: ['baseUrl', 'token'],
    properties: {
      baseUrl: { type: 'string', format: 'uri' },
      token: { type: 'string', writeOnly: true },
      webhookSecret: { type: 'string', writeOnly: true },
      site: { type: 'string' },
    },
  },
  auth: [bearer({ token: 'token' })],
  streams: {
    items: stream({
      title: 'Items',
      columns: { id: { type: 'string' }, changed: { type: 'datetime' } },
      primaryKey: ['id'],
      deletion: 'explicit',
      every: '5m',
      async *read(ctx) {
        yield upsert(await readJson<{ id: string; changed: string }[]>(await ctx.fetch('/items')));
      },
    }),
  },
  routes: {
    webhook: route({
      title: 'Webhook',
      method: 'POST',
      path: '/webhook',
      // typo
      verify: [hmac({ header: 'x-signature', secret: 'site' })],
      streams: ['items'],
      async handle() {
        return { status: 204 };
      },
    }),
  },
});
