import {
  basic,
  bearer,
  change,
  columns,
  complete,
  type ContractEnding,
  type Cursor,
  definePlugin,
  forConfig,
  migration,
  oauth2,
  type Plugin,
  query,
  type RouteRequest,
  type SecretValue,
  stream,
  tlsConfig,
  upsert,
} from '@jackfield/sdk';
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

test('OAuth 2 and TLS name config fields only', () => {
  const fields = { tokenUrl: 'baseUrl', clientId: 'baseUrl', clientSecret: 'token' } as const;
  const ok = { name: 'x', displayName: 'X', config } as const;
  definePlugin({ ...ok, auth: [oauth2({ grant: 'client_credentials', ...fields })] });
  definePlugin({ ...ok, auth: [oauth2({ grant: 'refresh_token', ...fields, refreshToken: 'token' })] });
  // @ts-expect-error the grant needs its token
  oauth2({ grant: 'refresh_token', ...fields });
  // @ts-expect-error there is no field called refresh
  definePlugin({ ...ok, auth: [oauth2({ grant: 'refresh_token', ...fields, refreshToken: 'refresh' })] });
  // @ts-expect-error there is no field called tls
  definePlugin({ ...ok, network: { tls: 'tls' } });
  definePlugin({
    name: 'x',
    displayName: 'X',
    config: { ...config, properties: { ...config.properties, tls: tlsConfig } },
    network: { tls: 'tls' },
    async check(ctx) {
      expectTypeOf(ctx.config.tls?.fingerprint256).toEqualTypeOf<string | undefined>();
      return { message: 'ok' };
    },
  });
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

test('rows of a stream are typed from its columns, and its key and version are columns', () => {
  stream({
    title: 's',
    columns: { id: { type: 'integer' }, at: { type: 'datetime' } },
    primaryKey: ['id'],
    version: 'at',
    deletion: 'absence',
    every: '5m',
    async *read(_ctx, cursor) {
      expectTypeOf(cursor).toEqualTypeOf<Cursor>();
      yield upsert([{ id: 1, at: new Date() }]);
      yield complete();
    },
  });
  stream({
    title: 's',
    columns: { id: { type: 'integer' } },
    // @ts-expect-error there is no column called key
    primaryKey: ['key'],
    deletion: 'never',
    every: '5m',
    async *read() {},
  });
  stream({
    title: 's',
    columns: { id: { type: 'integer' } },
    primaryKey: ['id'],
    deletion: 'never',
    every: '5m',
    // @ts-expect-error id is a number
    async *read() {
      yield upsert([{ id: '1' }]);
    },
  });
});

test('streams, routes, jobs and dynamic queries see the config without its secrets', () => {
  const typed = forConfig(config);
  const plugin = definePlugin({
    name: 'x',
    displayName: 'X',
    config,
    queries: {
      any: typed.dynamicQuery({
        title: 'any',
        columns: 'dynamic',
        params: { type: 'object', required: ['path'], properties: { path: { type: 'string' } } },
        async *rows(ctx, params) {
          expectTypeOf(ctx.config.baseUrl).toEqualTypeOf<string>();
          expectTypeOf(params.path).toEqualTypeOf<string>();
          yield columns({ a: { type: 'string' } });
          yield [{ a: 1 }];
        },
      }),
    },
    streams: {
      items: typed.stream({
        title: 's',
        columns: { id: { type: 'integer' } },
        primaryKey: ['id'],
        deletion: 'never',
        every: '5m',
        async *read(ctx) {
          // @ts-expect-error secrets never reach a plugin
          ctx.config.token;
          yield complete();
        },
      }),
    },
    routes: {
      hook: typed.route({
        title: 'r',
        method: 'POST',
        path: '/hook',
        verify: [{ type: 'secret', in: 'header', name: 'x-secret', secret: 'token' }],
        streams: ['items'],
        async handle(ctx, request) {
          expectTypeOf(ctx.config.projects).toEqualTypeOf<string[] | undefined>();
          expectTypeOf(request).toEqualTypeOf<RouteRequest>();
          return { changes: [change('items', upsert([{ id: 1 }]))] };
        },
      }),
    },
    jobs: {
      remind: typed.job({
        title: 'j',
        trigger: 'contractEnding',
        daysBefore: [1],
        async run(_ctx, event) {
          expectTypeOf(event).toEqualTypeOf<ContractEnding>();
          return { reference: 'a', created: false };
        },
      }),
    },
  });
  expectTypeOf(plugin).toEqualTypeOf<Plugin>();
});

test('a migration is typed from the schemas on both sides, and moves secrets without their values', () => {
  const before = {
    type: 'object',
    required: ['url', 'login'],
    properties: {
      url: { type: 'string' },
      login: { type: 'string', writeOnly: true },
      days: { type: 'integer', default: 7 },
    },
  } as const;
  migration({
    from: 1,
    to: 2,
    before,
    after: config,
    up({ url, login, days }) {
      expectTypeOf(url).toEqualTypeOf<string>();
      expectTypeOf(login).toEqualTypeOf<SecretValue>();
      expectTypeOf(days).toEqualTypeOf<number>();
      return { baseUrl: url, token: login.after(':') };
    },
    down: ({ baseUrl, token }) => ({ url: baseUrl, login: token }),
  });
  migration({
    from: 1,
    to: 2,
    before,
    after: config,
    // @ts-expect-error a secret cannot be shown
    up: ({ login }) => ({ baseUrl: login, token: login }),
    // @ts-expect-error the url is missing
    down: ({ token }) => ({ login: token }),
  });
  definePlugin({
    ...{ name: 'x', displayName: 'X', config, configVersion: 2 },
    migrations: [{ from: 1, to: 2, up: ({ url, ...rest }) => ({ ...rest, baseUrl: url }), down: (config) => config }],
  });
});
