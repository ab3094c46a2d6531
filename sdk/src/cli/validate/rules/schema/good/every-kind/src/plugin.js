import { bearer, complete, definePlugin, query, readJson, stream, upsert, widget } from '@jackfield/sdk';

export default definePlugin({
  name: 'tiny',
  displayName: 'Tiny',
  config: {
    type: 'object',
    required: ['baseUrl', 'token'],
    additionalProperties: false,
    properties: {
      baseUrl: { type: 'string', format: 'uri' },
      token: { type: 'string', writeOnly: true },
    },
  },
  auth: [bearer({ token: 'token' })],

  streams: {
    items: stream({
      title: 'Items',
      columns: { id: { type: 'string' }, changed: { type: 'datetime' } },
      primaryKey: ['id'],
      deletion: 'absence',
      every: '5m',
      async *read(ctx) {
        yield upsert(await readJson(await ctx.fetch('/items')));
        yield complete();
      },
    }),
  },
  widgets: { items: widget({ title: 'Items', kind: 'table', query: 'items', refresh: '60s' }) },
  queries: {
    items: query({
      title: 'Items',
      columns: { id: { type: 'string' } },
      cache: '60s',
      async *rows(ctx) {
        yield await readJson(await ctx.fetch('/items'));
      },
    }),
  },
});
