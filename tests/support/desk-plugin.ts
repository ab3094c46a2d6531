// "desk": a plugin like an author's, with a query for each thing that the host promises about queries.
import { buildTestPlugin, type TestPlugin } from './plugins.ts';

const SOURCE = `
import { bearer, definePlugin, query, readJson, VendorError } from '@jackfield/sdk';

const params = {
  type: 'object',
  additionalProperties: false,
  properties: {
    n: { type: 'integer', minimum: 0, default: 2 },
    tags: { type: 'array', items: { type: 'string' } },
    exact: { type: 'boolean' },
    filter: { type: 'object', properties: { a: { type: 'integer' }, b: { type: 'integer' } } },
  },
} as const;
const items = {
  title: 'Items',
  params,
  columns: { z: { type: 'integer', label: 'Last letter first' }, a: { type: 'string' } },
  async *rows(ctx: any, params: any) {
    yield await readJson<any>(await ctx.fetch('/items?params=' + encodeURIComponent(JSON.stringify(params))));
  },
} as const;
const filler = 'x'.repeat(60);

export default definePlugin({
  name: 'desk',
  displayName: 'Desk',
  config: {
    type: 'object',
    required: ['baseUrl'],
    properties: {
      baseUrl: { type: 'string', format: 'uri' },
      token: { type: 'string', minLength: 8, writeOnly: true },
      spare: { type: 'string', writeOnly: true },
      label: { type: 'string', maxLength: 20 },
      pageSize: { type: 'integer', minimum: 1, default: 50 },
      limits: { type: 'object', additionalProperties: { type: 'integer' } },
    },
  },
  auth: [bearer({ token: 'token' })],
  async check(ctx) {
    const me = await readJson<any>(await ctx.fetch('/me'));
    return { message: 'signed in as ' + me.name };
  },
  queries: {
    items: query({ ...items, cache: '60s' }),
    uncached: query(items),
    typed: query({
      title: 'Rows as they are sent',
      params: { type: 'object', properties: { rows: { type: 'array' } } },
      columns: {
        text: { type: 'string' },
        count: { type: 'integer' },
        ratio: { type: 'number' },
        flag: { type: 'boolean' },
        day: { type: 'date' },
        at: { type: 'datetime' },
        more: { type: 'json' },
      },
      async *rows(_ctx, params) { yield params.rows as any; },
    }),
    many: query({
      title: 'Many rows; the vendor is told of every 10,000',
      params: { type: 'object', properties: { rows: { type: 'integer' }, tell: { type: 'boolean' }, fail: { type: 'boolean' } } },
      columns: { n: { type: 'integer' }, text: { type: 'string' } },
      cache: '60s',
      async *rows(ctx, params) {
        for (let n = 0; n < params.rows!; n += 1000) {
          if (params.tell && n % 10000 === 0) await ctx.fetch('/produced/' + n);
          yield Array.from({ length: Math.min(1000, params.rows! - n) }, (_, i) => ({ n: n + i, text: filler }));
        }
        if (params.fail) throw new VendorError('vendor_error', 'the vendor broke off');
      },
    }),
    first_then_wait: query({
      title: 'A row, then what the vendor says',
      columns: { z: { type: 'integer' } },
      async *rows(ctx) {
        yield { z: 1 };
        yield await readJson<any>(await ctx.fetch('/rest'));
      },
    }),
    leaky: query({
      title: 'Repeats what the vendor says wherever it can',
      params: { type: 'object', properties: { how: { type: 'string' } } },
      columns: { z: { type: 'integer' } },
      async *rows(ctx, params) {
        const response = await ctx.fetch('/echo');
        const text = await response.text();
        if (params.how === 'late') {
          setTimeout(() => { throw new Error(text); }, 20);
          yield { z: 1 };
          return;
        }
        ctx.log.info(text, { text });
        console.log('console', text);
        if (params.how === 'long') ctx.log.info('x'.repeat(3980) + text);
        if (params.how === 'throw') throw new Error(text);
        if (params.how === 'vendor-error') throw new VendorError('vendor_error', 'the vendor says ' + text);
        if (params.how === 'unhandled') { void Promise.reject(new Error(text)); await ctx.fetch('/wait'); }
        yield { z: 1 };
      },
    }),
  },
});
`;

export function buildDesk(): Promise<TestPlugin> {
  return buildTestPlugin(SOURCE, { name: 'desk' });
}
