// Queries that are data, against a vendor that really answers by HTTP.
import type { IncomingMessage } from 'node:http';
import { json as jsonBody } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { httpQuery, isVendorError, type AnyQuery, type Paging } from '@jackfield/sdk';
import { collectRows, directContext } from '../support/plugin-context.ts';
import { startVendor, type Vendor } from '../support/vendor.ts';

type Answer = { readonly body: unknown; readonly headers?: Record<string, string> };
type Reply = (url: URL, request: IncomingMessage) => Answer | Promise<Answer>;

async function vendorOf(reply: Reply): Promise<Vendor> {
  return startVendor((request, response) => {
    void Promise.resolve(reply(new URL(request.url ?? '', 'http://vendor'), request)).then(({ body, headers }) => {
      response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    });
  });
}

const ask = (
  query: AnyQuery<Record<string, unknown>>,
  vendor: Vendor,
  params: Record<string, unknown> = {},
  config = {},
) => collectRows(query, directContext({ baseUrl: vendor.url, config }), params);

/** What the query fails with. */
async function failure(query: AnyQuery<Record<string, unknown>>, vendor: Vendor, params = {}): Promise<string> {
  const error: unknown = await ask(query, vendor, params).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isVendorError(error)) throw error;
  return `${error.code}: ${error.message}`;
}

const items = (pages: Paging, extra: object = {}) =>
  httpQuery({
    title: 'Items',
    request: { path: '/items', query: { size: 5 } },
    pages,
    rows: 'items',
    columns: { id: { type: 'integer' } },
    ...extra,
  });

const object = { type: 'object', additionalProperties: false } as const;

test('values stand in the path, the parameters and the body, encoded for their place', async () => {
  await using vendor = await vendorOf(async (_url, request) => ({ body: [await jsonBody(request)] }));
  const search = httpQuery({
    title: 'q',
    params: {
      ...object,
      required: ['project'],
      properties: {
        project: { type: 'string' },
        states: { type: 'array', items: { type: 'string' } },
        since: { type: 'string' },
        most: { type: 'integer' },
      },
    },
    request: {
      path: '/orgs/{config.org}/projects/{project}/search',
      query: { state: '{states}', q: 'updated>{since} in {states}', size: 100, none: '{since}' },
      body: { filter: { states: '{states}', text: 'is {project}', since: '{since}' }, most: '{most}' },
    },
    rows: '*',
    columns: { filter: { type: 'json' }, most: { type: 'integer' } },
  });
  const params = { project: 'a/b?c#d', states: ['o pen', 'ne&w'], most: 5 };
  expect(await ask(search, vendor, params, { org: 'ä' })).toEqual([
    { filter: { states: ['o pen', 'ne&w'], text: 'is a/b?c#d' }, most: 5 },
  ]);
  expect(vendor.calls).toEqual([
    'POST /orgs/%C3%A4/projects/a%2Fb%3Fc%23d/search?state=o+pen&state=ne%26w&q=updated%3E+in+o+pen%2Cne%26w&size=100',
  ]);
});

test('no value leaves its place in the path', async () => {
  await using vendor = await vendorOf(() => ({ body: [] }));
  const query = httpQuery({
    title: 'q',
    params: { ...object, properties: { id: { type: 'string' } } },
    request: { path: '/public/{id}/rows' },
    rows: '*',
    columns: { id: { type: 'string' } },
  });
  for (const id of ['..', '.', '', undefined]) {
    expect(await failure(query, vendor, { id })).toBe(
      'params_invalid: "id" must have a value that can stand in a path',
    );
  }
  for (const id of ['../admin', '%2e%2e', '...', '\\..\\', '?x=', '#']) await ask(query, vendor, { id });
  const paths = vendor.calls.map((call) => new URL(call.slice('GET '.length), 'http://vendor').pathname);
  expect(paths).toHaveLength(6);
  for (const path of paths) expect(path).toMatch(/^\/public\/[^/]+\/rows$/);
});

test('a name that stands for nothing is refused when the plugin is built', () => {
  expect(() =>
    httpQuery({
      title: 'q',
      params: { ...object, properties: { project: { type: 'string' } } },
      // @ts-expect-error there is no such param
      request: { path: '/projects/{projcet}' },
      rows: '',
      columns: {},
    }),
  ).toThrow('the request names {projcet}, which is no param (project) and no {config.…}');
  expect(() => httpQuery({ title: 'q', request: { path: '/' }, rows: 'a..b', columns: {} })).toThrow('empty name');
});

