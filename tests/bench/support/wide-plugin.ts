import { join } from 'node:path';
import { buildTestPlugin, type TestPlugin } from '../../support/plugins.ts';
import { WIDE_COLUMNS } from './wide-rows.ts';

const ROWS = join(import.meta.dirname, 'wide-rows.ts');

/** `wide?rows=…` makes its rows itself. */
export function buildWidePlugin(): Promise<TestPlugin> {
  const columns = Object.entries(WIDE_COLUMNS).map(([name, type]) => `${name}: { type: '${type}' }`);
  return buildTestPlugin(
    `
import { definePlugin, query } from '@jackfield/sdk';
import { WIDE_BATCH, wideBatch } from ${JSON.stringify(ROWS)};
export default definePlugin({
  name: 'wide',
  displayName: 'Wide',
  config: { type: 'object', properties: { baseUrl: { type: 'string' } } },
  async check() { return { message: 'fine' }; },
  queries: {
    wide: query({
      title: 'Wide',
      params: { type: 'object', properties: { rows: { type: 'integer', default: 1 } } },
      columns: { ${columns.join(', ')} },
      async *rows(_ctx, { rows }) {
        for (let from = 0; from < rows; from += WIDE_BATCH) yield wideBatch(from, rows);
      },
    }),
  },
});`,
    { name: 'wide' },
  );
}
