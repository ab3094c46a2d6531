// Sync jobs on a whole host: due streams are read, rows and cursor land together, and what goes wrong is recorded.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { InstanceState, QueryResult } from '@jackfield/schemas';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import { buildTestPlugin, type TestPlugin } from '../support/plugins.ts';
import { until } from '../support/until.ts';

const SOURCE = `
import { bearer, checkpoint, complete, definePlugin, present, readJson, stream, upsert } from '@jackfield/sdk';

const columns = { id: { type: 'integer' }, text: { type: 'string' }, version: { type: 'integer' } } as const;
export default definePlugin({
  name: 'shop',
  displayName: 'Shop',
  config: {
    type: 'object',
    required: ['baseUrl', 'token'],
    properties: { baseUrl: { type: 'string' }, token: { type: 'string', writeOnly: true } },
  },
  auth: [bearer({ token: 'token' })],
  async check(ctx) {
    await readJson(await ctx.fetch('/ids'));
    return { message: 'fine' };
  },
  streams: {
    changes: stream({
      title: 'Changes', columns, primaryKey: ['id'], version: 'version', deletion: 'census', every: '1h',
      census: {
        every: '24h', most: 0.5,
        async *keys(ctx) {
          yield present(await readJson<{ id: number }[]>(await ctx.fetch('/ids')));
          yield complete();
        },
        async gone(ctx, keys) {
          const left = await readJson<{ id: number }[]>(await ctx.fetch('/ids?confirm=' + keys.map((k) => k.id).join(',')));
          return keys.filter((key) => !left.some(({ id }) => id === key.id));
        },
      },
      async *read(ctx, cursor) {
        for (let since = Number(cursor ?? 0); ; ) {
          const page = await readJson<{ id: number; text: string; version: number }[]>(await ctx.fetch('/changes?since=' + since));
          if (page.length === 0) return;
          yield upsert(page);
          since = page.at(-1)!.version;
          yield checkpoint(since);
        }
      },
    }),
    log: stream({
      title: 'Log', columns, primaryKey: ['id'], deletion: 'never', every: '1h', retain: '2s',
      async *read(ctx, cursor) {
        const id = Number(cursor ?? 0) + 1;
        yield upsert([{ id, text: 'entry', version: 1 }]);
        yield checkpoint(id);
      },
    }),
    all: stream({
      title: 'All', columns, primaryKey: ['id'], deletion: 'absence', every: '1h',
      async *read(ctx) {
        yield upsert(await readJson<{ id: number; text: string; version: number }[]>(await ctx.fetch('/all')));
        yield complete();
      },
    }),
  },
});
`;

interface Row {
  readonly id: number;
  text: string;
  version: number;
}