test('cells come from where their columns say, and are what their columns are', async () => {
  const at = 1_700_000_000;
  const groups = {
    north: {
      label: 'N',
      items: [{ id: 7, fields: { size: '12.5', on: 'true' }, seen: at, day: '2026-01-31T10:00:00Z' }],
    },
    south: { label: 'S', items: [{ id: '8', old: { name: 'x' }, seen: 0, when: '2026-01-31T10:00:00.5+0130' }, {}] },
    empty: { label: 'E' },
  };
  await using vendor = await vendorOf(() => ({ body: { server: 'v1', groups } }));
  const query = httpQuery({
    title: 'q',
    request: { path: '/' },
    rows: 'groups.*.items.*',
    columns: {
      id: { type: 'string' },
      number: { type: 'integer', at: 'id' },
      group: { type: 'string', at: '^@key' },
      label: { type: 'string', at: '^.label' },
      server: { type: 'string', at: '^^.server' },
      name: { type: 'string', at: ['fields.name', 'old.name'], default: 'none' },
      size: { type: 'number', at: 'fields.size', unit: 'MB' },
      on: { type: 'boolean', at: 'fields.on' },
      seen: { type: 'datetime', epoch: 's' },
      day: { type: 'date' },
      when: { type: 'datetime' },
      all: { type: 'string', at: '', read: (row, { params }) => JSON.stringify([Object.keys(row as object), params]) },
    },
    where: ({ id }) => id !== null,
  });
  expect(query.columns.size).toEqual({ type: 'number', unit: 'MB' });
  expect(await ask(query, vendor)).toEqual([
    {
      ...{ id: '7', number: 7, group: 'north', label: 'N', server: 'v1', name: 'none', size: 12.5, on: true },
      ...{ seen: '2023-11-14T22:13:20.000Z', day: '2026-01-31', when: null, all: '[["id","fields","seen","day"],{}]' },
    },
    {
      ...{ id: '8', number: 8, group: 'south', label: 'S', server: 'v1', name: 'x', size: null, on: null },
      ...{
        seen: '1970-01-01T00:00:00.000Z',
        day: null,
        when: '2026-01-31T08:30:00.500Z',
        all: '[["id","old","seen","when"],{}]',
      },
    },
  ]);
});

test.for([
  ['no list', {}, 'items', 'has no "items", where its rows should be'],
  ['a list that is text', { items: 'none' }, 'items', 'has neither a list nor an object where its rows should be'],
  ['text for a number', { items: [{ id: 1 }, { id: 'x' }] }, 'items', 'row 2: "id" must be an integer'],
  ['a fraction', { items: [{ id: 1.5 }] }, 'items', 'row 1: "id" must be an integer'],
  ['a number beyond exact ones', { items: [{ id: 2 ** 60 }] }, 'items', 'row 1: "id" must be an integer'],
  ['an object for a number', { items: [{ id: {} }] }, 'items', 'row 1: "id" must be an integer'],
] as const)('%s is the vendor’s mistake, with its place', async ([, body, rows, said]) => {
  await using vendor = await vendorOf(() => ({ body }));
  const query = httpQuery({ title: 'q', request: { path: '/things' }, rows, columns: { id: { type: 'integer' } } });
  expect(await failure(query, vendor)).toMatch(/^vendor_bad_response: \/things:? /);
  expect(await failure(query, vendor)).toContain(said);
});

test('a list that may be missing is no rows', async () => {
  await using vendor = await vendorOf(() => ({ body: { data: {} } }));
  const query = httpQuery({
    title: 'q',
    request: { path: '/' },
    rows: 'data.items?',
    columns: { id: { type: 'string' } },
  });
  expect(await ask(query, vendor)).toEqual([]);
});

