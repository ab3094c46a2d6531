// Streams, routes, jobs and queries with their own columns, as a thread runs them.
import { createHash } from 'node:crypto';
import { MessageChannel } from 'node:worker_threads';
import type { Work } from '@jackfield/sdk/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Isolation } from '../../host/src/kernel/index.ts';
import type { Chunk, RunGateway, Sandbox } from '../../host/src/sandbox/index.ts';
import { buildTestPlugin, type TestPlugin } from '../support/plugins.ts';
import { readRun, runWork, testSandbox } from '../support/sandbox.ts';

const SOURCE = `
import {
  change, checkpoint, columns, complete, definePlugin, dynamicQuery, hmac, job, present, remove, route, stream, upsert, widget,
} from '@jackfield/sdk';

let runs = 0;
export default definePlugin({
  name: 'test',
  displayName: 'Test',
  network: { baseUrl: null },
  config: { type: 'object', properties: { key: { type: 'string', writeOnly: true } } },
  queries: {
    any: dynamicQuery({
      title: 'Any',
      role: 'engineer',
      params: { type: 'object', properties: { how: { type: 'string' }, rows: { type: 'integer', default: 2 } } },
      columns: 'dynamic',
      async *rows(_ctx, params) {
        if (params.how === 'nothing') return;
        if (params.how === 'rows first') yield { a: 1 };
        if (params.how === 'bad name') yield columns({ 'a,b': { type: 'string' } });
        if (params.how === 'bad type') yield columns({ a: { type: 'money' as 'string' } });
        if (params.how === 'unsafe') yield columns({ constructor: { type: 'string' } });
        yield columns({ a: { type: 'integer', unit: 'h' }, b: { type: 'json' } });
        for (let n = 0; n < params.rows; n++) yield { a: n, b: [n], c: 'dropped' };
      },
    }),
  },
  streams: {
    items: stream({
      title: 'Items',
      columns: { site: { type: 'string' }, id: { type: 'integer' }, text: { type: 'string' }, at: { type: 'datetime' } },
      primaryKey: ['site', 'id'],
      version: 'at',
      deletion: 'census',
      every: '5m',
      retain: '90d',
      census: {
        every: '1h',
        most: 0.5,
        async *keys() {
          yield present([{ site: 'a', id: 1, text: 'not sent' }]);
          yield complete({ site: 'a' });
        },
        async gone(_ctx, keys) { return keys.filter((key) => key.id !== 2).map((key) => ({ ...key, more: 1 })); },
      },
      async *read(_ctx, cursor) {
        const how = (cursor as { how?: string } | null)?.how;
        if (how === 'no key') yield remove([{ site: 'a' }]);
        if (how === 'bad scope') yield complete({ nope: 1 });
        if (how === 'bad cursor') yield checkpoint((() => 1) as never);
        if (how === 'null character') yield checkpoint({ since: 'a\\\0' });
        if (how === 'half a character') yield checkpoint(String.fromCharCode(0xd83d));
        if (how === 'large cursor') yield checkpoint('x'.repeat(70_000));
        if (how === 'no step') yield [{ id: 1 }] as never;
        if (how === 'many') {
          for (let page = 0; page < 50; page++) {
            yield upsert(Array.from({ length: 100 }, (_, i) => ({ site: 'a', id: page * 100 + i, text: 'x'.repeat(200) })));
            yield checkpoint(page);
          }
          return;
        }
        yield upsert([{ site: 'a', id: 1, text: 'one' }, { site: 'a', id: 2 }]);
        yield remove([{ site: 'b', id: 9, text: 'ignored' }], 'moved');
        yield upsert([{ site: 'a', id: 3 }]);
        yield checkpoint({ since: 5, seen: cursor });
        yield complete({ site: 'a' });
        yield complete();
      },
    }),
  },
  routes: {
    hook: route({
      title: 'Hook',
      method: 'POST',
      path: '/hook',
      verify: [hmac({ header: 'x-signature', secret: 'key' })],
      streams: ['items'],
      async handle(_ctx, request) {
        const { how } = request.json() as { how?: string };
        if (how === 'status') return { status: 302 };
        if (how === 'foreign') return { changes: [change('others', upsert([{ id: 1 }]))] };
        if (how === 'large') return { json: 'x'.repeat(70_000) };
        if (how === 'flood') return { changes: [change('items', upsert(Array.from({ length: 10_000 }, (_, id) => ({ site: 'a', id, text: 'x'.repeat(1000) }))))] };
        return {
          status: 202,
          json: { got: request.headers['x-kind'], q: request.query.q, path: request.path },
          changes: [
            change('items', upsert([{ site: 'a', id: 1, text: 'new' }])),
            change('items', remove([{ site: 'a', id: 2 }], 'deleted')),
          ],
        };
      },
    }),
  },
  jobs: {
    remind: job({
      title: 'Remind',
      trigger: 'contractEnding',
      daysBefore: [30, 7],
      async run(_ctx, event) {
        runs += 1;
        if (event.key === 'exit') process.exit(1);
        if (event.key === 'bad url') return { reference: 'X-1', url: 'javascript:alert(1)', created: true };
        if (event.key === 'nothing') return undefined as never;
        return { reference: event.contract.name + '-' + runs, url: 'https://example.com/X-1', created: true };
      },
    }),
  },
  widgets: {
    any: widget({ title: 'Any', kind: 'table', query: 'any', refresh: '60s' }),
    stale: widget({
      title: 'Stale', kind: 'stat', refresh: '5m', y: ['n'],
      view: { stream: 'items', where: [{ column: 'at', op: 'lt', ago: '30d' }], measures: [{ name: 'n', fn: 'count' }] },
    }),
  },
});
`;

