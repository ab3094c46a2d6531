// "ledger": a plugin with a stream of each kind, whose rows show what was lost and what was doubled.
import { buildTestPlugin, type TestPlugin } from '../../support/plugins.ts';

const SOURCE = `
import { bearer, checkpoint, complete, definePlugin, readJson, remove, stream, upsert } from '@jackfield/sdk';

const get = async (ctx: any, path: string): Promise<any> => readJson<any>(await ctx.fetch(path));
export default definePlugin({
  name: 'ledger',
  displayName: 'Ledger',
  config: {
    type: 'object',
    required: ['baseUrl', 'token'],
    properties: { baseUrl: { type: 'string' }, token: { type: 'string', writeOnly: true } },
  },
  auth: [bearer({ token: 'token' })],
  async check() { return { message: 'fine' }; },
  streams: {
    accounts: stream({
      title: 'Accounts',
      columns: { id: { type: 'integer' }, text: { type: 'string' }, version: { type: 'integer' } },
      primaryKey: ['id'], version: 'version', deletion: 'explicit', every: '1h',
      async *read(ctx, cursor) {
        for (let since = Number(cursor ?? 0); ; ) {
          const page = await get(ctx, '/accounts?since=' + since);
          if (page.length === 0) return;
          yield upsert(page.filter((row: any) => !row.gone).map(({ gone, ...row }: any) => row));
          const gone = page.filter((row: any) => row.gone);
          if (gone.length > 0) yield remove(gone.map(({ id }: any) => ({ id })), 'closed');
          since = page.at(-1).version;
          yield checkpoint(since);
        }
      },
    }),
    // The time of the read is in the key: an entry that is stored by two runs is there twice.
    entries: stream({
      title: 'Entries',
      columns: { number: { type: 'integer' }, run: { type: 'string' }, text: { type: 'string' } },
      primaryKey: ['number', 'run'], deletion: 'never', every: '1h',
      async *read(ctx, cursor) {
        const run = crypto.randomUUID();
        for (let after = Number(cursor ?? 0); ; ) {
          const page = await get(ctx, '/entries?after=' + after);
          if (page.length === 0) return;
          yield upsert(page.map((entry: any) => ({ ...entry, run })));
          after = page.at(-1).number;
          yield checkpoint(after);
        }
      },
    }),
    holders: stream({
      title: 'Holders',
      columns: { id: { type: 'integer' }, text: { type: 'string' } },
      primaryKey: ['id'], deletion: 'absence', every: '1h',
      async *read(ctx) {
        for (let from = 0, more = true; more; ) {
          const page = await get(ctx, '/holders?from=' + from);
          yield upsert(page.rows);
          from += page.rows.length;
          more = page.more;
        }
        yield complete();
      },
    }),
  },
});
`;

export function buildLedger(): Promise<TestPlugin> {
  return buildTestPlugin(SOURCE, { name: 'ledger' });
}
