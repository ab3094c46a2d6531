// Every idea of tests/sandbox/hostile as a plugin of its own, all of them on one host, beside a healthy plugin that must not notice.
import { createServer } from 'node:http';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { embedded, type TestDatabase } from '../support/databases.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import { buildTestPlugin, queryPlugin, type TestPlugin } from '../support/plugins.ts';
import { json, startVendor, type Vendor } from '../support/vendor.ts';
import { buildIdea, IDEAS, type World } from './hostile/index.ts';

const FULL = process.env['JACKFIELD_TEST_SCALE'] === 'full';
const SEED = Number(process.env['SEED'] ?? Math.floor(Date.now() / 1000) % 100_000);
/** A day has other ones; all of them run in full. */
const SAMPLE = 24;
const CANARY = 'canary+Zx9/hostile=7c1e';
const SECRET = 'what only the operator may read';

const stack = new AsyncDisposableStack();
const chosen = FULL ? IDEAS : sample();
let host: TestHost;
let place: TestDatabase;
let vendor: Vendor;
let connections = 0;
let answers = 0;
let world: World & { readonly canary: string };

/** The same for a seed. */
function sample(): readonly (typeof IDEAS)[number][] {
  process.stdout.write(`SEED=${SEED}\n`);
  const place = (tries: string): number => {
    let hash = SEED;
    for (const character of tries) hash = (Math.imul(hash ^ character.charCodeAt(0), 0x01000193) + 0x9e3779b9) >>> 0;
    return hash;
  };
  return IDEAS.toSorted((a, b) => place(a.tries) - place(b.tries)).slice(0, SAMPLE);
}

beforeAll(async () => {
  place = stack.use(await embedded.open());
  const listener = createServer((_request, response) => void response.end('reached'));
  listener.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  stack.defer(() => void listener.close());
  const { port } = listener.address() as { port: number };
  vendor = stack.use(
    await startVendor((request, response) => {
      const url = new URL(request.url ?? '/', 'http://x');
      if (url.pathname.endsWith('/echo')) return json({ headers: request.headers })(request, response);
      if (url.pathname.endsWith('/redirect')) {
        response.writeHead(302, { location: url.searchParams.get('to') ?? '' }).end();
        return;
      }
      if (!url.pathname.endsWith('/endless')) return json({ ok: true })(request, response);
      const more = (): void => {
        while (response.write('x'.repeat(65_536)));
        response.once('drain', more);
      };
      more();
    }),
  );

  const healthy = stack.use(await buildTestPlugin(queryPlugin('yield { n: params.n };', { name: 'healthy' })));
  const plugins: TestPlugin[] = [healthy];
  for (const [index, idea] of chosen.entries()) plugins.push(stack.use(await buildIdea(idea, `hostile-${index}`)));
  host = stack.use(await startTestHost(place, { plugins, limits: { threadMemoryMb: 64 } }));

  const bundles = join(place.dataFolder, 'bundles');
  const [otherBundle = ''] = await readdir(bundles);
  const secrets = join(place.dataFolder, 'beside');
  await mkdir(secrets);
  await writeFile(join(secrets, 'secret.json'), JSON.stringify(SECRET));
  world = {
    secretFile: join(secrets, 'secret.json'),
    masterKeyFile: join(place.dataFolder, 'master.key'),
    databaseFolder: join(place.dataFolder, 'database'),
    otherBundle: join(bundles, otherBundle),
    listener: `http://127.0.0.1:${port}/`,
    listenerPort: port,
    canary: CANARY,
  };
  await create('healthy', 'healthy', { baseUrl: vendor.url });
}, 240_000);
afterAll(() => stack.disposeAsync());

async function create(id: string, plugin: string, config: object): Promise<void> {
  const { status, body } = await host.api.call('POST', '/api/instances', { id, plugin, name: id, config });
  expect(status, JSON.stringify(body)).toBe(201);
}

/** What its query answers, and that the healthy plugin answers meanwhile. */
async function ask(id: string): Promise<{ text: string; code: string | undefined; rows: Record<string, unknown>[] }> {
  const asking = host.api.send('POST', `/api/instances/${id}/queries/q`, {});
  const ended = new AbortController();
  const text = asking.then((response) => response.text()).finally(() => ended.abort());
  do {
    const { status, body } = await host.api.call('POST', '/api/instances/healthy/queries/q', {
      params: { n: answers },
    });
    expect({ status, rows: body['rows'] }).toEqual({ status: 200, rows: [{ n: answers }] });
    answers += 1;
  } while (!ended.signal.aborted);
  const body = JSON.parse(await text);
  return { text: await text, code: (body.error ?? body).code, rows: body.rows ?? [] };
}

test.each(chosen.map((idea, index) => ({ ...idea, index })))(
  'a plugin that $tries: $ends',
  { timeout: 60_000 },
  async ({ ends, index }) => {
    for (const turn of ends === 'refused' ? ['first', 'second'] : ['only']) {
      const id = `h-${index}-${turn}`;
      await create(id, `hostile-${index}`, { baseUrl: vendor.url, world, token: CANARY });
      const { text, code, rows } = await ask(id);
      const outcome = ends === 'refused' ? rows[0]?.['outcome'] : (code ?? 'served');
      expect(outcome, text).toBe(ends);
      expect(leaks(text)).toEqual([]);
    }
  },
);

test('none of them reached the listener, a file or a log', async () => {
  expect(connections).toBe(0);
  expect(await readdir(join(place.dataFolder, 'beside'))).toEqual(['secret.json']);
  expect(JSON.parse(await readFile(world.secretFile, 'utf8'))).toBe(SECRET);
  expect(host.logs.flatMap((line) => leaks(line))).toEqual([]);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
  expect(answers).toBeGreaterThan(chosen.length);
  process.stdout.write(
    `${chosen.length} of ${IDEAS.length} ideas, the healthy plugin answered ${answers} of ${answers}\n`,
  );
});

/** Encodings of the canary that are in a text. */
function leaks(text: string): string[] {
  const bytes = Buffer.from(CANARY);
  const encodings = {
    plain: CANARY,
    json: JSON.stringify(CANARY).slice(1, -1),
    base64: bytes.toString('base64').replace(/=+$/, ''),
    // As the end of `user:<canary>`.
    basic: Buffer.from(`user:${CANARY}`).toString('base64').slice(8, -4),
    hex: bytes.toString('hex'),
    url: encodeURIComponent(CANARY),
  };
  // The config of the plugin names the canary, so that it can look for it; an answer with the whole config would too.
  return Object.entries(encodings).flatMap(([name, encoded]) => (text.includes(encoded) ? [name] : []));
}
