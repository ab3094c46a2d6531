import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { buildDesk } from '../support/desk-plugin.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { expectProblem } from '../support/problem.ts';

interface Case {
  readonly what: string;
  readonly ask: readonly [method: string, path: string, body?: unknown, headers?: Record<string, string>];
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  /** Pointers of `errors`. */
  readonly pointers?: readonly string[];
  readonly next?: string;
}

const ITEMS = '/api/instances/desk/queries/items';
const instance = { plugin: 'desk', name: 'Another', config: { baseUrl: 'http://127.0.0.1:9' } };
const NOT_FOUND = { status: 404, code: 'not_found' };
const CONFIG = { status: 400, code: 'config_invalid' };
const PARAMS = { status: 400, code: 'params_invalid' };

const cases: readonly Case[] = [
  { what: 'a path that is not there', ask: ['GET', '/api/nowhere'], ...NOT_FOUND, next: '/api/openapi.json' },
  {
    what: 'a method that is not there',
    ask: ['PUT', '/api/instances/desk', {}],
    ...NOT_FOUND,
    next: '/api/openapi.json',
  },
  { what: 'a path that cannot be read', ask: ['GET', '/api/%'], ...NOT_FOUND },
  { what: 'a path whose part is too long', ask: ['GET', `/api/instances/${'x'.repeat(500)}`], ...NOT_FOUND },
  { what: 'an unknown instance', ask: ['GET', '/api/instances/nobody'], ...NOT_FOUND, detail: 'no instance "nobody"' },
  { what: 'an unknown instance to change', ask: ['PATCH', '/api/instances/nobody', { name: 'x' }], ...NOT_FOUND },
  { what: 'an unknown instance to delete', ask: ['DELETE', '/api/instances/nobody'], ...NOT_FOUND },
  { what: 'an unknown instance to check', ask: ['POST', '/api/instances/nobody/check'], ...NOT_FOUND },
  {
    what: 'an unknown query',
    ask: ['GET', '/api/instances/desk/queries/nothing'],
    ...NOT_FOUND,
    next: '/api/plugins/desk',
  },
  {
    what: 'a query called like a part of every object',
    ask: ['GET', '/api/instances/desk/queries/constructor'],
    ...NOT_FOUND,
  },
  { what: 'an unknown plugin', ask: ['GET', '/api/plugins/nobody'], ...NOT_FOUND, next: 'GET /api/plugins' },
  {
    what: 'an instance of an unknown plugin',
    ask: ['POST', '/api/instances', { ...instance, plugin: 'nobody' }],
    ...CONFIG,
    pointers: ['/plugin'],
  },
  {
    what: 'a body that is not JSON',
    ask: ['POST', '/api/instances', '{"plugin":'],
    ...CONFIG,
    detail: 'not valid JSON',
  },
  { what: 'a body that is empty', ask: ['POST', '/api/instances', ''], ...CONFIG },
  {
    what: 'a body of another type',
    ask: ['POST', '/api/instances', 'plugin: desk', { 'content-type': 'text/yaml' }],
    ...CONFIG,
    next: 'application/json',
  },
  {
    what: 'a body that is too large',
    ask: ['POST', '/api/instances', `"${'x'.repeat(1_100_000)}"`],
    ...CONFIG,
    next: '1 MB',
  },
  { what: 'a body that reaches for prototypes', ask: ['POST', '/api/instances', '{"__proto__":{"x":1}}'], ...CONFIG },
  { what: 'a body that is no object', ask: ['POST', '/api/instances', [1]], ...CONFIG, pointers: [''] },
  {
    what: 'properties that are missing',
    ask: ['POST', '/api/instances', { name: 'x' }],
    ...CONFIG,
    pointers: ['/config', '/plugin'],
  },
  {
    what: 'a property that is not known',
    ask: ['POST', '/api/instances', { ...instance, colour: 'red' }],
    ...CONFIG,
    pointers: ['/colour'],
  },
  {
    what: 'a property that is not known in a patch',
    ask: ['PATCH', '/api/instances/desk', { plugin: 'desk' }],
    ...CONFIG,
    pointers: ['/plugin'],
  },
  { what: 'a filter that is not known', ask: ['GET', '/api/instances?plugn=desk'], ...PARAMS, pointers: ['/plugn'] },
  {
    what: 'a config that does not fit',
    ask: [
      'POST',
      '/api/instances',
      { ...instance, config: { baseUrl: 'nowhere', token: 'short', pageSize: 0, limits: { 'a/b': 'x' }, x: 1 } },
    ],
    ...CONFIG,
    pointers: ['/config/baseUrl', '/config/limits/a~1b', '/config/pageSize', '/config/token', '/config/x'],
  },
  {
    what: 'a patch whose config does not fit',
    ask: ['PATCH', '/api/instances/desk', { config: { pageSize: 'ten' } }],
    ...CONFIG,
    pointers: ['/config/pageSize'],
  },
  {
    what: 'an id that is taken',
    ask: ['POST', '/api/instances', { ...instance, id: 'desk' }],
    status: 409,
    code: 'conflict',
    pointers: ['/id'],
  },
  {
    what: 'a change of another revision',
    ask: ['PATCH', '/api/instances/desk', { name: 'x' }, { 'if-match': '"7"' }],
    status: 409,
    code: 'conflict',
    detail: 'revision 1',
  },
  {
    what: 'a tag that is not ours',
    ask: ['PATCH', '/api/instances/desk', { name: 'x' }, { 'if-match': 'seven' }],
    status: 409,
    code: 'conflict',
  },
  {
    what: 'a disabled instance',
    ask: ['GET', '/api/instances/off/queries/items'],
    status: 409,
    code: 'conflict',
    next: '{"enabled":true}',
  },
  { what: 'a disabled instance to check', ask: ['POST', '/api/instances/off/check'], status: 409, code: 'conflict' },
  {
    what: 'params in the URL that do not fit',
    ask: ['GET', `${ITEMS}?n=many&exact=perhaps`],
    ...PARAMS,
    pointers: ['/params/exact', '/params/n'],
  },
  { what: 'params in the URL that are not known', ask: ['GET', `${ITEMS}?m=3`], ...PARAMS, pointers: ['/params/m'] },
  {
    what: 'params in the body that do not fit',
    ask: ['POST', ITEMS, { params: { n: -1, tags: [1] } }],
    ...PARAMS,
    pointers: ['/params/n', '/params/tags/0'],
  },
  {
    what: 'text for a number in a body',
    ask: ['POST', ITEMS, { params: { n: '3' } }],
    ...PARAMS,
    pointers: ['/params/n'],
  },
  { what: 'params beside params', ask: ['POST', ITEMS, { n: 3 }], ...CONFIG, pointers: ['/n'] },
  {
    what: 'a format that there is not',
    ask: ['GET', ITEMS, undefined, { accept: 'application/xml' }],
    ...PARAMS,
    detail: 'application/json, application/x-ndjson, text/csv',
  },
  {
    what: 'a vendor that is not there',
    ask: ['GET', '/api/instances/desk/queries/uncached'],
    status: 503,
    code: 'vendor_unavailable',
    next: 'reachable',
  },
  { what: 'a draft of nothing', ask: ['POST', '/api/instances/check', { config: {} }], ...CONFIG },
];

