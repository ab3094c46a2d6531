// A cursor that the vendor has forgotten, or that another version of the plugin wrote, costs one full read and no rows.
import { expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { oneOf } from '../support/databases.ts';
import { startTestHost } from '../support/host.ts';
import { buildTestPlugin } from '../support/plugins.ts';
import { until } from '../support/until.ts';
import { startVendor } from '../support/vendor.ts';

const SOURCE = `
import { checkpoint, CursorInvalidError, definePlugin, stream, upsert } from '@jackfield/sdk';

const orders = { title: 'Orders', columns: { id: { type: 'integer' } }, primaryKey: ['id'], deletion: 'never', every: '1h' } as const;

export default definePlugin({
  name: 'shop',
  displayName: 'Shop',
  config: { type: 'object', required: ['baseUrl'], properties: { baseUrl: { type: 'string' } } },
  streams: {
    orders: stream({
      ...orders,
      async *read(ctx, cursor) {
        const answer = await ctx.fetch('/orders?since=' + (cursor ?? ''));
        if (answer.status === 410) throw new CursorInvalidError('the shop has forgotten where the last read ended');
        const { ids, next } = (await answer.json()) as { ids: number[]; next: string };
        yield upsert(ids.map((id) => ({ id })));
        yield checkpoint(next);
      },
    }),
    never: stream({
      ...orders,
      title: 'Refuses every cursor, and none',
      async *read() {
        throw new CursorInvalidError('no cursor is good enough');
      },
    }),
  },
});
`;

interface Run {
  readonly id: string;
  readonly state: string;
  readonly error: { readonly code: string } | null;
  readonly counts: Readonly<Record<string, number>>;
}

test.each(oneOf)(
  'on $name a cursor that is of no use is forgotten and everything is read once; the next one within a day waits for a person',
  { timeout: 60_000 },
  async (database) => {
    const asked: string[] = [];
    const known = new Set(['']);
    await using vendor = await startVendor((request, response) => {
      const since = new URL(request.url ?? '', 'http://vendor').searchParams.get('since') ?? '';
      asked.push(since);
      if (!known.has(since)) return response.writeHead(410).end();
      const next = `edition-${asked.length}`;
      known.add(next);
      return response.setHeader('content-type', 'application/json').end(JSON.stringify({ ids: [1, 2, 3], next }));
    });
    await using place = await database.open();
    await using plugin = await buildTestPlugin(SOURCE, { name: 'shop' });
    await using host = await startTestHost(place, {
      plugins: [plugin],
      limits: { sync: { ...defaultLimits.sync, tick: 250, queuePoll: 500, jitter: 1 } },
    });
    const { api } = host;
    const config = { baseUrl: vendor.url };
    await api.call('POST', '/api/instances', { id: 'shop', plugin: 'shop', name: 'Shop', config });
    const runsOf = async (stream: string): Promise<readonly Run[]> =>
      (await api.call<{ runs: Run[] }>('GET', `/api/runs?instance=shop&stream=${stream}`)).body.runs;
    const ended = (stream: string, count: number): Promise<readonly Run[]> =>
      until(async () => {
        const runs = await runsOf(stream);
        const isOver = runs.length >= count && runs.every(({ state }) => state !== 'queued' && state !== 'running');
        return isOver ? runs : undefined;
      });
    const job = async (stream: string): Promise<Record<string, unknown>> => {
      const { body } = await api.call<{ jobs: Record<string, unknown>[] }>('GET', '/api/instances/shop/sync-jobs');
      return body.jobs.find((one) => one['stream'] === stream) ?? {};
    };

    await ended('orders', 1);
    known.clear();
    known.add('');
    await api.call('POST', '/api/instances/shop/sync-jobs/orders/run');
    const [again, refused] = await ended('orders', 3);
    expect([refused?.state, refused?.error?.code]).toEqual(['failed', 'cursor_invalid']);
    expect(again).toMatchObject({ state: 'succeeded', counts: { read: 3, inserted: 0, unchanged: 3 } });
    expect(asked).toEqual(['', 'edition-1', '']);
    expect((await job('orders'))['paused']).toBeNull();
    const { body } = await api.call<{ cursors: unknown[] }>('GET', '/api/instances/shop/sync-jobs/orders/cursors');
    expect(body.cursors.slice(0, 2)).toMatchObject([
      { act: 'run', cursor: 'edition-3' },
      { act: 'resync', cursor: null, actor: null },
    ]);

    known.delete('edition-3');
    await api.call('POST', '/api/instances/shop/sync-jobs/orders/run');
    await ended('orders', 4);
    expect((await job('orders'))['paused']).toMatchObject({ code: 'cursor_invalid' });
    expect(asked).toEqual(['', 'edition-1', '', 'edition-3']);

    // A person has it read from the start: then it goes on.
    expect((await api.call('POST', '/api/instances/shop/sync-jobs/orders/rewind', { cursor: null })).status).toBe(200);
    await api.call('POST', '/api/instances/shop/sync-jobs/orders/run');
    const [last] = await ended('orders', 5);
    expect(last?.state).toBe('succeeded');
    expect((await job('orders'))['paused']).toBeNull();

    const [never] = await ended('never', 1);
    expect(never?.error?.code).toBe('cursor_invalid');
    expect((await job('never'))['paused']).toMatchObject({ code: 'cursor_invalid' });
  },
);
