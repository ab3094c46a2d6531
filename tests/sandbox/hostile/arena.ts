// A host with a plugin for each idea and a healthy one beside them, the things that are to be reached, and the judge of what came of it.
import { createServer } from 'node:http';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { foundIn, formsOf } from '../../support/canary.ts';
import type { TestDatabase } from '../../support/databases.ts';
import { startTestHost, type PluginFolder, type TestHost } from '../../support/host.ts';
import { until } from '../../support/until.ts';
import { json, startVendor, type Vendor } from '../../support/vendor.ts';
import type { Idea, World } from './idea.ts';

const CANARY = 'canary+Zx9/hostile=7c1e';
const FORMS = formsOf(CANARY);
const SECRET = 'what only the operator may read';
/** A run may write a thousand lines, and the host some about it. */
const MOST_LINES = 1100;
/** Quiet answers of the healthy plugin before each idea. */
const QUIET = 12;

export interface Entrant {
  readonly idea: Idea;
  readonly plugin: PluginFolder;
}

export interface Arena extends AsyncDisposable {
  readonly host: TestHost;
  /** What was not as it must be; empty when the wall held. `turns`: instances it is tried on. */
  attempt(entrant: Entrant, turns: number): Promise<string[]>;
  /** Milliseconds that the healthy plugin took for each answer, alone and beside ideas. */
  readonly quiet: readonly number[];
  readonly loud: readonly number[];
}

