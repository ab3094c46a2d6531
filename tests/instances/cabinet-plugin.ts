// "cabinet": a plugin in three releases whose config has changed its shape twice, and releases whose migrations are wrong.
import { buildTestPlugin, type TestPlugin } from '../support/plugins.ts';

const CONFIGS = [
  `{
    type: 'object', required: ['url', 'login'], additionalProperties: false,
    properties: {
      url: { type: 'string' }, login: { type: 'string', writeOnly: true }, hookSecret: { type: 'string', writeOnly: true },
      timeoutSeconds: { type: 'integer', default: 30 }, labels: { type: 'object', additionalProperties: { type: 'string' } },
    },
  }`,
  `{
    type: 'object', required: ['baseUrl', 'account', 'key'], additionalProperties: false,
    properties: {
      baseUrl: { type: 'string' }, account: { type: 'string', writeOnly: true }, key: { type: 'string', minLength: 4, writeOnly: true },
      hookSecret: { type: 'string', writeOnly: true },
      timeoutSeconds: { type: 'integer', default: 30 }, labels: { type: 'object', additionalProperties: { type: 'string' } },
    },
  }`,
  `{
    type: 'object', required: ['baseUrl', 'account', 'key'], additionalProperties: false,
    properties: {
      baseUrl: { type: 'string' }, account: { type: 'string', writeOnly: true }, key: { type: 'string', minLength: 4, writeOnly: true },
      webhook: { type: 'string', writeOnly: true },
      timeoutMs: { type: 'integer', default: 30000 }, labels: { type: 'object', additionalProperties: { type: 'string' } },
    },
  }`,
] as const;

const SPLIT = `{
  from: 1, to: 2,
  up: ({ url, login, ...rest }) => ({ ...rest, baseUrl: url, account: login.before(':'), key: login.after(':') }),
  down: ({ baseUrl, account, key, ...rest }) => ({ ...rest, url: baseUrl, login: account.concat(':', key) }),
}`;
const RENAME = `{
  from: 2, to: 3,
  up: ({ timeoutSeconds, hookSecret, ...rest }) => ({ ...rest, webhook: hookSecret, timeoutMs: timeoutSeconds * 1000 }),
  down: ({ timeoutMs, webhook, ...rest }) => ({ ...rest, hookSecret: webhook, timeoutSeconds: timeoutMs / 1000 }),
}`;

/** Release `version`.0.0 with the config of that version, and the migrations to it. */
export function buildCabinet(version: 1 | 2 | 3): Promise<TestPlugin> {
  const migrations = [SPLIT, RENAME].slice(0, version - 1);
  return build(version, CONFIGS[version - 1] ?? '', migrations, version);
}

const MADE = 'baseUrl: config.url, account: config.login, key: config.login';

/** What `up` of the wrong release gives, by the label `way` of the config. */
export const WAYS = {
  moves: `({ ${MADE} })`,
  tells: `fail(JSON.stringify(Object.entries(config.login).map(String)) + Object.keys(config.login))`,
  spells: '({ ...config, baseUrl: config.url + `?${config.login}` })',
  nests: `({ ${MADE}, labels: { all: config.login } })`,
  shows: `({ ${MADE}, baseUrl: config.login })`,
  carries: `({ ${MADE}, baseUrl: 'https://elsewhere.example' })`,
  resembles: `({ ${MADE}, baseUrl: 'https://acme.example.evil.example' })`,
  throws: 'config.labels.some.thing',
  mutates: 'Object.assign(config, { a: 1 })',
  promises: 'Promise.resolve(config)',
  nothing: 'undefined',
  endless: '(() => { for (;;); })()',
  exits: 'process.exit(1)',
  invalid: `({ ${MADE}, timeoutSeconds: '5' })`,
  big: `({ ${MADE}, labels: { a: 1n } })`,
  prototype: `({ ${MADE}, labels: JSON.parse('{"__proto__":{"polluted":"yes"}}') })`,
} as const;
export type Way = keyof typeof WAYS;

/** Release 2.0.1, whose `up` is wrong in the way that the config names. */
export function buildWrong(): Promise<TestPlugin> {
  const ways = Object.entries(WAYS).map(([way, result]) => `${way}: (config: any): any => ${result}`);
  const top = `const ways: any = { ${ways.join(',\n')} }; const fail = (message: string) => { throw new Error(message); };`;
  const step =
    '{ from: 1, to: 2, up: (config: any) => ways[config.labels.way](config), down: (config: any) => config }';
  return build(2, CONFIGS[1], [step], 2, '2.0.1', top);
}

/** Release 1.1.0: another config without another version of it. */
export function buildStricter(): Promise<TestPlugin> {
  return build(1, CONFIGS[0].replace("required: ['url',", "required: ['url', 'labels',"), [], 1, '1.1.0');
}

function build(
  shape: number,
  config: string,
  migrations: readonly string[],
  configVersion: number,
  version = `${configVersion}.0.0`,
  top = '',
): Promise<TestPlugin> {
  const source = `
    import { bearer, definePlugin } from '@jackfield/sdk';
    ${top}
    const migrations: any = [${migrations.join(',')}];
    export default definePlugin({
      name: 'cabinet', displayName: 'Cabinet', config: ${config}, configVersion: ${configVersion}, migrations,
      auth: [bearer({ token: '${shape === 1 ? 'login' : 'key'}' })],
      network: { baseUrl: '${shape === 1 ? 'url' : 'baseUrl'}' },
    });`;
  return buildTestPlugin(source, { name: 'cabinet', version });
}
