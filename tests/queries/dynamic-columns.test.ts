import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { QueryResult } from '@jackfield/schemas';
import { defaultLimits } from '../../host/src/limits.ts';
import { validatorOf } from '../schemas/schemas.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { movableClock, startTestHost, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { expectProblem } from '../support/problem.ts';
import { json, type VendorAnswer } from '../support/vendor.ts';
import { buildAsk } from './ask-plugin.ts';
import { parseCsv } from './csv.ts';
import { createFleet, type FanOutResult, type Fleet } from './fleet.ts';

const NDJSON = 'application/x-ndjson';
const CSV = 'text/csv';
const limits = { gateway: { ...defaultLimits.gateway, retries: 0 } };
const isResult = validatorOf('query-result.schema.json');

const table = (columns: Record<string, string>, ...rows: object[]): VendorAnswer =>
  json({ columns: Object.entries(columns), rows });

let plugin: TestPlugin;
beforeAll(async () => {
  plugin = await buildAsk();
});
afterAll(() => plugin[Symbol.asyncDispose]());

describe.each(oneOf)('on $name', (database) => {
  const clock = movableClock();
  let place: TestDatabase;
  let running: TestHost;
  let fleet: Fleet;
  let number = 0;
  beforeAll(async () => {
    place = await database.open();
    running = await startTestHost(place, { plugins: [plugin], limits, clock });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });
  beforeEach(async ({ onTestFinished }) => {
    fleet = await createFleet(running, 'ask', `fleet${(number += 1)}`, 3);
    onTestFinished(() => fleet.remove());
  });

  const a = (): string => fleet.ids[0] ?? '';
  const b = (): string => fleet.ids[1] ?? '';
  const c = (): string => fleet.ids[2] ?? '';
  const one = (accept: string, body: object = {}): Promise<Response> =>
    running.api.send('POST', `/api/instances/${a()}/queries/table`, body, { headers: { accept } });
  const many = async (accept: string, body: object = {}): Promise<string> => {
    const response = await running.api.send('POST', '/api/plugins/ask/queries/table', body, { headers: { accept } });
    const text = await response.text();
    expect(response.status, text).toBe(200);
    return text;
  };
  function read(text: string): FanOutResult {
    const result = JSON.parse(text) as FanOutResult;
    expect(isResult(result), JSON.stringify(isResult.errors)).toBe(true);
    return result;
  }

  describe('of one instance', () => {
    test('the columns of the answer stand in JSON and CSV, before the rows', async () => {
      fleet.answers(a(), table({ z: 'integer', text: 'string' }, { text: 'one, two', z: 1 }, { z: 2 }));
      const text = await (await one('application/json')).text();
      expect(text.startsWith('{"columns":[{"name":"z","type":"integer"},{"name":"text","type":"string"}],')).toBe(true);
      expect(read(text).rows).toEqual([
        { z: 1, text: 'one, two' },
        { z: 2, text: null },
      ]);
      expect(await (await one(NDJSON)).text()).toBe('{"z":1,"text":"one, two"}\n{"z":2,"text":null}\n');
      expect(await (await one(CSV)).text()).toBe('z,text\r\n1,"one, two"\r\n2,\r\n');
    });

    test('no rows, and rows without a column, are results too', async () => {
      fleet.answers(a(), table({ z: 'integer' }));
      expect(await (await one('application/json')).json()).toMatchObject({ columns: [{ name: 'z' }], rows: [] });
      expect(await (await one(CSV)).text()).toBe('z\r\n');
      fleet.answers(a(), table({}, { z: 1 }, { z: 2 }));
      const none = await (await one('application/json', { params: { days: 1 } })).json();
      expect(none).toMatchObject({ columns: [], rows: [{}, {}], meta: { rowCount: 2 } });
    });

    test('a cached result, and a stale one, keep the columns that they came with', async () => {
      fleet.answers(a(), table({ z: 'integer' }, { z: 1 }));
      const first = (await (await one('application/json')).json()) as QueryResult;
      fleet.answers(a(), table({ other: 'string' }, { other: 'x' }));
      expect(await (await one('application/json')).json()).toEqual(first);
      clock.advance(61_000);
      fleet.answers(a(), json({}, 500));
      const stale = (await (await one('application/json')).json()) as QueryResult;
      expect(stale).toMatchObject({
        columns: first.columns,
        rows: first.rows,
        meta: { stale: { code: 'vendor_error' } },
      });
      fleet.answers(a(), table({ other: 'string' }, { other: 'x' }));
      expect(await (await one('application/json')).json()).toMatchObject({ columns: [{ name: 'other' }] });
    });

    test('viewers that share a run get the same columns, also one that joins after the first rows', async () => {
      let release = (): void => undefined;
      fleet.answers(a(), (request, response) => {
        if (request.url?.endsWith('/rest')) release = () => json([{ z: 2 }])(request, response);
        else json({ columns: [['z', 'integer']], rows: [{ z: 1 }], rest: true })(request, response);
      });
      const viewers = [await one('application/json'), await one('application/json')];
      await expect.poll(() => fleet.callsOf(a())).toBe(2);
      release();
      for (const viewer of viewers) {
        const result = (await viewer.json()) as QueryResult;
        expect(result).toMatchObject({ columns: [{ name: 'z', type: 'integer' }], rows: [{ z: 1 }, { z: 2 }] });
      }
      expect(fleet.callsOf(a())).toBe(2);
    });

    test('the list says that the columns come with the answer', async () => {
      const { body } = await running.api.call<{ queries: { id: string }[] }>('GET', `/api/instances/${a()}/queries`);
      expect(body.queries.at(-1)).toMatchObject({ id: 'table', columns: [], dynamicColumns: true });
    });
  });

  describe('of many', () => {
    test('JSON has the columns of all after the rows, each row only those of its instance', async () => {
      fleet.answers(a(), table({ z: 'integer', text: 'string' }, { z: 1, text: 'one' }));
      fleet.answers(b(), table({ z: 'string', more: 'boolean' }, { z: 'two', more: true }));
      fleet.answers(c(), json({}, 500));
      const text = await many('application/json');
      expect(text.startsWith('{"rows":[')).toBe(true);
      const { columns, rows, meta } = read(text);
      expect(rows.toSorted((x, y) => (String(x['instance']) < String(y['instance']) ? -1 : 1))).toEqual([
        { instance: a(), z: 1, text: 'one' },
        { instance: b(), z: 'two', more: true },
      ]);
      expect(columns[0]?.name).toBe('instance');
      expect(new Map(columns.map(({ name, type }) => [name, type]))).toEqual(
        // Numbers of one instance and text of another are together any JSON.
        new Map([
          ['instance', 'string'],
          ['z', 'json'],
          ['text', 'string'],
          ['more', 'boolean'],
        ]),
      );
      expect(meta.instances).toMatchObject([{ state: 'ok' }, { state: 'ok' }, { state: 'failed' }]);
    });

    test('rows without a column carry their instance all the same', async () => {
      for (const id of fleet.ids) fleet.answers(id, table({}, {}, {}));
      const { columns, rows } = read(await many('application/json'));
      expect(columns.map(({ name }) => name)).toEqual(['instance']);
      expect(rows.map(({ instance }) => instance).toSorted((x, y) => (String(x) < String(y) ? -1 : 1))).toEqual(
        fleet.ids.flatMap((id) => [id, id]),
      );
    });

    test('CSV has the columns of the first to answer; an instance with others fails', async () => {
      const seen = Promise.withResolvers<void>();
      fleet.answers(a(), table({ z: 'integer', text: 'string' }, { z: 1, text: 'one' }));
      fleet.answers(b(), (request, response) => {
        void seen.promise.then(() => table({ text: 'string', z: 'integer' }, { z: 2 })(request, response));
      });
      fleet.answers(c(), table({ z: 'string', text: 'string' }, { z: 'three' }));
      const init = { headers: { accept: CSV } };
      const response = await running.api.send('POST', '/api/plugins/ask/queries/table', {}, init);
      const decoder = new TextDecoder();
      let text = '';
      for await (const bytes of response.body ?? []) {
        text += decoder.decode(bytes, { stream: true });
        if (text.split('\r\n').length > 3) seen.resolve();
      }
      const [header, ...records] = parseCsv(text);
      expect(header).toEqual(['instance', 'z', 'text']);
      expect(records.slice(0, 2).toSorted(([x = ''], [y = '']) => (x < y ? -1 : 1))).toEqual([
        [a(), '1', 'one'],
        [c(), 'three', ''],
      ]);
      expect(records.slice(2)).toEqual([[`# ${b()} failed: conflict`]]);
    });

    test('an instance whose rows have a column "instance" of their own fails', async () => {
      fleet.answers(b(), table({ instance: 'string' }, { instance: 'mine' }));
      for (const id of [a(), c()]) fleet.answers(id, table({ z: 'integer' }, { z: 1 }));
      const { rows, meta } = read(await many('application/json'));
      expect(rows).toHaveLength(2);
      expect(meta.instances[1]).toMatchObject({ id: b(), state: 'failed', error: { code: 'conflict' } });
    });
  });

  test('a param that is wrong is refused before anything runs, for one and for many', async () => {
    const body = { params: { days: 'x' } };
    await expectProblem(await one(CSV, body), 400, 'params_invalid');
    const response = await running.api.send('POST', '/api/plugins/ask/queries/table', body);
    await expectProblem(response, 400, 'params_invalid');
    expect(fleet.vendor.calls).toHaveLength(0);
  });
});
