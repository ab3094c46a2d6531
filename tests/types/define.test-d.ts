import { basic, bearer, definePlugin, forConfig, query, type Plugin } from '@jackfield/sdk';
import { expectTypeOf, test } from 'vitest';

const config = {
  type: 'object',
  required: ['baseUrl', 'token'],
  properties: {
    baseUrl: { type: 'string', format: 'uri' },
    token: { type: 'string', writeOnly: true },
    projects: { type: 'array', items: { type: 'string' } },
  },
} as const;

test('params are typed from their schema, defaults are never undefined', () => {
  query({
    title: 'q',
    params: {
      type: 'object',
      additionalProperties: false,
      required: ['vdom'],
      properties: { vdom: { type: 'string' }, days: { type: 'integer', default: 30 }, state: { enum: ['up', 'down'] } },
    },
    columns: { name: { type: 'string' } },
    async *rows(_ctx, params) {
      expectTypeOf(params.vdom).toEqualTypeOf<string>();
      expectTypeOf(params.days).toEqualTypeOf<number>();
      expectTypeOf(params.state).toEqualTypeOf<'up' | 'down' | undefined>();
      // @ts-expect-error no such param
      params.nope;
      yield { name: 'a' };
    },
  });
});

test('rows are typed from their columns', () => {
  query({
    title: 'q',
    columns: { name: { type: 'string' }, count: { type: 'integer' }, at: { type: 'datetime' } },
    async *rows() {
      yield { name: 'a', count: 1, at: new Date() };
      yield [{ name: null }, {}];
    },
  });
  query({
    title: 'q',
    columns: { count: { type: 'integer' } },
    // @ts-expect-error count is a number
    async *rows() {
      yield { count: '1' };
    },
  });
});

test('config is typed from its schema and has no secrets', () => {
  const { query: typed } = forConfig(config);
  const plugin = definePlugin({
    name: 'x',
    displayName: 'X',
    config,
    auth: [bearer({ token: 'token' })],
    async check(ctx) {
      expectTypeOf(ctx.config.baseUrl).toEqualTypeOf<string>();
      expectTypeOf(ctx.config.projects).toEqualTypeOf<string[] | undefined>();
      // @ts-expect-error secrets never reach a plugin
      ctx.config.token;
      return { message: 'ok' };
    },
    queries: {
      a: typed({
        title: 'a',
        columns: { n: { type: 'integer' } },
        async *rows(ctx) {
          expectTypeOf(ctx.config.baseUrl).toEqualTypeOf<string>();
          yield { n: 1 };
        },
      }),
      b: query({ title: 'b', columns: { n: { type: 'integer' } }, async *rows() {} }),
    },
  });
  expectTypeOf(plugin).toEqualTypeOf<Plugin>();
});

test('auth names config fields only', () => {
  definePlugin({
    name: 'x',
    displayName: 'X',
    config,
    // @ts-expect-error there is no field called user
    auth: [basic({ username: 'user', password: 'token' })],
  });
});
