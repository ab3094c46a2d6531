import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { validatorOf } from '../schemas/schemas.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { buildDesk } from '../support/desk-plugin.ts';
import { movableClock, startTestHost, type TestHost } from '../support/host.ts';
import { buildTestPlugin, queryPlugin, type TestPlugin } from '../support/plugins.ts';
import { expectProblem } from '../support/problem.ts';
import { json, silence } from '../support/vendor.ts';
import { parseCsv } from './csv.ts';
import { createFleet, type FanOutResult, type Fleet } from './fleet.ts';

const NDJSON = 'application/x-ndjson';
const CSV = 'text/csv';
const CONCURRENCY = 3;
const limits = {
  gateway: { ...defaultLimits.gateway, retries: 0 },
  fanOut: { concurrency: CONCURRENCY, instances: 20 },
};
const ORDER = ['first', 'second', 'third', 'fourth', 'fifth'] as const;
const isResult = validatorOf('query-result.schema.json');

let desk: TestPlugin;
let other: TestPlugin;
beforeAll(async () => {
  const own = queryPlugin('yield { instance: 1 };', { name: 'other', columns: `{ instance: { type: 'integer' } }` });
  [desk, other] = await Promise.all([buildDesk(), buildTestPlugin(own, { name: 'other' })]);
});
afterAll(() => Promise.all([desk, other].map((plugin) => plugin[Symbol.asyncDispose]())));

