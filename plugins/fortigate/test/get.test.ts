import type { Context, Plugin } from '@jackfield/sdk';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { fillPlaceholders } from '../../../host/src/clients/index.ts';
import { codeOf, collect, contextFor, freshPlugin, queryOf, run, startSimulator, type Row } from './harness.ts';

let plugin: Plugin;
beforeEach(async () => {
  plugin = await freshPlugin();
});

/** `vdom` and `limit` as the host fills them in. */
const read = (context: Context, path: string, params: Row = {}) => {
  return collect(queryOf(plugin, 'get'), context, { vdom: '*', limit: 1000, path, ...params });
};

test('it is for engineers and up', () => {
  expect(queryOf(plugin, 'get')).toMatchObject({ role: 'engineer', columns: 'dynamic' });
});

describe('columns come with the answer', () => {
  test('the VDOM first, then the fields: nested ones as JSON, numbers that are text in one row as text', async () => {
    await using simulator = await startSimulator({ vdoms: 1 });
    const { columns, rows } = await read(contextFor(simulator.url), '/api/v2/cmdb/firewall/address');
    expect(columns).toEqual({
      vdom: { type: 'string', label: 'VDOM' },
      name: { type: 'string', label: 'name' },
      uuid: { type: 'string', label: 'uuid' },
      type: { type: 'string', label: 'type' },
      subnet: { type: 'string', label: 'subnet' },
      color: { type: 'string', label: 'color' },
      visibility: { type: 'string', label: 'visibility' },
      tagging: { type: 'json', label: 'tagging' },
    });
    expect(rows).toMatchObject([
      { vdom: 'root', name: 'all', color: '0', tagging: [] },
      { vdom: 'root', name: 'office', color: '3', uuid: null, tagging: [{ category: 'site' }] },
    ]);
  });

  test('a map has a row for each entry, one object has one row, of a VDOM or of all', async () => {
    await using simulator = await startSimulator();
    const context = contextFor(simulator.url);
    const ports = await read(context, 'monitor/system/interface?include_vlan=true', { vdom: 'dmz' });
    expect(ports.rows.map((row) => [row['vdom'], row['key']])).toEqual(
      ['wan2', 'lan2', 'spare2', 'vlan-210'].map((name) => ['dmz', name]),
    );
    expect(ports.columns).toMatchObject({ link: { type: 'boolean' }, rx_bytes: { type: 'number' } });
    const one = await read(context, '/cmdb/system/global', { vdom: 'root' });
    expect(one.rows).toMatchObject([{ vdom: 'root', admin_sport: 8443 }]);
    expect((await read(context, 'cmdb/system/global')).rows.map((row) => row['vdom'])).toHaveLength(4);
  });

  test('no results are no rows; scalars are values; names that a column cannot have are changed, and never meet', async () => {
    expect(await told([])).toEqual({ columns: { vdom: { type: 'string', label: 'VDOM' } }, rows: [] });
    expect((await told(['a', 1])).rows).toEqual([
      { vdom: 'root', value: 'a' },
      { vdom: 'root', value: '1' },
    ]);
    const odd = await told([{ 'a-b': 1, a_b: 2, '1_week': 3, vdom: 'x', constructor: 4, __proto: 5, größe: 6 }]);
    expect(Object.keys(odd.columns)).toEqual([
      ...['vdom', 'a_b', 'a_b_2', 'f_1_week', 'vdom_2', 'constructor_2', 'f___proto', 'gr__e'],
    ]);
    expect(odd.rows).toMatchObject([{ vdom: 'root', a_b: 1, a_b_2: 2, vdom_2: 'x', constructor_2: 4 }]);
  });

  test('more fields than a result has columns for come together in one', async () => {
    const wide = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`field${index}`, index]));
    const { columns, rows } = await told([wide]);
    expect(Object.keys(columns)).toHaveLength(100);
    expect(rows[0]?.['rest']).toMatchObject({ field98: 98, field149: 149 });
  });

  test('a number that is too large for one is nothing', async () => {
    const fetch: Context['fetch'] = async () =>
      new Response('{"status":"success","results":[{"n":1e999},{"n":-1e999},{"n":1}]}');
    const { columns, rows } = await read({ ...contextFor('http://device'), fetch }, 'monitor/any/thing');
    expect(columns).toMatchObject({ n: { type: 'number' } });
    expect(rows.map((row) => row['n'])).toEqual([null, null, 1]);
  });

  test('any results make valid rows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 4 }), async (results) => {
        const { columns, rows } = await told(results);
        for (const name of Object.keys(columns)) expect(name).toMatch(/^[a-zA-Z][a-zA-Z0-9_]{0,59}$/);
        expect(Object.keys(columns).length).toBeLessThanOrEqual(100);
        expect(rows).toBeInstanceOf(Array);
      }),
    );
  });
});

