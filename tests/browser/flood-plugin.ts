// "flood": a plugin that answers with more rows than anybody reads.
import { buildTestPlugin, type TestPlugin } from '../support/plugins.ts';

export const FLOOD = 1_000_000;

export function buildFlood(): Promise<TestPlugin> {
  return buildTestPlugin(`
    import { definePlugin, query } from '@jackfield/sdk';
    export default definePlugin({
      name: 'flood',
      displayName: 'Flood',
      config: { type: 'object', properties: {} },
      network: { baseUrl: null },
      queries: {
        rows: query({
          title: 'A million rows',
          columns: { n: { type: 'integer', label: 'Number' }, text: { type: 'string', label: 'Text' } },
          params: { type: 'object', properties: { count: { type: 'integer', title: 'How many', minimum: 1, default: ${FLOOD} } } },
          cache: '0s',
          async *rows(ctx, { count = ${FLOOD} }) { for (let n = 1; n <= count; n += 1) yield { n, text: 'row ' + n }; },
        }),
      },
    });
  `);
}
