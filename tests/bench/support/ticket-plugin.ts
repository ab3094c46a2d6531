import { buildTestPlugin, type TestPlugin } from '../../support/plugins.ts';
import { COLUMNS } from './ticket-rows.ts';

/** Reads page after page, the next one while the one before is stored, and says after each where it is. */
export function buildTicketPlugin(): Promise<TestPlugin> {
  const columns = COLUMNS.map(([name, type]) => `${name}: { type: '${type}' }`).join(', ');
  return buildTestPlugin(
    `
import { checkpoint, definePlugin, readJson, stream, upsert } from '@jackfield/sdk';
export default definePlugin({
  name: 'bench',
  displayName: 'Bench',
  config: { type: 'object', required: ['baseUrl'], properties: { baseUrl: { type: 'string' } } },
  async check() { return { message: 'fine' }; },
  streams: {
    tickets: stream({
      title: 'Tickets', columns: { ${columns} }, primaryKey: ['id'], version: 'updated', deletion: 'explicit', every: '24h',
      async *read(ctx, cursor) {
        const fetchPage = (page) => ctx.fetch('/tickets?page=' + page).then((response) => readJson(response));
        let page = Number(cursor ?? 0);
        for (let next = fetchPage(page); ; ) {
          const rows = await next;
          if (rows.length === 0) return;
          page += 1;
          next = fetchPage(page);
          yield upsert(rows);
          yield checkpoint(page);
        }
      },
    }),
  },
});`,
    { name: 'bench' },
  );
}
