import { definePlugin, type Migration, migration, type ObjectSchemaDef, type Plugin } from '@jackfield/sdk';
import { assertMigrationsReverse } from '@jackfield/sdk/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { configsOf } from '../../sdk/src/testing/config-arbitrary.ts';

const v1 = {
  type: 'object',
  required: ['url', 'login'],
  properties: {
    url: { type: 'string', format: 'uri' },
    login: { type: 'string', pattern: '^[a-z]+:[a-z]+$', writeOnly: true },
    seconds: { type: 'integer', minimum: 1, maximum: 300, default: 30 },
    mode: { enum: ['fast', 'slow'] },
    tags: { type: 'array', items: { type: 'string' }, uniqueItems: true },
  },
} as const;
const v2 = {
  type: 'object',
  required: ['baseUrl', 'account', 'key'],
  properties: {
    baseUrl: { type: 'string', format: 'uri' },
    account: { type: 'string', writeOnly: true },
    key: { type: 'string', writeOnly: true },
    ms: { type: 'integer', minimum: 1000, default: 30_000 },
    mode: { enum: ['fast', 'slow'] },
    tags: { type: 'array', items: { type: 'string' }, uniqueItems: true },
  },
} as const;
const sound = migration({
  from: 1,
  to: 2,
  before: v1,
  after: v2,
  up: ({ url, login, seconds, ...rest }) => ({
    ...rest,
    baseUrl: url,
    account: login.before(':'),
    key: login.after(':'),
    ms: seconds * 1000,
  }),
  down: ({ baseUrl, account, key, ms, ...rest }) => ({
    ...rest,
    url: baseUrl,
    login: account.concat(':', key),
    seconds: ms / 1000,
  }),
});

function pluginOf(changes: Partial<Migration> = {}, config: ObjectSchemaDef = v2): Plugin {
  return definePlugin({
    ...{ name: 'x', displayName: 'X', config, configVersion: 2 },
    network: { baseUrl: null },
    migrations: [{ ...sound, ...changes }],
  });
}

test('a migration that takes back what it does passes, whatever the config', () => {
  expect(() => assertMigrationsReverse(pluginOf())).not.toThrow();
});

test.each<[string, Partial<Migration>, RegExp]>([
  ['loses a field', { up: ({ tags: _, ...config }) => sound.up(config) }, /gives back what was there/],
  ['rounds', { down: (config) => ({ ...sound.down(config), seconds: 60 }) }, /gives back what was there/],
  [
    'is not pure',
    { up: (config) => ({ ...sound.up(config), tags: [String(Math.random())] }) },
    /when it is asked again/,
  ],
  [
    'makes a config that does not fit',
    { up: (config) => ({ ...sound.up(config), ms: 0 }) },
    /what up from 1 to 2 gives does not fit its schema/,
  ],
  [
    'shows a secret',
    { up: (config) => ({ ...sound.up(config), mode: config['login'] }) },
    /does not keep the field mode secret/,
  ],
  [
    'cuts a secret where it need not be',
    { before: { ...v1, properties: { ...v1.properties, login: { type: 'string', writeOnly: true } } } },
    /is cut at ":"/,
  ],
  ['has no schemas', { before: undefined as never }, /migrations\[0\] has no schemas/],
  ['leads elsewhere', { after: v1 }, /migrations\[0\]\.after is not the plugin's config/],
])('a migration that %s fails', (_what, changes, message) => {
  expect(() => assertMigrationsReverse(pluginOf(changes))).toThrow(message);
});

test('configs that are made of a schema fit it, and use what it leaves open', () => {
  const schema = {
    type: 'object',
    required: ['kind', 'ports'],
    properties: {
      kind: { oneOf: [{ const: 'a' }, { type: 'integer', multipleOf: 5, exclusiveMinimum: 10 }] },
      ports: { type: 'array', minItems: 1, maxItems: 3, items: { type: 'integer', minimum: 1, maximum: 65_535 } },
      since: { type: ['string', 'null'], format: 'date' },
      labels: { type: 'object', additionalProperties: { type: 'string', maxLength: 3 } },
      tls: { type: 'object', required: ['verify'], properties: { verify: { type: 'boolean', default: true } } },
    },
  } as const;
  const seen = fc.sample(configsOf(schema), { numRuns: 200, seed: 1 });
  const kinds = new Set(seen.map(({ kind }) => typeof kind));
  expect([kinds.has('string'), kinds.has('number')]).toEqual([true, true]);
  for (const field of ['since', 'labels', 'tls']) {
    const having = seen.filter((config) => field in config).length;
    expect([having > 0, having < 200], field).toEqual([true, true]);
  }
  expect(seen.some(({ labels }) => Object.keys(labels ?? {}).length > 0)).toBe(true);
});