export async function openArena(
  place: TestDatabase,
  healthy: PluginFolder,
  entrants: readonly Entrant[],
): Promise<Arena> {
  await using stack = new AsyncDisposableStack();
  let connections = 0;
  const listener = createServer((_request, response) => void response.end('reached'));
  listener.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  stack.defer(() => void listener.close());
  const { port } = listener.address() as AddressInfo;
  const vendor = stack.use(await startHostileVendor());
  const plugins = [healthy, ...entrants.map(({ plugin }) => plugin)];
  const host = stack.use(await startTestHost(place, { plugins, limits: { threadMemoryMb: 64, threadAsked: 500 } }));
  const beside = join(place.dataFolder, 'beside');
  const world = await createWorld(place, beside, port);
  const { api } = host;
  const quiet: number[] = [];
  const loud: number[] = [];
  const create = async (id: string, plugin: string, config: object): Promise<void> => {
    const { status, body } = await api.call('POST', '/api/instances', { id, plugin, name: id, config });
    if (status !== 201) throw new Error(JSON.stringify(body));
  };
  await create('healthy', 'healthy', { baseUrl: vendor.url });

  let asked = 0;
  const askHealthy = async (times: number[]): Promise<string[]> => {
    const n = (asked += 1);
    const startedAt = performance.now();
    const { status, body } = await api.call('POST', '/api/instances/healthy/queries/q', { params: { n } });
    times.push(performance.now() - startedAt);
    const served = status === 200 && JSON.stringify(body['rows']) === JSON.stringify([{ n }]);
    return served ? [] : [`the healthy plugin was not served: ${status} ${JSON.stringify(body)}`];
  };
  for (let n = 0; n < QUIET; n += 1) {
    const [fault] = await askHealthy([]);
    if (fault !== undefined) throw new Error(fault);
  }

  /** What a query answers, and that the healthy plugin answers meanwhile. */
  const ask = async (id: string, query: string, faults: string[]): Promise<{ text: string; body: Result }> => {
    const ended = new AbortController();
    const text = api
      .send('POST', `/api/instances/${id}/queries/${query}`, {})
      .then((response) => response.text())
      .finally(() => ended.abort());
    do faults.push(...(await askHealthy(loud)));
    while (!ended.signal.aborted);
    return { text: await text, body: JSON.parse(await text) };
  };

  const turn = async (idea: Idea, plugin: string, id: string): Promise<string[]> => {
    const faults: string[] = [];
    await create(id, plugin, { baseUrl: vendor.url, world, token: CANARY });
    const { text, body } = await ask(id, 'q', faults);
    faults.push(...judge(idea, body), ...foundIn(text, FORMS).map((form) => `its answer has the credential: ${form}`));
    if (idea.later) {
      const { text: later, body: next } = await ask(id, 'later', faults);
      if (JSON.stringify(next.rows) !== '[{"n":7}]') faults.push(`the next run was not served: ${later}`);
    }
    const { logs } = idea;
    if (logs !== undefined) {
      const isLogged = async (): Promise<true | undefined> =>
        host.logs.some((line) => line.includes(logs) && line.includes(`"plugin":"${plugin}"`)) || undefined;
      await until(isLogged, 3000).catch(() => faults.push(`the log does not say "${logs}"`));
    }
    return faults;
  };

  let lastEnds: Idea['ends'] = 'refused';
  const all = stack.move();
  return {
    host,
    quiet,
    loud,
    async attempt({ idea, plugin }, turns) {
      const name = plugin.version.package.replace('plugin-', '');
      // What the one before it has left is no quiet.
      if (lastEnds === 'refused') for (let n = 0; n < QUIET; n += 1) await askHealthy(quiet);
      lastEnds = idea.ends;
      const lines = host.logs.length;
      const faults: string[] = [];
      for (let number = 0; number < turns; number += 1) {
        faults.push(...(await turn(idea, name, `${name}-${number}`)));
      }
      if (idea.ends !== 'refused') await untilIdle().catch(() => faults.push('it keeps a core busy'));
      const added = host.logs.slice(lines);
      // On a fast machine the healthy plugin is asked thousands of times meanwhile.
      const others = added.filter((line) => !line.includes('"plugin":"healthy"'));
      if (others.length > MOST_LINES * turns) faults.push(`${others.length} log lines`);
      faults.push(
        ...added.flatMap((line) => foundIn(line, FORMS)).map((form) => `the log has the credential: ${form}`),
      );
      if (connections > 0) faults.push(`${connections} connections to the listener`);
      connections = 0;
      const files = await readdir(beside);
      if (files.join() !== 'secret.json') faults.push(`files appeared: ${files.join()}`);
      if ((await readFile(world.secretFile, 'utf8')) !== JSON.stringify(SECRET)) faults.push('the file was changed');
      await layOut(beside, world.secretFile);
      if (Reflect.get({}, 'polluted') !== undefined) faults.push("the host's objects are polluted");
      return [...new Set(faults)];
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

interface Result {
  readonly code?: string;
  readonly detail?: string;
  readonly error?: { readonly code: string; readonly detail: string };
  readonly rows?: readonly Readonly<Record<string, unknown>>[];
}

function judge(idea: Idea, body: Result): string[] {
  const { code, detail = '' } = body.error ?? body;
  const ended = idea.ends === 'refused' ? (body.rows?.[0]?.['outcome'] ?? code) : (code ?? 'served');
  const faults: string[] = [];
  if (ended !== idea.ends) faults.push(`it ended as ${JSON.stringify(ended)}: ${detail}`);
  else if (idea.says !== undefined && !detail.includes(idea.says)) faults.push(`it says: ${detail}`);
  if (ended === 'served' && idea.rows !== undefined && JSON.stringify(body.rows) !== JSON.stringify(idea.rows))
    faults.push(`its rows are ${JSON.stringify(body.rows)}`);
  return faults;
}

/** Until no thread of the process loops any more, for a moment: of a core that many want a loop gets more than a third. */
async function untilIdle(): Promise<void> {
  let before = process.cpuUsage();
  let at = performance.now();
  await until(async () => {
    const used = process.cpuUsage(before);
    const elapsed = performance.now() - at;
    if (elapsed < 300) return undefined;
    before = process.cpuUsage();
    at = performance.now();
    return (used.user + used.system) / 1000 < elapsed / 5 || undefined;
  }, 20_000);
}

/** The folder beside the data as it must be. */
async function layOut(beside: string, secretFile: string): Promise<void> {
  await rm(beside, { recursive: true, force: true });
  await mkdir(beside);
  await writeFile(secretFile, JSON.stringify(SECRET));
}

async function createWorld({ dataFolder }: TestDatabase, beside: string, port: number): Promise<World> {
  const secretFile = join(beside, 'secret.json');
  await layOut(beside, secretFile);
  const bundles = join(dataFolder, 'bundles');
  const [otherBundle = ''] = await readdir(bundles);
  return {
    secretFile,
    masterKeyFile: join(dataFolder, 'master.key'),
    databaseFolder: join(dataFolder, 'database'),
    databaseModule: pathToFileURL(createRequire(import.meta.url).resolve('@electric-sql/pglite')).href,
    otherBundle: join(bundles, otherBundle, 'plugin.js'),
    listener: `http://127.0.0.1:${port}/`,
    listenerPort: port,
    canary: CANARY,
  };
}

function startHostileVendor(): Promise<Vendor> {
  return startVendor((request, response) => {
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
  });
}
