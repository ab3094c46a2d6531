// What plugin code tries to reach, and must not. Each attempt reports what it got; "refused" needs an error or nothing at all.
import { builtinModules } from 'node:module';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALLOWED_BUILTINS } from '../../sdk/src/runtime/builtins.ts';
import { buildTestPlugin, queryPlugin, type TestPlugin } from '../support/plugins.ts';
import { readRun, runQuery, testSandbox } from '../support/sandbox.ts';

/** Name of the attempt -> code of an async function; it returns what it reached, or throws, or returns undefined. */
const ATTEMPTS: Record<string, string> = {
  'read a file outside the bundle': `return (await load('node:fs')).readFileSync('/etc/hostname', 'utf8')`,
  'read its own bundle as a file': `return (await load('node:fs/promises')).readFile(new URL(import.meta.url))`,
  'import a file by path': `return load('/etc/hostname')`,
  'import a file by URL': `return load('file:///etc/hostname')`,
  'import what lies beside the bundle': `return load('./plugin.json')`,
  'import its own bundle again': `return load(import.meta.url)`,
  'import its own bundle under another query': `return load(import.meta.url.split('?')[0] + '?x')`,
  'import generated code': `return load('data:text/javascript,export default 1')`,
  'import from evaluated code': `return (0, eval)('import("node:fs")')`,
  'import from a constructed function': `return new Function('return import("node:fs")')()`,
  'import from an async constructed function': `return (async () => {}).constructor('return import("node:fs")')()`,
  'create a require function': `return (await load('node:module')).createRequire(import.meta.url)('node:fs')`,
  'find a require function': `return typeof require === 'undefined' ? undefined : require(['node', 'fs'].join(':'))`,
  'register module hooks': `return (await load('node:module')).registerHooks`,
  'open a socket': `return (await load('node:net')).connect(80, '127.0.0.1')`,
  'open an HTTP connection': `return (await load('node:http')).get('http://127.0.0.1:9')`,
  'open a WebSocket': `return new WebSocket('ws://127.0.0.1:9')`,
  'open an EventSource': `return new EventSource('http://127.0.0.1:9')`,
  'resolve a name': `return (await load('node:dns')).promises.lookup('localhost')`,
  'start a process': `return (await load('node:child_process')).execSync('id')`,
  'start a thread': `return new (await load('node:worker_threads')).Worker('1', { eval: true })`,
  'find its parent port': `return (await load('node:worker_threads')).parentPort`,
  'open an inspector': `return (await load('node:inspector')).open()`,
  'take a heap snapshot': `return (await load('node:v8')).getHeapSnapshot()`,
  'read through an open file descriptor': `return (await load('node:fs')).readSync(0, Buffer.alloc(1))`,
  'wrap an open file descriptor': `return (await load('node:tty')).ReadStream(0)`,
  'run WASI': `return (await load('node:wasi')).WASI`,
  'follow async resources': `return (await load('node:async_hooks')).executionAsyncResource()`,
  'watch diagnostics': `return (await load('node:diagnostics_channel')).subscribe`,
  'kill a process': `return process.kill(process.pid, 0)`,
  'abort the process': `return process.abort`,
  'load an addon': `return process.dlopen({ exports: {} }, '/nowhere.node')`,
  'get a builtin past the import': `return process.getBuiltinModule('node:fs')`,
  'get a binding': `return process.binding('fs')`,
  'get an internal binding': `return process._linkedBinding('fs')`,
  'change the user': `return process.setuid(0)`,
  'change the folder': `return process.chdir('/')`,
  'write a report': `return process.report.writeReport()`,
  'list active handles': `return process._getActiveHandles()`,
  'read the environment': `return Object.keys(process.env)[0]`,
  'read the arguments': `return process.argv[0] ?? process.execArgv[0]`,
  'read standard input': `return process.stdin`,
  'load an OpenSSL engine': `return (await load('node:crypto')).setEngine('x')`,
  'change FIPS mode of the process': `return (await load('node:crypto')).setFips(true)`,
  'talk to other threads': `return new BroadcastChannel('x')`,
  'take a lock that other threads see': `return navigator.locks.query()`,
  'use storage': `return localStorage`,
  'replace process': `globalThis.process = {}; return process.pid === undefined ? 'replaced' : undefined`,
  'catch the real process': `
    const { EventEmitter } = await load('node:events');
    let caught;
    EventEmitter.prototype.emit = function () { caught = this; };
    return caught ?? 'patched';`,
  'catch ports through MessagePort': `MessagePort.prototype.postMessage = function () {}; return 'patched'`,
  'catch ports through EventTarget': `EventTarget.prototype.dispatchEvent = function () {}; return 'patched'`,
  'catch values through Promise': `Promise.prototype.then = function () {}; return 'patched'`,
  'catch values through thenables': `Object.prototype.then = function () {}; return 'patched'`,
  'catch values through Map': `Map.prototype.get = function () {}; return 'patched'`,
  'catch values through arrays': `Array.prototype[Symbol.iterator] = function () {}; return 'patched'`,
  'catch values through JSON': `JSON.stringify = function () {}; return 'patched'`,
  'catch values through Function': `Function.prototype.call = function () {}; return 'patched'`,
  'catch bytes through typed arrays': `Object.getPrototypeOf(Uint8Array.prototype).set = function () {}; return 'patched'`,
  'pollute every object': `Object.prototype.polluted = 1; return 'polluted'`,
  'find callers through stack traces': `
    Error.prepareStackTrace = (_, sites) => sites.map((site) => site.getThis() ?? site.getFunction()).filter(Boolean);
    const found = new Error().stack;
    Error.prepareStackTrace = undefined;
    return Array.isArray(found) ? found[0] : undefined;`,
  'replace a part of the context': `ctx.fetch = 1; return ctx.fetch === 1 ? 'changed' : undefined`,
  'change the config': `ctx.config.baseUrl = 'x'; return ctx.config.baseUrl === 'x' ? 'changed' : undefined`,
};