function told(results: unknown) {
  const fetch: Context['fetch'] = async () => Response.json({ status: 'success', vdom: 'root', results });
  return read({ ...contextFor('http://device'), fetch }, 'monitor/any/thing');
}

test('no more rows than the limit', async () => {
  await using simulator = await startSimulator({ policies: 40 });
  const { rows } = await read(contextFor(simulator.url), 'cmdb/firewall/policy', { limit: 7 });
  expect(rows).toHaveLength(7);
});

test('filters reach the device as they were written, and the path as it was meant', async () => {
  await using simulator = await startSimulator();
  const path = '/api/v2/cmdb/firewall/policy?format=policyid|name&filter=name==a%20b&filter=status=@en';
  await read(contextFor(simulator.url), path, { vdom: 'root' });
  const { path: asked, query } = simulator.requests.at(-1) ?? { path: '', query: '' };
  expect(asked).toBe('/api/v2/cmdb/firewall/policy');
  expect([...new URLSearchParams(query)]).toEqual([
    ['format', 'policyid|name'],
    ['filter', 'name==a b'],
    ['filter', 'status=@en'],
    ['vdom', 'root'],
  ]);
});

const ABSENT = [
  ['monitor/system/sensor-info', '60F', 'not_found', /not available: this model or version/],
  ['monitor/log/fortianalyzer', '61F', 'not_found', /not available: what it depends on/],
  ['monitor/system/interface', '61F', 'permission_denied', /may not read/],
] as const;

