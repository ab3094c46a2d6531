import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { validatorOf } from '../schemas/schemas.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { buildDesk } from '../support/desk-plugin.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { json, startVendor, type Vendor } from '../support/vendor.ts';
import { parseCsv } from './csv.ts';

const JSON_TYPE = 'application/json';
const NDJSON = 'application/x-ndjson';
const CSV = 'text/csv';

let desk: TestPlugin;
let vendor: Vendor;
beforeAll(async () => {
  [desk, vendor] = await Promise.all([buildDesk(), startVendor()]);
});
afterAll(() => Promise.all([desk, vendor].map((part) => part[Symbol.asyncDispose]())));

const QUERIES = '/api/instances/desk/queries';
const isResult = validatorOf('query-result.schema.json');
const lines = (text: string): unknown[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as unknown);

/** What the vendor was asked last: the params as the plugin saw them. */
function lastParams(): unknown {
  const url = new URL(vendor.calls.at(-1)?.split(' ')[1] ?? '', vendor.url);
  return JSON.parse(url.searchParams.get('params') ?? 'null');
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({
    unit: fc.constantFrom(
      '"',
      ',',
      '\r',
      '\n',
      '\t',
      ' ',
      "'",
      '=',
      '+',
      '-',
      '@',
      'a',
      'é',
      '😀',
      '\u2028',
      '\0',
      '\ud800',
    ),
    maxLength: 12,
  }),
  fc.constantFrom(
    '=1+1',
    '@cmd',
    '-2',
    '+x',
    '\t=x',
    '\r=x',
    ' lead',
    'trail ',
    '""',
    "'already",
    '\ufeffbom',
    '1e5',
    'null',
  ),
);
const cell = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { freq: 5 });
const row = fc.record(
  {
    text: cell(text),
    count: cell(fc.maxSafeInteger()),
    ratio: cell(fc.double({ noNaN: true, noDefaultInfinity: true })),
    flag: cell(fc.boolean()),
    day: cell(
      fc
        .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
        .map((d) => d.toISOString().slice(0, 10)),
    ),
    at: cell(
      fc
        .date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
        .map((d) => d.toISOString()),
    ),
    more: cell(fc.jsonValue({ maxDepth: 2 })),
  },
  { requiredKeys: [] },
);

const COLUMNS = ['text', 'count', 'ratio', 'flag', 'day', 'at', 'more'] as const;
type Row = Partial<Record<(typeof COLUMNS)[number], unknown>>;

/** What a spreadsheet would run as a formula is text behind an apostrophe. */
const harmless = (value: string): string => (/^[=+\-@\t\r]/.test(value) ? `'${value}` : value);

function csvCells(row: Row): string[] {
  return COLUMNS.map((name) => {
    const value = row[name];
    if (value === undefined || value === null) return '';
    if (name === 'more') return harmless(JSON.stringify(value));
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return name === 'text' ? harmless(text.toWellFormed()) : text;
  });
}

/** As a person writes text that is no placeholder of a client's parameter. */
function withoutPlaceholders(rows: Row[]): unknown {
  return JSON.parse(JSON.stringify(rows), (_name, value: unknown) =>
    typeof value === 'string' ? value.replaceAll('${', () => '$${') : value,
  );
}

