// What people do with sync jobs is in the audit, in the transaction of the act, and going back is for admins.
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { openStore } from '../../host/src/store/index.ts';
import { oneOf } from '../support/databases.ts';
import { startTestHost } from '../support/host.ts';
import { silentLog } from '../support/log.ts';
import { buildTestPlugin } from '../support/plugins.ts';
import { addTokens } from '../support/tokens.ts';
import { silence, startVendor } from '../support/vendor.ts';

const SOURCE = `
import { checkpoint, definePlugin, stream, upsert } from '@jackfield/sdk';

export default definePlugin({
  name: 'shop',
  displayName: 'Shop',
  config: { type: 'object', required: ['baseUrl'], properties: { baseUrl: { type: 'string' } } },
  async check() { return { message: 'fine' }; },
  streams: {
    orders: stream({
      title: 'Orders', columns: { id: { type: 'integer' } }, primaryKey: ['id'], deletion: 'never', every: '1h',
      async *read(ctx, cursor) {
        if (cursor !== null) await ctx.fetch('/more');
        yield upsert([{ id: 1 }]);
        yield checkpoint(1);
      },
    }),
  },
});
`;

test.each(oneOf)(
  'on $name going back, changing, starting and cancelling are in the audit with who did it; without an entry nothing is done',
  { timeout: 60_000 },
  async (database) => {
    await using place = await database.open();
    const tokens = await addTokens(place);
    {
      await using store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
      // An entry that the database does not take.
      await sql`alter table audit_entry add check (address <> '127.0.0.1' or action <> 'sync-job.resync')`.execute(
        store.db,
      );
    }
    await using vendor = await startVendor(silence);
    await using plugin = await buildTestPlugin(SOURCE, { name: 'shop' });
    await using host = await startTestHost(place, { plugins: [plugin] });
    const { api } = host;
    const config = { baseUrl: vendor.url };
    await api.call('POST', '/api/instances', { id: 'shop', plugin: 'shop', name: 'Shop', config });
    const job = '/api/instances/shop/sync-jobs/orders';
    const as = (role: keyof typeof tokens): RequestInit => ({ headers: { authorization: `Bearer ${tokens[role]}` } });
    const read = async (): Promise<string> => {
      const { body } = await api.call<{ runId: string }>('POST', `${job}/run`);
      return body.runId;
    };
    const first = await read();
    await expect
      .poll(async () => (await api.call('GET', `/api/runs/${first}`)).body['state'], { timeout: 15_000 })
      .toBe('succeeded');
    const cursors = async (): Promise<{ id: number; act: string }[]> =>
      (await api.call<{ cursors: { id: number; act: string }[] }>('GET', `${job}/cursors`)).body.cursors;
    const [cursor] = await cursors();

    for (const role of ['user', 'engineer', 'manager'] as const) {
      const refused = await api.call('POST', `${job}/rewind`, { cursor: cursor?.id }, as(role));
      expect([refused.status, refused.body['code']]).toEqual([403, 'permission_denied']);
      expect((await api.call('GET', '/api/audit', undefined, as(role))).status).toBe(403);
    }
    const before = await cursors();
    const undone = await api.call('POST', `${job}/rewind`, { cursor: null });
    expect([undone.status, undone.body['code']]).toEqual([500, 'internal']);
    expect(await cursors()).toEqual(before);

    await api.call('PATCH', job, { everyMs: 3_600_000 });
    const back = await api.call('POST', `${job}/rewind`, { cursor: cursor?.id });
    expect(back.status).toBe(200);
    const second = await read();
    await expect.poll(() => vendor.calls.length, { timeout: 15_000 }).toBe(1);
    expect((await api.call('POST', `/api/runs/${second}/cancel`)).status).toBe(202);
    await expect
      .poll(async () => (await api.call('GET', `/api/runs/${second}`)).body['state'], { timeout: 15_000 })
      .toBe('cancelled');
    const again = await api.call('POST', `/api/runs/${second}/cancel`);
    expect([again.status, again.body['code']]).toEqual([409, 'conflict']);

    const { body } = await api.call<{ entries: Record<string, unknown>[] }>('GET', '/api/audit?instance=shop');
    expect(body.entries).toMatchObject([
      { action: 'run.cancel', entity: { kind: 'run', id: second }, before: { state: 'running' } },
      { action: 'sync-job.run', after: { runId: second } },
      { action: 'sync-job.rewind', before: 1, after: 1 },
      { action: 'sync-job.change', after: { everyMs: 3_600_000 } },
      { action: 'sync-job.run', after: { runId: first } },
      { action: 'instance.create' },
    ]);
    for (const { actor } of body.entries)
      expect(actor).toMatchObject({ kind: 'token', address: '127.0.0.1', requestId: expect.stringMatching(/^req_/) });
    // Beside them: the admin's token, and three who were turned away twice.
    expect((await api.call('GET', '/api/audit/verify')).body).toEqual({ entries: 6 + 1 + 6, fault: null });
  },
);