let plugin: TestPlugin;
let sandbox: Sandbox & AsyncDisposable;
/** Of the suite that runs. */
let isolation: Isolation = 'plugin';
beforeAll(async () => {
  plugin = await buildTestPlugin(SOURCE);
  sandbox = testSandbox();
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
  await plugin[Symbol.asyncDispose]();
});

const decoder = new TextDecoder();

/** Of PostgreSQL's arrays: each has its length before it. First those of the first column, then of the next one, at last the hashes. */
function elementsOf(keys: Uint8Array<ArrayBuffer>): string[] {
  const view = new DataView(keys.buffer, keys.byteOffset, keys.byteLength);
  const elements: string[] = [];
  for (let at = 0; at < keys.byteLength;) {
    const from = at + 4;
    at = from + view.getInt32(at);
    elements.push(decoder.decode(keys.subarray(from, at)));
  }
  return elements;
}
const run = (work: Work) => runWork(sandbox, { ...plugin.version, isolation }, work);

async function chunksOf(work: Work) {
  const started = run(work);
  const chunks: Chunk[] = [];
  for (let chunk = await started.next(); chunk !== null; chunk = await started.next()) chunks.push(chunk);
  return { chunks, ...(await started.result) };
}

describe.each(['plugin', 'process'] as const)('isolation "%s":', (kind) => {
  beforeAll(() => {
    isolation = kind;
  });

  describe('a query whose columns come with its answer', () => {
    const any = (params: Record<string, unknown>): Work => ({
      kind: 'query',
      id: 'any',
      params: { rows: 2, ...params },
      columns: null,
      encoding: 'json',
    });

    test('tells them before its first rows, and every row keeps to them', async () => {
      const started = run(any({}));
      const first = await started.next();
      expect(started.columns).toEqual([
        { name: 'a', type: 'integer', unit: 'h' },
        { name: 'b', type: 'json' },
      ]);
      expect(decoder.decode(first?.bytes)).toMatch(/^\{"a":0,"b":\[0\]\}\n/);
      expect((await started.result).rows).toBe(2);
    });

    test('may have none when there is nothing', async () => {
      const started = run(any({ how: 'nothing' }));
      expect(await started.next()).toBeNull();
      expect(started.columns).toEqual([]);
    });

    test.for([
      ['rows first', /must be columns/],
      ['bad name', /letters, digits and underscores/],
      ['unsafe', /letters, digits and underscores/],
      ['bad type', /no known type/],
    ] as const)('fails with %s', async ([how, message]) => {
      const { problem } = await readRun(run(any({ how })));
      expect(problem).toMatchObject({ code: 'plugin_failed', message: expect.stringMatching(message) });
    });
  });

  const shape = { columns: [] as never[], primaryKey: [] as string[] };
  const items = () => {
    const declared = plugin.version.manifest.streams?.['items'] ?? shape;
    return { columns: declared.columns, primaryKey: declared.primaryKey };
  };

  describe('a stream', () => {
    test('comes as chunks in the order in which it was yielded', async () => {
      const { chunks, problem } = await chunksOf({ kind: 'stream', id: 'items', cursor: { since: 4 }, ...items() });
      expect(problem).toBeUndefined();
      expect(chunks.map(({ bytes, op, rows }) => [op ?? 'rows', rows, decoder.decode(bytes)])).toEqual([
        ['rows', 2, '{"site":"a","id":1,"text":"one","at":null}\n{"site":"a","id":2,"text":null,"at":null}\n'],
        [{ kind: 'remove', reason: 'moved' }, 1, '{"site":"b","id":9}\n'],
        ['rows', 1, '{"site":"a","id":3,"text":null,"at":null}\n'],
        [{ kind: 'checkpoint', cursor: { since: 5, seen: { since: 4 } } }, 0, ''],
        [{ kind: 'complete', scope: { site: 'a' } }, 0, ''],
        [{ kind: 'complete', scope: {} }, 0, ''],
      ]);
    });

    test('encodes its rows for COPY when it is asked to, with keys and hashes beside them', async () => {
      const work = { kind: 'stream', id: 'items', cursor: { since: 4 }, encoding: 'copy', ...items() } as const;
      const { chunks, problem } = await chunksOf(work);
      expect(problem).toBeUndefined();
      const told = chunks.map(({ bytes, keys, op }) => [op?.kind, decoder.decode(bytes), keys && elementsOf(keys)]);
      const digest = (line: string): string => createHash('sha256').update(line).digest('base64url').slice(0, 22);
      const hashes = ['a\t1\tone\t\\N', 'a\t2\t\\N\t\\N', 'a\t3\t\\N\t\\N'].map(digest);
      expect(told.slice(0, 3)).toEqual([
        [
          undefined,
          `a\t1\tone\t\\N\t${hashes[0]}\na\t2\t\\N\t\\N\t${hashes[1]}\n`,
          ['a', 'a', '1', '2', hashes[0], hashes[1]],
        ],
        ['remove', '{"site":"b","id":9}\n', undefined],
        [undefined, `a\t3\t\\N\t\\N\t${hashes[2]}\n`, ['a', '3', hashes[2]]],
      ]);
    });

    test('waits at a checkpoint when nobody reads', async () => {
      const started = run({ kind: 'stream', id: 'items', cursor: { how: 'many' }, ...items() });
      const ops: unknown[] = [];
      let rows = 0;
      for (let chunk = await started.next(); chunk !== null; chunk = await started.next()) {
        rows += chunk.rows;
        if (chunk.op?.kind === 'checkpoint') ops.push([chunk.op.cursor, rows]);
      }
      expect(ops).toEqual(Array.from({ length: 50 }, (_, page) => [page, (page + 1) * 100]));
    });

    test.for([
      ['no key', /a key must have "id"/],
      ['bad scope', /names no column/],
      ['bad cursor', /must be JSON/],
      ['null character', /must not hold the character U\+0000/],
      ['half a character', /half a character/],
      ['large cursor', /the most is 65536/],
      ['no step', /must yield upsert/],
    ] as const)('fails with %s', async ([how, message]) => {
      const { problem } = await chunksOf({ kind: 'stream', id: 'items', cursor: { how }, ...items() });
      expect(problem).toMatchObject({ code: 'plugin_failed', message: expect.stringMatching(message) });
    });

    test('has a census of keys, and says which rows are gone', async () => {
      const { chunks } = await chunksOf({ kind: 'census', id: 'items', ...items() });
      expect(chunks.map(({ bytes, op }) => [op, decoder.decode(bytes)])).toEqual([
        [{ kind: 'present' }, '{"site":"a","id":1}\n'],
        [{ kind: 'complete', scope: { site: 'a' } }, ''],
      ]);
      const keys = [1, 2, 3].map((id) => ({ site: 'a', id }));
      const { gone } = await readRun(run({ kind: 'gone', id: 'items', keys }));
      expect(gone).toEqual([
        { site: 'a', id: 1 },
        { site: 'a', id: 3 },
      ]);
    });
  });

  describe('a route', () => {
    const hook = (body: string): Work => ({
      kind: 'route',
      id: 'hook',
      request: { method: 'POST', path: '/hook', query: { q: '1' }, headers: { 'x-kind': 'test' }, body },
      streams: { items: items() },
    });

    test('answers, and hands over its changes encoded', async () => {
      const { answer } = await readRun(run(hook('{}')));
      expect(answer).toMatchObject({ status: 202, body: '{"got":"test","q":"1","path":"/hook"}' });
      expect(answer?.changes.map(({ bytes, ...change }) => [change, decoder.decode(bytes)])).toEqual([
        [{ stream: 'items', kind: 'upsert', reason: null, rows: 1 }, '{"site":"a","id":1,"text":"new","at":null}\n'],
        [{ stream: 'items', kind: 'remove', reason: 'deleted', rows: 1 }, '{"site":"a","id":2}\n'],
      ]);
    });

    test.for([
      ['not JSON', 'params_invalid', /not JSON/],
      ['{"how":"status"}', 'plugin_failed', /status must be/],
      ['{"how":"foreign"}', 'plugin_failed', /does not declare/],
      ['{"how":"large"}', 'plugin_failed', /json has more/],
      ['{"how":"flood"}', 'plugin_failed', /changes have more/],
    ] as const)('that is asked %s fails', async ([body, code, message]) => {
      const { problem, answer } = await readRun(run(hook(body)));
      expect(problem).toMatchObject({ code, message: expect.stringMatching(message) });
      expect(answer).toBeUndefined();
    });
  });

  describe('a job', () => {
    const remind = (key: string): Work => ({
      kind: 'job',
      id: 'remind',
      event: {
        key,
        contract: { id: 'c1', name: 'Support', endsOn: '2026-12-31', reference: null },
        client: { id: 'acme', name: 'Acme' },
        daysBefore: 30,
        daysLeft: 29,
      },
    });

    test('says what it made', async () => {
      const { job } = await readRun(run(remind('a')));
      expect(job).toEqual({
        reference: expect.stringMatching(/^Support-\d+$/),
        url: 'https://example.com/X-1',
        created: true,
      });
    });

    test('is not tried again when its thread dies: it may have done its work', async () => {
      let tries = 0;
      const openGateway = (): RunGateway => {
        tries += 1;
        const { port1, port2 } = new MessageChannel();
        return { port: port2, vendorCalls: () => 0, waitedMs: () => 0, close: () => port1.close() };
      };
      const { problem } = await readRun(
        runWork(sandbox, { ...plugin.version, isolation }, remind('exit'), { openGateway }),
      );
      expect(problem?.code).toBe('plugin_crashed');
      expect(tries).toBe(1);
    });

    test.for([
      ['bad url', /http or https/],
      ['nothing', /must return a reference/],
    ] as const)('fails with %s', async ([key, message]) => {
      const { problem } = await readRun(run(remind(key)));
      expect(problem).toMatchObject({ code: 'plugin_failed', message: expect.stringMatching(message) });
    });
  });
});

test('the manifest says all of it', () => {
  const { queries, streams, routes, widgets, jobs } = plugin.version.manifest;
  expect(queries['any']).toMatchObject({ role: 'engineer', dynamicColumns: true, columns: [] });
  expect(streams?.['items']).toMatchObject({
    everyMs: 300_000,
    retainMs: 7_776_000_000,
    census: { everyMs: 3_600_000, most: 0.5 },
  });
  expect(routes?.['hook']).toMatchObject({ replayMs: 604_800_000, streams: ['items'] });
  expect(widgets?.['stale']).toMatchObject({
    view: { where: [{ column: 'at', op: 'lt', agoMs: 2_592_000_000 }] },
    refreshMs: 300_000,
  });
  expect(jobs?.['remind']).toMatchObject({ requires: [], daysBefore: [30, 7] });
});