/** A vendor with rows, pages of ten, and faults. */
class Shop implements AsyncDisposable {
  readonly rows = new Map<number, Row>();
  readonly requests: string[] = [];
  fault: ((path: string) => number | undefined) | undefined;
  #version = 0;
  readonly #server: Server = createServer((request, response) => {
    const path = request.url ?? '/';
    this.requests.push(path);
    const status = this.fault?.(path);
    if (status !== undefined) {
      response.writeHead(status, { 'content-type': 'application/json' }).end(status === 200 ? '{"not":' : '{}');
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(this.#answer(path)));
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  put(id: number, text: string): void {
    this.#version += 1;
    this.rows.set(id, { id, text, version: this.#version });
  }

  #answer(path: string): object {
    const url = new URL(path, 'http://shop');
    const rows = [...this.rows.values()].sort((a, b) => a.version - b.version);
    if (url.pathname === '/all') return rows;
    if (url.pathname === '/ids') return rows.map(({ id }) => ({ id }));
    return rows.filter(({ version }) => version > Number(url.searchParams.get('since'))).slice(0, 10);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

interface RunAnswer {
  readonly id: string;
  readonly state: string;
  readonly endedAt: string | null;
  readonly counts: Record<string, number> & { readonly doubt?: string };
  readonly error: { readonly code: string } | null;
}

describe.each(oneOf)('on $name', (kind) => {
  let plugin: TestPlugin;
  let database: TestDatabase;
  let shop: Shop;
  let host: TestHost;
  const limits = {
    sync: { ...defaultLimits.sync, tick: 250, queuePoll: 500, jitter: 1, retryMin: 1, retryMax: 2, clearing: 250 },
  };

  beforeAll(async () => {
    plugin = await buildTestPlugin(SOURCE, { name: 'shop' });
  });
  afterAll(() => plugin[Symbol.asyncDispose]());
  beforeEach(async () => {
    database = await kind.open();
    shop = new Shop();
    for (let id = 1; id <= 25; id += 1) shop.put(id, `row ${id}`);
    host = await startTestHost(database, { plugins: [plugin], limits });
    const config = { baseUrl: await shop.listen(), token: 'the-token-of-the-shop' };
    await host.api.call('POST', '/api/instances', { id: 'shop', plugin: 'shop', name: 'Shop', config });
  });
  afterEach(async () => {
    await host[Symbol.asyncDispose]();
    await shop[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const runsOf = async (query: string): Promise<RunAnswer[]> =>
    (await host.api.call<{ runs: RunAnswer[] }>('GET', `/api/runs?${query}`)).body.runs;
  const lastRun = async (stream: string): Promise<RunAnswer | undefined> =>
    (await runsOf(`instance=shop&stream=${stream}&kind=read&limit=1`))[0];
  const ended = ({ state }: RunAnswer): boolean => state !== 'queued' && state !== 'running';
  const run = async (stream: string, how = 'read'): Promise<RunAnswer> => {
    const { body } = await host.api.call<{ runId: string }>(
      'POST',
      `/api/instances/shop/sync-jobs/${stream}/run?kind=${how}`,
    );
    return until(async () => {
      const found = await host.api.call<RunAnswer>('GET', `/api/runs/${body.runId}`);
      return ended(found.body) ? found.body : undefined;
    });
  };
  const firstRuns = (): Promise<RunAnswer[]> =>
    until(async () => {
      const runs = await runsOf('instance=shop');
      return runs.length >= 4 && runs.every(ended) ? runs : undefined;
    });
  test('a new instance is read at once, and afterwards only what is new', async () => {
    const runs = await firstRuns();
    expect(runs.map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'succeeded', 'succeeded']);
    shop.put(3, 'changed');
    shop.put(99, 'new');
    const next = await run('changes');
    expect(next).toMatchObject({ state: 'succeeded', counts: { read: 2, inserted: 1, updated: 1, vendorCalls: 2 } });
    const jobs = await host.api.call<{ jobs: { stream: string; kind: string; cursor: unknown }[] }>(
      'GET',
      '/api/instances/shop/sync-jobs',
    );
    expect(jobs.body.jobs.map(({ stream, kind: how, cursor }) => [stream, how, cursor])).toEqual([
      ['all', 'read', null],
      ['changes', 'read', 27],
      ['changes', 'census', null],
      ['log', 'read', 1],
    ]);
  });

  test('rows that are absent from a complete read are gone, and come back', async () => {
    await firstRuns();
    shop.rows.delete(5);
    expect(await run('all')).toMatchObject({ counts: { deleted: 1, unchanged: 24, read: 24 } });
    shop.put(5, 'back');
    expect(await run('all')).toMatchObject({ counts: { deleted: 0, updated: 1 } });
  });

  test('a census takes what is gone, and doubts a vendor that lost half', async () => {
    await firstRuns();
    shop.rows.delete(5);
    shop.rows.delete(6);
    expect(await run('changes', 'census')).toMatchObject({ state: 'succeeded', counts: { deleted: 2 } });
    for (let id = 7; id <= 20; id += 1) shop.rows.delete(id);
    const doubted = await run('changes', 'census');
    expect(doubted).toMatchObject({ state: 'succeeded', counts: { deleted: 0 } });
    expect(doubted.counts.doubt).toMatch(/14 of 23 rows/);
  });

  test('a page that fails moves no cursor past it, and what was stored before it stays', async () => {
    await firstRuns();
    const before = 25;
    for (let id = 100; id < 125; id += 1) shop.put(id, 'later');
    shop.fault = (path) => (path === `/changes?since=${before + 20}` ? 200 : undefined);
    const failed = await run('changes');
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'vendor_bad_response' }, counts: { inserted: 20 } });
    shop.fault = undefined;
    await until(async () => {
      const last = await lastRun('changes');
      return last?.state === 'succeeded' && last.id !== failed.id ? last : undefined;
    });
    const { body } = await host.api.call<{ jobs: { cursor: unknown }[] }>('GET', '/api/instances/shop/sync-jobs');
    expect(body.jobs[1]?.cursor).toBe(50);
  });

  test('a token that is refused is asked for once, and the stream waits until the config changes', async () => {
    await firstRuns();
    shop.fault = () => 401;
    const asked = shop.requests.length;
    expect(await run('all')).toMatchObject({ state: 'failed', error: { code: 'auth_failed' } });
    expect(shop.requests.length).toBe(asked + 1);
    const { body } = await host.api.call<{ jobs: { paused: { reason: string } | null; nextDueAt: string | null }[] }>(
      'GET',
      '/api/instances/shop/sync-jobs',
    );
    expect(body.jobs[0]).toMatchObject({ paused: { code: 'auth_failed' }, nextDueAt: null });
    shop.fault = undefined;
    await host.api.call('PATCH', '/api/instances/shop', { config: { token: 'another-token-of-the-shop' } });
    await until(async () => {
      const last = await lastRun('all');
      return last?.state === 'succeeded' ? last : undefined;
    });
  });

  test('whoever looks at rows is told how old they are, and why there are no newer ones', async () => {
    const look = async (): Promise<InstanceState | undefined> => {
      const preview = { plugin: 'shop', view: { stream: 'all' }, instances: ['shop'] };
      return (await host.api.call<QueryResult>('POST', '/api/widgets/preview', preview)).body.meta?.instances?.[0];
    };
    await firstRuns();
    const { endedAt } = (await lastRun('all')) ?? {};
    expect(await look()).toEqual({ id: 'shop', name: 'Shop', state: 'ok', rowCount: 25, asOf: endedAt });
    shop.fault = () => 401;
    await run('all');
    expect(await look()).toMatchObject({
      state: 'stale',
      rowCount: 25,
      asOf: endedAt,
      stale: { ageMs: expect.any(Number), code: 'auth_failed', reason: expect.stringContaining('401') },
    });
    const { body: own } = await host.api.call<{ config: object }>('GET', '/api/instances/shop');
    const config = { ...own.config, token: 'the-token-of-the-shop' };
    await host.api.call('POST', '/api/instances', { id: 'never', plugin: 'shop', name: 'Never', config });
    const preview = { plugin: 'shop', view: { stream: 'all' }, instances: ['never'] };
    const failed = await until(async () => {
      const { body } = await host.api.call<QueryResult>('POST', '/api/widgets/preview', preview);
      return body.meta?.instances?.[0]?.state === 'failed' ? body : undefined;
    });
    expect(failed.meta?.instances?.[0]).toMatchObject({
      rowCount: 0,
      error: { code: 'auth_failed', instanceId: 'never' },
    });
    shop.fault = undefined;
    await host.api.call('PATCH', '/api/instances/shop', { config: { token: 'another-token-of-the-shop' } });
    await until(async () => ((await look())?.state === 'ok' ? true : undefined));
  });

  test('history is kept for as long as its stream says', async () => {
    const preview = { plugin: 'shop', view: { stream: 'log', orderBy: [{ column: 'id' }] }, instances: ['shop'] };
    const ids = async (): Promise<unknown[]> =>
      (await host.api.call<QueryResult>('POST', '/api/widgets/preview', preview)).body.rows.map(({ id }) => id);
    await firstRuns();
    await run('log');
    expect((await ids()).at(-1)).toBe(2);
    const kept = await until(async () => {
      await run('log');
      const found = await ids();
      return found.includes(1) ? undefined : found;
    });
    expect(kept.length).toBeGreaterThan(0);
  });

  test('an instance whose token is refused is asked once, not once for each of its streams', async () => {
    await firstRuns();
    shop.fault = () => 401;
    const asked = shop.requests.length;
    // Another token: whether it works is not known, so one stream tries and the others wait for it.
    await host.api.call('PATCH', '/api/instances/shop', { config: { token: 'a-wrong-token-of-the-shop' } });
    const streams = ['all?kind=read', 'changes?kind=read', 'changes?kind=census'];
    const started = await Promise.all(
      streams.map((stream) => {
        const [id, query] = stream.split('?');
        return host.api.call('PATCH', `/api/instances/shop/sync-jobs/${id}?${query}`, { everyMs: 1000 });
      }),
    );
    expect(started.map(({ status }) => status)).toEqual([200, 200, 200]);
    await until(async () => {
      const { body } = await host.api.call<{ jobs: { paused: object | null; running: boolean }[] }>(
        'GET',
        '/api/instances/shop/sync-jobs',
      );
      const waiting = [...(await runsOf('state=queued')), ...(await runsOf('state=running'))];
      return waiting.length === 0 && body.jobs.every(({ paused }) => paused !== null) ? body : undefined;
    });
    expect(shop.requests.length).toBe(asked + 1);
    // Put right at the vendor: a check that passes lets all of them go on.
    shop.fault = undefined;
    await host.api.call('POST', '/api/instances/shop/check');
    await until(async () => ((await lastRun('all'))?.state === 'succeeded' ? true : undefined));
  });

  test('an earlier cursor reads again from there, and changes nothing that is as it was', async () => {
    await firstRuns();
    const history = await host.api.call<{ cursors: { id: number; cursor: unknown }[] }>(
      'GET',
      '/api/instances/shop/sync-jobs/changes/cursors',
    );
    expect(history.body.cursors.map(({ cursor }) => cursor)).toEqual([25]);
    const last = await lastRun('changes');
    const resync = await host.api.call('POST', '/api/instances/shop/sync-jobs/changes/rewind', { cursor: null });
    expect(resync.status).toBe(200);
    const again = await until(async () => {
      const found = await lastRun('changes');
      return found !== undefined && found.id !== last?.id && ended(found) ? found : undefined;
    });
    expect(again.counts).toMatchObject({ inserted: 0, updated: 0, unchanged: 25 });
    const unknown = await host.api.call('POST', '/api/instances/shop/sync-jobs/changes/rewind', { cursor: 12345 });
    expect(unknown.status).toBe(404);
  });
});