test('what an answer says about prototypes is data', async () => {
  await using vendor = await startVendor(
    (_request, response) =>
      void response.end('{"items":[{"id":1,"__proto__":{"polluted":true},"constructor":{"name":"c"}}]}'),
  );
  const query = httpQuery({
    title: 'q',
    request: { path: '/' },
    rows: 'items',
    columns: { made: { type: 'string', at: 'constructor.name' }, none: { type: 'json', at: 'toString' } },
  });
  expect(await ask(query, vendor)).toEqual([{ made: 'c', none: null }]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

/** Serves `count` items in pages of `size`, in each of the ways of paging. */
function pagesOf(count: number, size: number): Reply {
  const all = Array.from({ length: count }, (_, id) => ({ id }));
  return (url) => {
    const given = url.searchParams;
    const start = Number(given.get('token') ?? given.get('startAt') ?? (Number(given.get('page') ?? 1) - 1) * size);
    const end = start + size;
    const next = end < count ? { next: String(end), link: `${url.pathname}?token=${end}` } : {};
    return {
      body: { items: all.slice(start, end), total: count, isLast: end >= count, ...next },
      headers:
        end < count ? { link: `</items?token=0>; rel="first", </items?token=${end}>; title="a, b"; rel="next"` } : {},
    };
  };
}

const WAYS: Readonly<Record<string, Paging>> = {
  token: { by: 'token', param: 'token', next: 'next' },
  'offset and total': { by: 'offset', param: 'startAt', total: 'total' },
  'offset and last': { by: 'offset', param: 'startAt', last: 'isLast' },
  'offset alone': { by: 'offset', param: 'startAt' },
  page: { by: 'page', param: 'page', total: 'total' },
  'page alone': { by: 'page', param: 'page' },
  'Link header': { by: 'link' },
  'URL in the answer': { by: 'link', next: 'link' },
};

test.for(Object.entries(WAYS))('by %s every row comes once, in order, whatever the pages are', async ([, pages]) => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(23),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 30 }),
      async (count, size, limit) => {
        await using vendor = await vendorOf(pagesOf(count, size));
        const rows = await ask(items(pages, { limit }), vendor);
        expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: Math.min(count, limit) }, (_, id) => id));
        expect(vendor.calls.length).toBeLessThanOrEqual(Math.ceil(Math.min(count, limit) / size) + 1);
      },
    ),
    { numRuns: 4 },
  );
});

test('a token goes into the body of a request that has one', async () => {
  const asked: unknown[] = [];
  await using vendor = await vendorOf(async (_url, request) => {
    asked.push(await jsonBody(request));
    return { body: { items: [{ id: asked.length }], ...(asked.length < 3 ? { next: `t${asked.length}` } : {}) } };
  });
  const query = items(
    { by: 'token', param: 'token', next: 'next' },
    { request: { path: '/items', body: { size: 1 } } },
  );
  expect(await ask(query, vendor)).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
  expect(asked).toEqual([{ size: 1 }, { size: 1, token: 't1' }, { size: 1, token: 't2' }]);
});

let turn = 0;
test.for([
  [
    'a token that comes back',
    WAYS['token'],
    () => ({ items: [{ id: (turn += 1) }], next: 'a' }),
    'named a page a second time after 2 pages',
    2,
  ],
  ['the same page for ever', WAYS['offset alone'], () => ({ items: [{ id: 1 }] }), 'answered the same page twice', 2],
  [
    'new tokens for the same page',
    WAYS['token'],
    () => ({ items: [{ id: 1 }], next: `${(turn += 1)}` }),
    'answered the same page twice',
    2,
  ],
  [
    'an end before the total',
    WAYS['offset and total'],
    () => ({ items: [], total: 3 }),
    'stopped after 0 rows though there are more',
    1,
  ],
  [
    'no end',
    WAYS['token'],
    () => ({ items: [{ id: (turn += 1) }], next: `${turn}` }),
    'did not end after 1000 pages',
    1000,
  ],
  ['a token that is none', WAYS['token'], () => ({ items: [], next: {} }), 'names a next page that is no token', 1],
] as const)('%s is noticed', async ([, pages, body, said, calls]) => {
  await using vendor = await vendorOf(() => ({ body: body() }));
  expect(await failure(items(pages as Paging), vendor)).toContain(`vendor_bad_response: /items ${said}`);
  expect(vendor.calls).toHaveLength(calls);
});

test('rows that move while their pages are read count once', async () => {
  await using vendor = await vendorOf((url) => {
    const second = url.searchParams.has('token');
    return { body: second ? { items: [{ id: 2 }, { id: 3 }] } : { items: [{ id: 1 }, { id: 2 }], next: 'b' } };
  });
  const query = items({ by: 'token', param: 'token', next: 'next' }, { unique: ['id'], limit: 3 });
  expect(await ask(query, vendor)).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
});

test('pages are asked for as their rows are wanted', async () => {
  await using vendor = await vendorOf(pagesOf(50, 5));
  const query = items({ by: 'token', param: 'token', next: 'next' });
  const rows = query.rows(directContext({ baseUrl: vendor.url }), {})[Symbol.asyncIterator]();
  await rows.next();
  await rows.next();
  expect(vendor.calls).toHaveLength(2);
  await rows.return?.();
});