let desk: TestPlugin;
beforeAll(async () => {
  desk = await buildDesk();
});
afterAll(() => desk[Symbol.asyncDispose]());

describe.each(oneOf)('on $name', (database) => {
  let place: TestDatabase;
  let running: TestHost;
  beforeAll(async () => {
    place = await database.open();
    running = await startTestHost(place, { plugins: [desk] });
    const config = { baseUrl: 'http://127.0.0.1:9' };
    await running.api.call('POST', '/api/instances', { id: 'desk', plugin: 'desk', name: 'Desk', config });
    await running.api.call('POST', '/api/instances', {
      id: 'off',
      plugin: 'desk',
      name: 'Off',
      enabled: false,
      config,
    });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  test.each(cases)(
    '$what gives a problem that says what to do',
    async ({ ask, status, code, detail, pointers, next }) => {
      const [method, path, body, headers] = ask;
      const before = await running.api.call('GET', '/api/instances');
      const response = await running.api.send(method, path, body, headers ? { headers } : {});
      expect(response.headers.get('cache-control')).toBe('no-store');
      const problem = await expectProblem(response, status, code);
      expect(problem.detail).toContain(detail ?? '');
      expect(problem.next).toContain(next ?? '');
      const found = [...new Set(problem.errors?.map((error) => error.pointer))].toSorted();
      expect(found).toEqual(pointers ?? found);
      expect(found.length > 0 || !problem.next.includes('listed in errors'), problem.next).toBe(true);
      expect((await running.api.call('GET', '/api/instances')).body).toEqual(before.body);
    },
  );

  test('every request has an id of its own', async () => {
    const ask = async (): Promise<string | undefined> =>
      (await expectProblem(await running.api.send('GET', '/api/nowhere'), 404, 'not_found')).requestId;
    expect(await ask()).not.toBe(await ask());
  });

  test('what is no HTTP at all gives a problem too', async () => {
    const socket = connect(Number(new URL(running.url).port), '127.0.0.1');
    socket.end('this is no HTTP\r\n\r\n');
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 400 /);
    expect(head.toLowerCase()).toContain('content-type: application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ status: 400, code: 'params_invalid', next: expect.any(String) });
  });
});