test.each(ABSENT)('%s on a %s is %s, by name', async (path, model, code, message) => {
  await using simulator = await startSimulator({ model, faults: ['403-net'] });
  const work = read(contextFor(simulator.url), path);
  await expect(work).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

const HOSTILE = [
  'https://evil.example/api/v2/monitor/system/status',
  '//evil.example/api/v2/monitor/system/status',
  '/api/v2/log/disk/event/system',
  '/api/v2/service/x',
  '/api/v2/monitor',
  '/api/v2/monitor/',
  '/api/v2/monitors/system/status',
  'monitor/../log/disk',
  'monitor/%2e%2e/log/disk',
  'monitor/%2E./log/disk',
  'monitor/%252e%252e/log/disk',
  'monitor/%25252e%25252e/log/disk',
  'monitor/..%2flog',
  'monitor/x%2f..%2f..%2flog',
  'monitor/x%5c..%5clog',
  'monitor/x\\..\\log',
  'monitor/..;/log',
  'monitor/x%3b/log',
  'monitor/x%00/y',
  'monitor/x%0d%0aHost:evil/y',
  'monitor/x\r\nHost: evil',
  'monitor/x/./y',
  'monitor//x',
  'monitor/x/',
  'monitor/x#y',
  'monitor/x%23y',
  'monitor/x%3fvdom=dmz',
  'monitor/x?a=1?b=2',
  'monitor/%zz',
  'monitor/%c0%ae%c0%ae/x',
  'monitor/x?access_token=secret',
  'monitor/x?ACCESS_TOKEN=secret',
  'monitor/x?access%5ftoken=secret',
  'monitor/x?access%255ftoken=secret',
  'monitor/x?a=1&access_token',
  'monitor/x?%20access_token=1',
  'monitor/x?+access_token=1',
  'monitor/x?vdom=dmz',
  'monitor/x?VDOM=dmz',
  'monitor/x?global=1',
  'monitor/x?vdom[]=dmz',
  'monitor/x?a%00=1',
  'monitor/x?a%zz=1',
  'cmdb/firewall/address?filter=name==a%2Cname!=a',
  'cmdb/firewall/address?filter=name==a%252Cname!=a',
  'cmdb/firewall/address?FILTER=type==fqdn,name==a%2cname!=a',
  ' monitor/x',
  'monitor/x y',
  '',
  '?',
  '/',
];

test.each(HOSTILE)('%j is refused before anything is asked', async (path) => {
  const asked: unknown[] = [];
  const fetch: Context['fetch'] = async (input) => {
    asked.push(input);
    return Response.json({ status: 'success', results: {} });
  };
  expect(await codeOf(read({ ...contextFor('http://device'), fetch }, path))).toBe('params_invalid');
  expect(asked).toEqual([]);
});

test('whatever is written, what is asked is a read below monitor or cmdb, with the VDOM that was chosen', async () => {
  const part = fc.constantFrom(
    '..',
    '.',
    '%2e',
    '%252e',
    '/',
    '%2f',
    '\\',
    'x',
    '?',
    '&',
    '=',
    'vdom',
    'access_token',
    '%00',
    ';',
    '#',
  );
  const tail = fc.array(fc.oneof(part, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('monitor/', 'cmdb/', '/api/v2/monitor/', ''), tail, async (start, parts) => {
      const asked: string[] = [];
      const fetch: Context['fetch'] = async (input) => {
        asked.push(typeof input === 'string' ? input : '');
        return Response.json({ status: 'success', vdom: 'root', results: [] });
      };
      await read({ ...contextFor('http://device'), fetch }, start + parts.join(''), { vdom: 'dmz' }).catch(
        () => undefined,
      );
      for (const one of asked.filter((one) => !one.startsWith('/api/v2/monitor/system/status'))) {
        const url = new URL(one, 'http://device');
        expect(url.host).toBe('device');
        expect(decodeURIComponent(url.pathname)).toMatch(/^\/api\/v2\/(monitor|cmdb)\/[^/]/);
        expect(url.searchParams.getAll('vdom')).toEqual(['dmz']);
        expect([...url.searchParams.keys()].map((name) => name.toLowerCase())).not.toContain('access_token');
      }
    }),
    { numRuns: 1000 },
  );
});

test('no parameter of a client changes what is asked: it is one segment, one value of a filter, or refused', async () => {
  const path = '/api/v2/cmdb/firewall/address/${client.object}?filter=name==${client.object}&count=5';
  const { params: schema = {} } = queryOf(plugin, 'get');
  const place = { instanceId: 'fw', clientId: 'acme' };
  const hostile = fc.constantFrom(
    'a,name!=a',
    '..',
    '../x',
    'a&vdom=root',
    'a?b',
    'a#',
    '%2e%2e',
    '%2C',
    '%252e',
    'a;b',
    'our office',
  );
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(fc.oneof(hostile, fc.string({ unit: 'grapheme', maxLength: 6 })), async (object) => {
      const asked: URL[] = [];
      const fetch: Context['fetch'] = async (input) => {
        asked.push(new URL(typeof input === 'string' ? input : '', 'http://device'));
        return Response.json({ status: 'success', vdom: 'dmz', results: [] });
      };
      const context = { ...contextFor('http://device'), fetch };
      await Promise.try(() => fillPlaceholders(schema, { path, vdom: 'dmz', limit: 10 }, { object }, place))
        .then((params) => collect(queryOf(plugin, 'get'), context, params))
        .catch(() => undefined);
      for (const url of asked.filter(({ pathname }) => !pathname.endsWith('/system/status'))) {
        answered += 1;
        expect(url.pathname).toMatch(/^\/api\/v2\/cmdb\/firewall\/address\/[^/]+$/);
        expect(decodeURIComponent(url.pathname.slice(url.pathname.lastIndexOf('/') + 1))).toBe(object);
        expect([...url.searchParams]).toEqual([
          ['filter', `name==${object}`],
          ['count', '5'],
          ['vdom', 'dmz'],
        ]);
        expect(object).not.toContain(',');
      }
    }),
    { numRuns: 500 },
  );
  expect(answered).toBeGreaterThan(50);
});

test('the VDOMs of the instance are a fence here too, and scope=global does not lead around it', async () => {
  await using simulator = await startSimulator();
  const context = contextFor(simulator.url, { config: { vdoms: ['dmz'] } });
  expect(await codeOf(read(context, 'monitor/system/interface', { vdom: 'root' }))).toBe('params_invalid');
  expect(await codeOf(read(context, 'monitor/system/interface?scope=global'))).toBe('params_invalid');
  expect(simulator.requests).toEqual([]);
  const { rows } = await read(context, 'monitor/system/interface');
  expect(new Set(rows.map((row) => row['vdom']))).toEqual(new Set(['dmz']));
});

test('its params have a schema of their own', async () => {
  const context = contextFor('http://device');
  for (const params of [{}, { path: '' }, { path: 'monitor/x', limit: 0 }, { path: 'monitor/x', vdom: 'a b' }]) {
    await expect(run(plugin, 'get', context, params)).rejects.toThrow(/^data/);
  }
});
