// "ask": queries that need roles, and one whose columns come with its answer.
import { buildTestPlugin, type TestPlugin } from '../support/plugins.ts';

const SOURCE = `
import { columns, definePlugin, dynamicQuery, query, readJson } from '@jackfield/sdk';

const one = { title: 'One', columns: { n: { type: 'integer' } }, async *rows() { yield { n: 1 }; } } as const;

export default definePlugin({
  name: 'ask',
  displayName: 'Ask',
  config: { type: 'object', required: ['baseUrl'], properties: { baseUrl: { type: 'string', format: 'uri' } } },
  async check() { return { message: 'well' }; },
  queries: {
    open: query(one),
    user: query({ ...one, role: 'user' }),
    engineer: query({ ...one, role: 'engineer' }),
    manager: query({ ...one, role: 'manager' }),
    admin: query({ ...one, role: 'admin' }),
    table: dynamicQuery({
      title: 'What the vendor has',
      columns: 'dynamic',
      cache: '60s',
      params: { type: 'object', additionalProperties: false, properties: { project: { type: 'string' }, days: { type: 'integer' } } },
      async *rows(ctx, params) {
        const table = await readJson<any>(await ctx.fetch('/table?params=' + encodeURIComponent(JSON.stringify(params))));
        yield columns(Object.fromEntries(table.columns.map(([name, type]: any) => [name, { type }])));
        for (const row of table.rows) yield row;
        if (table.rest) yield await readJson<any>(await ctx.fetch('/rest'));
      },
    }),
  },
});
`;

export function buildAsk(): Promise<TestPlugin> {
  return buildTestPlugin(SOURCE, { name: 'ask' });
}
