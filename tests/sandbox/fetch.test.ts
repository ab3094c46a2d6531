// fetch inside a plugin behaves like the standard one, over the real gateway, so that libraries built on it work unchanged.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGateway, type Gateway } from '../../host/src/gateway/index.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { silentLog } from '../support/log.ts';
import type { Sandbox } from '../../host/src/sandbox/index.ts';
import { buildTestPlugin, queryPlugin, type TestPlugin } from '../support/plugins.ts';
import { readRun, runQuery, testSandbox } from '../support/sandbox.ts';

let hangUps = 0;
let flaky = 0;

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://vendor');
  switch (url.pathname) {
    case '/base/json':
      response.writeHead(200, 'Fine', { 'content-type': 'application/json', 'x-a': '1', 'set-cookie': ['a=1', 'b=2'] });
      return void response.end(JSON.stringify({ auth: request.headers.authorization ?? null, query: url.search }));
    case '/base/echo': {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () =>
        response.end(`${request.method} ${request.headers['content-type']} ${Buffer.concat(parts).toString()}`),
      );
      return;
    }
    case '/base/empty':
      return void response.writeHead(204).end();
    case '/base/teapot':
      return void response.writeHead(418).end('short and stout');
    case '/base/moved':
      return void response.writeHead(302, { location: '/base/json' }).end();
    case '/base/big':
      return void response.end('x'.repeat(1024 * 1024));
    case '/base/flaky':
      flaky += 1;
      return void response
        .writeHead(flaky % 3 === 0 ? 200 : 500, { 'content-type': 'application/json' })
        .end('{"ok":true}');
    case '/base/never':
      response.on('close', () => (hangUps += 1));
      return void response.writeHead(200).write('first');
    default:
      response.writeHead(404).end();
  }
}

/** Each must evaluate to true. */
const STANDARD: Record<string, string> = {
  'takes a path': `(await ctx.fetch('/json')).status === 200`,
  'takes an absolute URL, a URL object and a Request': `
    (await ctx.fetch(base + '/json')).ok && (await ctx.fetch(new URL(base + '/json'))).ok && (await ctx.fetch(new Request(base + '/json'))).ok`,
  'is the global fetch too': `(await fetch(base + '/json')).ok`,
  'gives a real Response': `(await ctx.fetch('/json')) instanceof Response`,
  'gives status, statusText and headers': `
    await ctx.fetch('/json').then((r) => r.status === 200 && r.statusText === 'Fine' && r.headers.get('x-a') === '1')`,
  'keeps cookies apart': `(await ctx.fetch('/json')).headers.getSetCookie().join() === 'a=1,b=2'`,
  'gives the final URL': `(await ctx.fetch('/json?q=1')).url === base + '/json?q=1'`,
  'resolves for an error status': `await ctx.fetch('/teapot').then(async (r) => r.status === 418 && !r.ok && (await r.text()) === 'short and stout')`,
  'adds the credentials where the plugin has none': `(await (await ctx.fetch('/json')).json()).auth === 'Bearer the-token'`,
  'reads text, JSON and bytes': `
    (await (await ctx.fetch('/teapot')).text()).length === 15 && (await (await ctx.fetch('/teapot')).arrayBuffer()).byteLength === 15 &&
    (await (await ctx.fetch('/teapot')).blob()).size === 15`,
  'sends text, JSON, forms and bytes': `
    (await (await ctx.fetch('/echo', { method: 'POST', body: 'hi' })).text()) === 'POST text/plain;charset=UTF-8 hi' &&
    (await (await ctx.fetch('/echo', { method: 'PUT', body: new URLSearchParams({ a: '1' }) })).text()).endsWith('charset=UTF-8 a=1') &&
    (await (await ctx.fetch('/echo', { method: 'PATCH', body: new Uint8Array([104, 105]) })).text()) === 'PATCH undefined hi'`,
  'sends a form with a file': `
    await (async () => {
      const form = new FormData();
      form.set('file', new File(['content'], 'a.txt', { type: 'text/plain' }));
      const text = await (await ctx.fetch('/echo', { method: 'POST', body: form })).text();
      if (!text.includes('content')) return text;
      return text.startsWith('POST multipart/form-data; boundary=') && text.includes('filename="a.txt"') && text.includes('content');
    })()`,
  'has no body for 204 and HEAD': `
    (await ctx.fetch('/empty')).body === null && (await ctx.fetch('/json', { method: 'HEAD' })).body === null`,
  'follows redirects': `await ctx.fetch('/moved').then((r) => r.redirected && r.url === base + '/json')`,
  'can leave redirects alone': `(await ctx.fetch('/moved', { redirect: 'manual' })).status === 302`,
  'can refuse redirects': `await ctx.fetch('/moved', { redirect: 'error' }).then(() => false, (e) => e instanceof TypeError)`,
  clones: `await ctx.fetch('/json').then(async (r) => { const c = r.clone(); return c.url === r.url && (await c.text()) === (await r.text()); })`,
  'streams the body': `
    await ctx.fetch('/big').then(async (r) => { let n = 0; for await (const part of r.body) n += part.byteLength; return n === 1048576; })`,
  'streams the body before it has ended': `
    await ctx.fetch('/never').then(async (r) => {
      const reader = r.body.getReader();
      const { value } = await reader.read();
      await reader.cancel();
      return new TextDecoder().decode(value) === 'first';
    })`,
  'aborts before the head': `
    await ctx.fetch('/json', { signal: AbortSignal.abort() }).then(() => false, (e) => e.name === 'AbortError')`,
  'aborts while the body is read': `
    await (async () => {
      const controller = new AbortController();
      const r = await ctx.fetch('/never', { signal: controller.signal });
      const text = r.text().then(() => false, (e) => e.name === 'AbortError');
      controller.abort();
      return text;
    })()`,
  'rejects with a TypeError whose cause has a code': `
    await ctx.fetch('https://elsewhere.example/').then(() => false, (e) => e instanceof TypeError && e.cause.code === 'egress_denied')`,
  'serves 40 calls awaited together before their bodies are read': `
    await Promise.all(Array.from({ length: 40 }, () => ctx.fetch('/big'))).then(async (all) => {
      let n = 0;
      for (const r of all) n += (await r.arrayBuffer()).byteLength;
      return n === 40 * 1048576;
    })`,
  'carries ky: JSON, search params, retries, hooks, errors and time-outs': `
    await (async () => {
      const seen = [];
      const api = ky.create({ prefix: base, retry: { limit: 3, backoffLimit: 10 }, hooks: { afterResponse: [({ response }) => { seen.push(response.status); }] } });
      const json = await api.get('json', { searchParams: { q: 'a b' } }).json();
      const retried = await api.get('flaky').json();
      const failed = await api.get('teapot').then(() => null, (e) => e.response.status);
      const late = await api.get('never', { timeout: 200, retry: 0 }).text().then(() => null, (e) => e.name);
      return json.query === '?q=a+b' && retried.ok === true && failed === 418 && /Timeout|Abort/.test(late) && seen.includes(500);
    })()`,
};