describe.each(oneOf)('on $name', (database) => {
  const clock = movableClock();
  let place: TestDatabase;
  let running: TestHost;
  let fleet: Fleet;
  let number = 0;
  beforeAll(async () => {
    place = await database.open();
    running = await startTestHost(place, { plugins: [desk, other], limits, clock });
    await running.api.call('POST', '/api/instances', { id: 'foreign', plugin: 'other', name: 'Other', config: {} });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });
  beforeEach(async ({ onTestFinished }) => {
    fleet = await createFleet(running, 'desk', `fleet${(number += 1)}`, ORDER.length);
    onTestFinished(() => fleet.remove());
  });

  const send = (query: string, body: object = {}, init: RequestInit = {}): Promise<Response> =>
    running.api.send('POST', `/api/plugins/desk/queries/${query}`, body, init);
  async function ask(query: string, body: object = {}): Promise<FanOutResult> {
    const response = await send(query, body);
    const text = await response.text();
    expect(response.status, text).toBe(200);
    const result = JSON.parse(text) as FanOutResult;
    expect(isResult(result), JSON.stringify(isResult.errors)).toBe(true);
    return result;
  }
  async function askText(accept: string, query: string, body: object = {}): Promise<string> {
    const response = await send(query, body, { headers: { accept } });
    expect(response.status).toBe(200);
    return response.text();
  }
  const row = (id: string): object => ({ instance: id, z: fleet.ids.indexOf(id), a: id });
  const nth = (name: (typeof ORDER)[number]): string => fleet.ids[ORDER.indexOf(name)] ?? '';

  test('every enabled instance of the plugin is asked, and each row says where it is from', async () => {
    await running.api.call('PATCH', `/api/instances/${nth('third')}`, { enabled: false });
    const { columns, rows, meta } = await ask('uncached');
    const asked = fleet.ids.filter((id) => id !== nth('third'));
    expect(columns.map(({ name }) => name)).toEqual(['instance', 'z', 'a']);
    expect(columns[0]).toMatchObject({ type: 'string' });
    expect(rows.toSorted((a, b) => Number(a['z']) - Number(b['z']))).toEqual(asked.map(row));
    expect(meta).toMatchObject({ rowCount: 4, vendorCalls: 4 });
    expect(meta.instances).toEqual(
      asked.map((id) => ({ id, name: `Desk ${id}`, state: 'ok', rowCount: 1, asOf: expect.any(String) })),
    );
    expect(fleet.vendor.calls).toHaveLength(4);
  });

  test('instances that are named are asked, no others, and stand in that order in meta', async () => {
    const instances = [nth('fourth'), nth('first')];
    const { rows, meta } = await ask('uncached', { instances, params: { n: 5 } });
    expect(rows).toHaveLength(2);
    expect(meta.instances).toMatchObject(instances.map((id) => ({ id })));
    expect(fleet.vendor.calls).toHaveLength(2);
    expect(decodeURIComponent(fleet.vendor.calls[0] ?? '')).toContain('{"n":5}');
    expect(await ask('uncached', { instances: [] })).toMatchObject({ rows: [], meta: { rowCount: 0, instances: [] } });
  });

  test('NDJSON and CSV carry the same rows, and nothing else when all went well', async () => {
    const lines = (await askText(NDJSON, 'uncached')).split('\n').filter(Boolean);
    expect(lines.toSorted()).toEqual(fleet.ids.map((id) => JSON.stringify(row(id))));
    const [header, ...records] = parseCsv(await askText(CSV, 'uncached'));
    expect(header).toEqual(['instance', 'z', 'a']);
    expect(new Map(records.map(([id, ...cells]) => [id, cells]))).toEqual(
      new Map(fleet.ids.map((id, n) => [id, [String(n), id]])),
    );
  });

  test('an instance that fails is named with its problem, and the others’ rows are all there', async () => {
    fleet.answers(nth('second'), json({}, 500));
    const { rows, meta } = await ask('uncached');
    expect(rows).toHaveLength(4);
    expect(meta.rowCount).toBe(4);
    expect(meta.instances[1]).toMatchObject({
      id: nth('second'),
      state: 'failed',
      rowCount: 0,
      error: { code: 'vendor_error', instanceId: nth('second'), plugin: 'desk', runId: expect.stringMatching(/^run_/) },
    });
    expect(meta.instances.filter((state) => 'error' in state)).toHaveLength(1);
  });

  test('one that is disabled, and one that is not there, fail by themselves', async () => {
    await running.api.call('PATCH', `/api/instances/${nth('third')}`, { enabled: false });
    const { rows, meta } = await ask('uncached', { instances: [nth('third'), 'nobody', nth('first')] });
    expect(rows).toEqual([row(nth('first'))]);
    expect(meta.instances).toMatchObject([
      { id: nth('third'), name: `Desk ${nth('third')}`, state: 'failed', error: { code: 'conflict' } },
      { id: 'nobody', name: 'nobody', state: 'failed', error: { code: 'not_found' } },
      { id: nth('first'), state: 'ok' },
    ]);
  });

  test('when all fail the answer is still a result, without rows, that names each', async () => {
    await fleet.vendor.close();
    const { rows, meta } = await ask('uncached');
    expect(rows).toEqual([]);
    expect(meta).toMatchObject({ rowCount: 0, vendorCalls: 0 });
    expect(meta.instances).toMatchObject(
      fleet.ids.map((id) => ({ id, state: 'failed', error: { code: 'vendor_unavailable' } })),
    );
  });

  test('NDJSON and CSV name those that failed, after the rows', async () => {
    fleet.answers(nth('second'), json({}, 500));
    const lines = (await askText(NDJSON, 'uncached')).trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    const { instances } = JSON.parse(lines.at(-1) ?? '') as { instances: { id: string; state: string }[] };
    expect(instances.map(({ id }) => id)).toEqual(fleet.ids);
    expect(instances.map(({ state }) => state)).toEqual(['ok', 'failed', 'ok', 'ok', 'ok']);
    const records = parseCsv(await askText(CSV, 'uncached'));
    expect(records).toHaveLength(6);
    expect(records.at(-1)).toEqual([`# ${nth('second')} failed: vendor_error`]);
  });

  test('rows that were sent before an instance failed stay, and are counted as its', async () => {
    fleet.answers(nth('second'), json({}, 500));
    const { rows, meta } = await ask('first_then_wait', { instances: [nth('first'), nth('second')] });
    expect(rows.filter((row) => row['instance'] === nth('second'))).toEqual([{ instance: nth('second'), z: 1 }]);
    expect(meta.rowCount).toBe(3);
    expect(meta.instances).toMatchObject([
      { state: 'ok', rowCount: 2 },
      { state: 'failed', rowCount: 1, error: { code: 'vendor_error' } },
    ]);
  });

  test('an instance whose vendor fails is served from its last result, and said to be stale', async () => {
    await ask('items');
    clock.advance(70_000);
    fleet.answers(nth('second'), json({}, 503));
    const { rows, meta } = await ask('items');
    expect(rows).toHaveLength(5);
    const [fresh, stale] = meta.instances as { asOf: string }[];
    expect(stale).toMatchObject({ state: 'stale', rowCount: 1, stale: { code: 'vendor_unavailable' } });
    expect(Date.parse(fresh?.asOf ?? '') - Date.parse(stale?.asOf ?? '')).toBeGreaterThanOrEqual(70_000);
    expect(meta.asOf).toBe(stale?.asOf);
    expect(fresh).toMatchObject({ state: 'ok' });
    expect((await askText(NDJSON, 'items')).trimEnd().split('\n').at(-1)).toContain('"state":"stale"');
  });

  test('results are shared with whoever asks one instance alone', async () => {
    await running.api.call('GET', `/api/instances/${nth('first')}/queries/items`);
    await ask('items');
    await ask('items');
    await running.api.call('GET', `/api/instances/${nth('fifth')}/queries/items`);
    expect(fleet.vendor.calls).toHaveLength(5);
    await send('items', {}, { headers: { 'cache-control': 'no-cache' } }).then((response) => response.text());
    expect(fleet.vendor.calls).toHaveLength(10);
  });

  test(`no more than ${CONCURRENCY} instances are asked at a time`, async () => {
    const waiting: (() => void)[] = [];
    for (const id of fleet.ids) {
      fleet.answers(id, (request, response) => waiting.push(() => json([{ z: 1 }])(request, response)));
    }
    const answer = ask('uncached');
    for (let done = 0; done < fleet.ids.length; done += 1) {
      const open = Math.min(CONCURRENCY, fleet.ids.length - done);
      await expect.poll(() => waiting.length).toBe(open);
      expect(fleet.vendor.calls).toHaveLength(done + open);
      waiting.shift()?.();
    }
    expect((await answer).rows).toHaveLength(5);
  });

  test('an instance that never answers holds up nobody’s rows, and fails at its deadline', async () => {
    fleet.answers(nth('first'), silence);
    const response = await send('uncached', { deadlineMs: 1500 }, { headers: { accept: NDJSON } });
    const decoder = new TextDecoder();
    let text = '';
    let fastAt = 0;
    const startedAt = performance.now();
    for await (const bytes of response.body ?? []) {
      text += decoder.decode(bytes, { stream: true });
      if (fastAt === 0 && fleet.ids.slice(1).every((id) => text.includes(`"instance":"${id}"`))) {
        fastAt = performance.now() - startedAt;
      }
    }
    expect(fastAt).toBeGreaterThan(0);
    expect(fastAt).toBeLessThan(1000);
    const { instances } = JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as { instances: object[] };
    expect(instances[0]).toMatchObject({ state: 'failed', error: { code: 'timeout', instanceId: nth('first') } });
    await expect.poll(() => fleet.vendor.hangUps).toBe(1);
  });

  test('a deadline is the reader’s own: who reads the same run without one gets its rows', async () => {
    let release = (): void => undefined;
    fleet.answers(nth('first'), (request, response) => {
      release = () => json([{ z: 7 }])(request, response);
    });
    const patient = running.api.call('GET', `/api/instances/${nth('first')}/queries/uncached`);
    await expect.poll(() => fleet.callsOf(nth('first'))).toBe(1);
    const { meta } = await ask('uncached', { instances: [nth('first')], deadlineMs: 50 });
    expect(meta.instances).toMatchObject([{ state: 'failed', error: { code: 'timeout' } }]);
    release();
    expect((await patient).body).toMatchObject({ rows: [{ z: 7 }] });
    expect(fleet.callsOf(nth('first'))).toBe(1);
  });

  test('a deadline counts from when the instance is asked, not from when others were', async () => {
    for (const id of fleet.ids.slice(0, CONCURRENCY)) fleet.answers(id, silence);
    const { meta } = await ask('uncached', { deadlineMs: 800 });
    expect(meta.instances).toMatchObject(['failed', 'failed', 'failed', 'ok', 'ok'].map((state) => ({ state })));
  });

  test('a reader that leaves ends every run, and nobody else is asked', async () => {
    for (const id of fleet.ids) fleet.answers(id, silence);
    const leaving = new AbortController();
    const left = send('uncached', {}, { signal: leaving.signal, headers: { accept: NDJSON } });
    await expect.poll(() => fleet.vendor.calls.length).toBe(CONCURRENCY);
    leaving.abort();
    await expect(left).rejects.toThrow('aborted');
    await expect.poll(() => fleet.vendor.hangUps).toBe(CONCURRENCY);
    // A run that is answered after all has got behind whatever was still to be started.
    fleet.answers(nth('fifth'), json([]));
    await running.api.call('GET', `/api/instances/${nth('fifth')}/queries/uncached`);
    expect(fleet.vendor.calls).toHaveLength(CONCURRENCY + 1);
  });

  test('params are checked before anything runs', async () => {
    const problem = await expectProblem(await send('uncached', { params: { n: 'x' } }), 400, 'params_invalid');
    expect(problem.errors).toEqual([{ pointer: '/params/n', message: expect.any(String) }]);
    expect(fleet.vendor.calls).toHaveLength(0);
  });

  test('what cannot be asked is refused, with what to do', async () => {
    const post = (path: string, body: object = {}): Promise<Response> => running.api.send('POST', path, body);
    const noPlugin = await expectProblem(await post('/api/plugins/nowhere/queries/q'), 404, 'not_found');
    expect(noPlugin.detail).toBe('there is no plugin "nowhere"');
    const noQuery = await expectProblem(await post('/api/plugins/desk/queries/constructor'), 404, 'not_found');
    expect(noQuery.detail).toBe('plugin "desk" has no query "constructor"');
    const foreign = await expectProblem(
      await send('items', { instances: [nth('first'), 'foreign'] }),
      400,
      'params_invalid',
    );
    expect(foreign.errors).toEqual([
      { pointer: '/instances/1', message: '"foreign" is an instance of the plugin "other"' },
    ]);
    const taken = await expectProblem(await post('/api/plugins/other/queries/q'), 409, 'conflict');
    expect(taken.detail).toContain('have a column "instance" of their own');
    expect(fleet.vendor.calls).toHaveLength(0);
  });

  test.each([
    [{ instances: ['Not an id, "\n'] }],
    [{ instances: ['a', 'a'] }],
    [{ instances: Array.from({ length: 21 }, (_, n) => `i${n}`) }],
    [{ deadlineMs: 0 }],
    [{ deadlineMs: 1.5 }],
    [{ instance: 'a' }],
  ])('the body %j is refused', async (body) => {
    await expectProblem(await send('items', body), 400, 'config_invalid');
  });
});