describe.each(oneOf)('on $name', (database) => {
  let place: TestDatabase;
  let running: TestHost;
  beforeAll(async () => {
    place = await database.open();
    running = await startTestHost(place, { plugins: [desk] });
    const config = { baseUrl: vendor.url };
    await running.api.call('POST', '/api/instances', { id: 'desk', plugin: 'desk', name: 'Desk', config });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  async function ask(
    method: 'GET' | 'POST',
    path: string,
    accept: string,
    body?: unknown,
  ): Promise<{ type: string; text: string }> {
    const response = await running.api.send(method, QUERIES + path, body, { headers: { accept } });
    const text = await response.text();
    expect(response.status, text).toBe(200);
    return { type: response.headers.get('content-type') ?? '', text };
  }

  test('the list tells the params and columns of every query, in the author’s order', async () => {
    const { body } = await running.api.call<{ queries: { id: string; cacheMs: number; columns: object[] }[] }>(
      'GET',
      QUERIES,
    );
    expect(body.queries.map((query) => query.id).slice(0, 3)).toEqual(['items', 'uncached', 'typed']);
    expect(body.queries[0]).toMatchObject({
      title: 'Items',
      cacheMs: 60_000,
      params: { properties: { n: { type: 'integer', default: 2 } } },
      columns: [
        { name: 'z', type: 'integer', label: 'Last letter first' },
        { name: 'a', type: 'string' },
      ],
    });
  });

  test('a JSON document fits the published schema; its rows have every column, in order, and no other', async () => {
    vendor.answer = json([{ a: 'one', z: 1, more: true }, { a: 'two' }]);
    const { type, text } = await ask('GET', '/uncached', JSON_TYPE);
    expect(type).toBe(JSON_TYPE);
    expect(text.replaceAll('\n', '')).toContain('"rows":[{"z":1,"a":"one"},{"z":null,"a":"two"}]');
    const result = JSON.parse(text) as { meta: object };
    expect(isResult(result), JSON.stringify(isResult.errors)).toBe(true);
    expect(Object.keys(result)).toEqual(['columns', 'rows', 'meta']);
    expect(result.meta).toMatchObject({ rowCount: 2, vendorCalls: 1 });
  });

  test('the same rows come as NDJSON and as CSV', async () => {
    vendor.answer = json([{ z: 1, a: 'one' }, { a: 'two, "quoted"' }]);
    const ndjson = await ask('GET', '/uncached', NDJSON);
    expect(ndjson).toEqual({ type: NDJSON, text: '{"z":1,"a":"one"}\n{"z":null,"a":"two, \\"quoted\\""}\n' });
    const csv = await ask('GET', '/uncached', CSV);
    expect(csv.type).toMatch(/^text\/csv; *charset=utf-8/);
    expect(csv.text).toBe('z,a\r\n1,one\r\n,"two, ""quoted"""\r\n');
  });

  test.each([
    ['*/*', JSON_TYPE],
    ['', JSON_TYPE],
    ['text/html, */*;q=0.1', JSON_TYPE],
    ['text/csv;q=0.9, application/x-ndjson', NDJSON],
    ['application/json;q=0.1, text/csv', CSV],
    ['text/*', CSV],
  ])('Accept: "%s" gets %s', async (accept, expected) => {
    vendor.answer = json([]);
    expect((await ask('GET', '/uncached', accept)).type.split(';')[0]).toBe(expected);
  });

  test('no rows are a result, too', async () => {
    vendor.answer = json([]);
    expect(JSON.parse((await ask('GET', '/uncached', JSON_TYPE)).text)).toMatchObject({
      rows: [],
      meta: { rowCount: 0 },
    });
    expect((await ask('GET', '/uncached', NDJSON)).text).toBe('');
    expect((await ask('GET', '/uncached', CSV)).text).toBe('z,a\r\n');
  });

  test('a URL’s text becomes what the schema says, and defaults are filled in', async () => {
    vendor.answer = json([]);
    await ask('GET', '/uncached?n=3&exact=true&tags=a&tags=b', JSON_TYPE);
    expect(lastParams()).toEqual({ n: 3, exact: true, tags: ['a', 'b'] });
    await ask('GET', '/uncached?tags=only', JSON_TYPE);
    expect(lastParams()).toEqual({ n: 2, tags: ['only'] });
    await ask('GET', '/uncached?tags=1', JSON_TYPE);
    expect(lastParams()).toEqual({ n: 2, tags: ['1'] });
  });

  test('a body is taken as it is, and may be missing', async () => {
    vendor.answer = json([]);
    await ask('POST', '/uncached', JSON_TYPE, { params: { n: 5, filter: { a: 1 } } });
    expect(lastParams()).toEqual({ n: 5, filter: { a: 1 } });
    for (const body of [{}, { params: {} }, undefined]) {
      await ask('POST', '/uncached', JSON_TYPE, body);
      expect(lastParams()).toEqual({ n: 2 });
    }
  });

  test('whatever is in the rows, all three formats carry the same', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 8 }), async (rows) => {
        // A body with such a member is refused at the door.
        fc.pre(!JSON.stringify(rows).includes('"__proto__"'));
        const body = { params: { rows: withoutPlaceholders(rows) } };
        // Through JSON once, as the rows go: -0 is 0 there, and `__proto__` is dropped by nobody.
        const sent = JSON.parse(JSON.stringify(rows)) as Row[];
        const expected = sent.map((row) => Object.fromEntries(COLUMNS.map((name) => [name, row[name] ?? null])));
        const [document, ndjson, csv] = await Promise.all(
          [JSON_TYPE, NDJSON, CSV].map((accept) => ask('POST', '/typed', accept, body)),
        );
        const result = JSON.parse(document?.text ?? '') as { rows: unknown; meta: object };
        expect(result).toMatchObject({ meta: { rowCount: rows.length } });
        expect(result.rows).toEqual(expected);
        expect(lines(ndjson?.text ?? '')).toEqual(expected);
        expect(parseCsv(csv?.text ?? '')).toEqual([[...COLUMNS], ...sent.map(csvCells)]);
      }),
      {
        numRuns: process.env['JACKFIELD_TEST_SCALE'] === 'full' ? 2000 : 60,
        examples: [[[{ more: { '': '${', a: ['$${', '$$${x}'] } }]]],
      },
    );
  });
});
