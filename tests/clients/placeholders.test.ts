import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fillPlaceholders } from '../../host/src/clients/index.ts';
import { problemOf } from '../instances/fixture.ts';
import { hostileParameter } from './hostile-values.ts';

const place = { instanceId: 'acme-jira', clientId: 'acme' };
const parameters = { project: 'OPS "x"', limit: 5, ratio: 0.5, strict: false, empty: '' };
const JQL = { type: 'string', contentMediaType: 'application/jql' };

const fill = (params: Record<string, unknown>, schema: object = { type: 'object' }): unknown =>
  fillPlaceholders(schema, params, parameters, place);
const refusal = (params: Record<string, unknown>, schema: object = {}, clientId: string | null = 'acme') =>
  problemOf(Promise.try(() => fillPlaceholders(schema, params, parameters, { ...place, clientId })));

test('one placeholder alone becomes the typed value, within text it is text', () => {
  expect(
    fill({
      a: '${client.project}',
      b: '${client.limit}',
      c: '${client.ratio}',
      d: '${client.strict}',
      e: '${client.empty}',
      f: 'at most ${client.limit} of ${client.project}',
      g: '${client.limit}${client.limit}',
      h: ' ${client.limit}',
    }),
  ).toEqual({ a: 'OPS "x"', b: 5, c: 0.5, d: false, e: '', f: 'at most 5 of OPS "x"', g: '55', h: ' 5' });
});

test('values are filled at any depth; names and other values stay', () => {
  const params = {
    list: ['${client.limit}', ['${client.project}']],
    deep: { '${client.x}': { y: '${client.strict}' } },
  };
  const before = structuredClone(params);
  expect(fill({ ...params, n: 1, t: true, none: null })).toEqual({
    list: [5, ['OPS "x"']],
    deep: { '${client.x}': { y: false } },
    n: 1,
    t: true,
    none: null,
  });
  expect(params).toEqual(before);
});

test('$${ is a literal ${, and a value is never filled again', () => {
  expect(fill({ a: '$${client.limit}', b: '$$ $ { } ${client.limit} $${x', c: '$$${client.limit}' })).toEqual({
    a: '${client.limit}',
    b: '$$ $ { } 5 ${x',
    c: '$${client.limit}',
  });
  const nested = { x: '${client.limit}' };
  expect(fillPlaceholders({}, { a: 'see ${client.x}' }, nested, place)).toEqual({ a: 'see ${client.limit}' });
});

test('text without a placeholder stays as it is, whatever it is', () => {
  fc.assert(
    fc.property(fc.object({ maxDepth: 3 }), (params) => {
      fc.pre(!JSON.stringify(params).includes('${'));
      expect(fill(params)).toEqual(params);
    }),
  );
});

test('a plain value arrives as it is', () => {
  fc.assert(
    fc.property(hostileParameter, (value) => {
      const filled = fillPlaceholders({}, { a: '${client.x}', b: '<${client.x}>' }, { x: value }, place);
      expect(filled).toEqual({ a: value, b: `<${String(value)}>` });
    }),
  );
});

describe('the language is found', () => {
  const quoted = '"OPS \\"x\\""';
  test.each([
    ['in a property', { properties: { q: JQL } }, 'q'],
    ['in items', { properties: { q: { type: 'array', items: JQL } } }, ['q']],
    ['in a tuple', { properties: { q: { prefixItems: [JQL] } } }, ['q']],
    ['in a list that a URL gives as one value', { properties: { q: { type: 'array', items: JQL } } }, 'q'],
    ['in any other property', { additionalProperties: JQL }, 'q'],
    ['by a pattern', { patternProperties: { '^q': JQL } }, 'q'],
    ['in a branch', { properties: { q: { oneOf: [{ type: 'null' }, { allOf: [JQL] }] } } }, 'q'],
    ['in a condition', { if: { required: ['z'] }, else: { properties: { q: JQL } } }, 'q'],
    ['behind a reference', { $defs: { 'a/b': JQL }, properties: { q: { $ref: '#/$defs/a~1b' } } }, 'q'],
    ['in an object', { properties: { q: { properties: { inner: JQL } } } }, { inner: 'q' }],
  ])('%s', (_where, schema, shape) => {
    const put = (value: unknown, text: string): unknown =>
      value === 'q' ? text : Array.isArray(value) ? value.map((item) => put(item, text)) : { inner: text };
    expect(fill({ q: put(shape, '${client.project}') }, schema)).toEqual({ q: put(shape, quoted) });
  });

  test('and one that is not known, or more than one, takes no placeholder', async () => {
    for (const schema of [
      { properties: { q: { contentMediaType: 'application/sql' } } },
      { properties: { q: { anyOf: [JQL, { contentMediaType: 'application/x-url-path' }] } } },
    ]) {
      const problem = await refusal({ q: 'a = ${client.project}' }, schema);
      expect(problem.options.errors).toMatchObject([{ pointer: '/params/q' }]);
    }
    expect(fill({ q: 'a $${b}' }, { properties: { q: { contentMediaType: 'application/sql' } } })).toEqual({
      q: 'a ${b}',
    });
    expect(fill({ q: '<${client.limit}>' }, { properties: { q: { contentMediaType: 'text/plain' } } })).toEqual({
      q: '<5>',
    });
  });
});

test('every fault is named with its place and what to do', async () => {
  const problem = await refusal({ a: '${client.nothing}', 'b/c': ['x', '${client.toString}'], d: '${client.limit}' });
  expect(problem).toMatchObject({
    code: 'params_invalid',
    options: {
      instanceId: 'acme-jira',
      errors: [
        { pointer: '/params/a', message: expect.stringContaining('client.nothing') },
        { pointer: '/params/b~1c/1', message: expect.stringContaining('client.toString') },
      ],
    },
  });
  expect(problem.options.next).toContain('PATCH /api/clients/acme/parameters');
  const lonely = await refusal({ a: '${client.limit}' }, {}, null);
  expect(lonely.message).toContain('belongs to no client');
  expect(lonely.options.next).toContain('clientId');
});

test.each([
  '${user.name}',
  '${client}',
  '${client.}',
  '${client.a.b}',
  '${ client.limit }',
  '${}',
  '${',
  'a ${client.limit',
  '${client.${x}}',
])('%s is no placeholder', async (text) => {
  const problem = await refusal({ a: text });
  expect(problem.options.errors).toMatchObject([{ pointer: '/params/a' }]);
  expect(problem.options.next).toContain('$${');
});

test('params that are nested without end are refused', async () => {
  let deep: unknown = 'x';
  for (let n = 0; n < 100_000; n += 1) deep = [deep];
  expect((await refusal({ deep })).code).toBe('params_invalid');
});