let server: ReturnType<typeof createServer>;
let gateway: Gateway;
let sandbox: Sandbox & AsyncDisposable;
let plugin: TestPlugin;
let base: string;

beforeAll(async () => {
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/base`;
  const cases = Object.entries(STANDARD).map(([name, code]) => `${JSON.stringify(name)}: async () => ${code}`);
  plugin = await buildTestPlugin(
    queryPlugin(
      `const base = ctx.config.baseUrl;
       const cases = { ${cases.join(',\n')} };
       const outcome = await cases[params.mode]().catch((e) => String(e) + ' ' + String(e?.cause));
       yield { outcome: String(outcome) };`,
      { top: `import ky from 'ky';`, columns: `{ outcome: { type: 'string' } }` },
    ),
  );
  gateway = createGateway({ limits: defaultLimits.gateway, log: silentLog });
  await gateway.start();
  sandbox = testSandbox();
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
  await gateway.stop();
  server.closeAllConnections();
  server.close();
  await plugin[Symbol.asyncDispose]();
});

const cases = Object.keys(STANDARD).flatMap((name) =>
  (['plugin', 'process'] as const).map((isolation) => ({ name, isolation })),
);

test.each(cases)('isolation "$isolation": fetch $name', async ({ name, isolation }) => {
  const connection = {
    instanceId: 'test',
    revision: 1,
    baseUrl: base,
    hosts: [],
    credentials: { type: 'bearer', token: 'the-token' } as const,
  };
  const run = await readRun(
    runQuery(
      sandbox,
      { ...plugin.version, isolation },
      {
        params: { mode: name },
        baseUrl: base,
        config: { baseUrl: base },
        deadline: 10_000,
        openGateway: () => gateway.openRun({ runId: 'run', plugin: 'desk' }, connection),
      },
    ),
  );
  expect(run.problem).toBeUndefined();
  expect(run.text).toBe('{"outcome":"true"}\n');
});

test('a body that is given up closes the connection to the vendor', async () => {
  await expect.poll(() => hangUps, { timeout: 5000 }).toBeGreaterThanOrEqual(6);
});