const FORBIDDEN_BUILTINS = [...new Set(builtinModules.map((name) => name.replace(/^node:/, '')))].filter(
  (name) => !ALLOWED_BUILTINS.includes(name),
);

const BODY = `
  const load = (specifier) => import(specifier);
  const attempts = { ${Object.entries(ATTEMPTS)
    .map(([name, code]) => `${JSON.stringify(name)}: async () => { ${code} }`)
    .join(',\n')} };
  for (const name of ${JSON.stringify(FORBIDDEN_BUILTINS)}) attempts['builtin ' + name] = () => load(name.includes(':') ? name : 'node:' + name);
  for (const [name, attempt] of Object.entries(attempts)) {
    let outcome = 'refused';
    try {
      const got = await attempt();
      if (got !== undefined && got !== null) outcome = 'reached ' + typeof got;
    } catch (error) {
      if (!(error instanceof Error)) outcome = 'threw something odd';
    }
    yield { name, outcome };
  }`;

const KINDS = ['plugin', 'process'] as const;
type Kind = (typeof KINDS)[number];

let plugin: TestPlugin;
const outcomes: Record<Kind, Map<string, string>> = { plugin: new Map(), process: new Map() };

beforeAll(async () => {
  plugin = await buildTestPlugin(
    queryPlugin(BODY, { columns: `{ name: { type: 'string' }, outcome: { type: 'string' } }` }),
  );
  await using sandbox = testSandbox();
  for (const isolation of KINDS) {
    const run = await readRun(runQuery(sandbox, { ...plugin.version, isolation }, { deadline: 20_000 }));
    if (run.problem) throw run.problem;
    for (const line of run.text.trimEnd().split('\n')) {
      const { name, outcome }: { name: string; outcome: string } = JSON.parse(line);
      outcomes[isolation].set(name, outcome);
    }
  }
});
afterAll(() => plugin[Symbol.asyncDispose]());

describe.each(KINDS)('with isolation "%s"', (isolation) => {
  describe('a plugin cannot', () => {
    test.each(Object.keys(ATTEMPTS))('%s', (name) => {
      expect(outcomes[isolation].get(name)).toBe('refused');
    });
  });

  describe('a plugin cannot import', () => {
    test.each(FORBIDDEN_BUILTINS)('%s', (name) => {
      expect(outcomes[isolation].get(`builtin ${name}`)).toBe('refused');
    });
  });
});

test('a plugin can import what it is allowed to, with and without the node: prefix', async () => {
  await using allowed = await buildTestPlugin(
    queryPlugin(
      `for (const name of ${JSON.stringify(ALLOWED_BUILTINS)})
         for (const specifier of [name, 'node:' + name]) yield { n: Object.keys(await import(specifier)).length };`,
    ),
  );
  await using sandbox = testSandbox();
  const run = await readRun(runQuery(sandbox, allowed.version));
  expect(run.problem).toBeUndefined();
  expect(run.text).not.toContain('"n":0');
  expect(run.rows).toBe(ALLOWED_BUILTINS.length * 2);
});
