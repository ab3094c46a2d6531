// Both APIs at once: whatever is written through them, in whatever order, two at a time, and whatever the host is killed in, the two shapes
// say the same afterwards. What is refused is refused as the client's fault, and nothing of it is kept.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import type { Api } from '../support/host.ts';
import { startHostProcess, type HostProcess } from '../support/host-process.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { FULL, SEED } from '../support/random.ts';
import { buildRelay } from './support/relay-plugin.ts';
import { STEPS } from './support/relay.ts';

const RUNS = FULL ? 25 : 1;
const OPERATIONS = FULL ? 400 : 50;
const HOME = 'http://127.0.0.1:9';

const name = fc.constantFrom('Berlin', 'Bern', 'Bonn', 'Basel');
const signIn = fc.constantFrom<object>(
  { auth_config: { username: 'ada', password: 'first-password' } },
  { auth_config: { token: 'a-token' } },
  { auth_config: { customHeaders: { Authorization: 'Bearer of-a-header' } } },
  { auth_config: { username: 'bob', password: '********' } },
  { auth_config: { token: '********' } },
  { auth_config: null },
  {},
);
const settings = fc.constantFrom<object>(
  { connection_config: { pageSize: 7, colour: 'red' } },
  { connection_config: { pageSize: 0 } },
  { connection_config: { projects: ['A', 'B'], tls: { verify: false } } },
  { connection_config: { hookSecret: '********' } },
  { connection_config: null },
  {},
);
const config = fc.constantFrom<Record<string, unknown>>(
  { token: 'another-token' },
  { login: 'eve', password: 'second-password' },
  { login: null, password: null },
  { token: null },
  { pageSize: 9, projects: ['C'] },
  { projects: null, tls: { verify: false } },
  { hookSecret: 'a-hook-secret', tls: null },
  { baseUrl: `${HOME}/moved/` },
  {},
);
const address = fc.constantFrom<object>({ base_url: HOME }, { base_url: `${HOME}/moved` }, { base_url: null }, {});
const isActive = fc.constantFrom<object>({ is_active: false }, { is_active: true }, {}, {});
const whole = fc.tuple(address, signIn, settings, isActive).map((parts) => Object.assign({}, ...parts) as object);
const metadata = fc.constantFrom<object>(
  { external_identifier: 'A', metadata: { board: { id: 1 }, labels: ['a'] } },
  { external_identifier: 'B', metadata: { key: 'K' } },
  { external_identifier: null, external_name: 'Name', metadata: { board: { id: 2 } } },
  { metadata: null, is_active: true },
  { is_active: false },
);
const parameters = fc.constantFrom<object>(
  { relayIdentifier: 'C', relayBoardId: 3, mood: 'good' },
  { relayIdentifier: null, relayKey: 5 },
  { relayBoardId: null, relayLabels: 'x,y' },
  { relayExternalName: 'N', relayIdentifier: ' d ' },
);
const template = fc.constantFrom<object>(
  { display_config: { query_id: 'whoami' }, parameters: { n: 2 }, widget_type: 'table' },
  { query: '/me?x=1', display_config: null },
  { query: '/things', method: 'DELETE', display_config: null },
  { refresh_interval: 30 },
);
const widget = fc.constantFrom<object>(
  { query: 'whoami', kind: 'stat', params: { n: 3 }, instances: 'all' },
  { query: 'whoami', kind: 'table', refreshMs: 60_000, instances: 'all' },
  { query: 'path', kind: 'table', params: { path: '/me?x=9' }, instances: 'all' },
);
const nth = fc.nat({ max: 30 });
const client = fc.constantFrom('acme', 'globex');

/** `{nth}` is one of the ids that the list has. */
type Operation = readonly [method: string, path: string, body?: unknown, nth?: number];

const write = fc.oneof(
  fc
    .tuple(name, whole)
    .map(([n, w]): Operation => ['POST', '/api/external-systems', { system_name: 'relay', display_name: n, ...w }]),
  fc
    .tuple(nth, name, whole)
    .map(([at, n, w]): Operation => ['PUT', '/api/external-systems/', { display_name: n, ...w }, at]),
  fc
    .tuple(nth, name, whole)
    .map(([at, n, w]): Operation => ['POST', '/api/external-system-instances', { instance_name: n, ...w }, at]),
  fc
    .tuple(nth, name, whole)
    .map(([at, n, w]): Operation => ['PUT', '/api/external-system-instances/', { instance_name: n, ...w }, at]),
  fc.tuple(nth, whole).map(([at, w]): Operation => ['PUT', '/api/external-system-instances/', w, at]),
  fc
    .tuple(name, config)
    .map(([n, c]): Operation => [
      'POST',
      '/api/instances',
      { plugin: 'relay', name: n, config: { baseUrl: HOME, ...c } },
    ]),
  fc.tuple(nth, name, config).map(([at, n, c]): Operation => ['PATCH', '/api/instances/', { name: n, config: c }, at]),
  fc.tuple(nth, fc.boolean()).map(([at, enabled]): Operation => ['PATCH', '/api/instances/', { enabled }, at]),
  fc
    .tuple(client, metadata)
    .map(([id, m]): Operation => ['POST', `/api/clients/${id}/external-mappings`, { system_name: 'relay', ...m }]),
  fc.tuple(nth, metadata).map(([at, m]): Operation => ['PUT', '/api/external-mappings/', m, at]),
  fc.tuple(client, parameters).map(([id, p]): Operation => ['PATCH', `/api/clients/${id}/parameters`, p]),
  fc
    .tuple(nth, name, template)
    .map(([at, n, t]): Operation => ['POST', '/api/external-widget-templates', { name: n, ...t }, at]),
  fc
    .tuple(nth, name, template)
    .map(([at, n, t]): Operation => ['PUT', '/api/external-widget-templates/', { name: n, ...t }, at]),
  fc
    .tuple(nth, name, nth)
    .map(([at, title, n]): Operation => ['PATCH', '/api/widgets/', { title, refreshMs: 1000 * (n + 1) + 500 }, at]),
  fc.tuple(name, widget).map(([title, w]): Operation => ['POST', '/api/widgets', { plugin: 'relay', title, ...w }]),
  fc
    .tuple(
      nth,
      fc.constantFrom(
        '/api/external-systems/',
        '/api/external-system-instances/',
        '/api/instances/',
        '/api/external-mappings/',
        '/api/external-widget-templates/',
        '/api/widgets/',
      ),
    )
    .map(([at, path]): Operation => ['DELETE', path, undefined, at]),
);
/** Two at the same time, one of which the host may die in. */
const step = fc.record({
  pair: fc.tuple(write, write),
  kill: fc.constantFrom(...Array<boolean>(FULL ? 199 : 24).fill(false), true),
});

interface Known {
  readonly systems: readonly number[];
  readonly ids: ReadonlyMap<string, readonly (string | number)[]>;
}

/** Of what the operations are about. */
async function look(api: Api, operations: readonly Operation[]): Promise<Known> {
  const ids = new Map<string, readonly (string | number)[]>();
  const list = async (path: string): Promise<void> => {
    if (ids.has(path)) return;
    const name = path.split('/')[2] ?? '';
    const { body } = await api.call<{ id: number }[] & Record<string, { id: string }[]>>('GET', path.slice(0, -1));
    const rows: readonly { id: string | number }[] = Array.isArray(body) ? body : (body[name] ?? []);
    ids.set(
      path,
      rows.map(({ id }) => id),
    );
  };
  for (const [, path] of operations) {
    if (path.endsWith('/')) await list(path);
    if (OF_A_SYSTEM.test(path)) await list('/api/external-systems/');
  }
  return { systems: (ids.get('/api/external-systems/') ?? []) as number[], ids };
}

const OF_A_SYSTEM = /external-(system-instances|widget-templates)$/;

/** Undefined: there is nothing that it could be about. */
function requestOf([method, path, body, at = 0]: Operation, { systems, ids }: Known): Operation | undefined {
  const known = ids.get(path);
  if (known !== undefined) {
    const id = known[at % known.length];
    return id === undefined ? undefined : [method, `${path}${id}`, body];
  }
  if (!OF_A_SYSTEM.test(path)) return [method, path, body];
  const system_id = systems[at % systems.length];
  return system_id === undefined ? undefined : [method, path, { system_id, ...(body as object) }];
}

/** @throws with what was sent last. */
async function assertSame(api: Api, sent: readonly Operation[]): Promise<void> {
  const { body } = await api.call<{ plugins: { differences: object[] }[] }>('GET', '/api/legacy/parity?plugin=relay');
  expect(body.plugins[0]?.differences, `after ${JSON.stringify(sent)}`).toEqual([]);
}

/** A machine that is too busy to load a plugin within its time is none of this. */
async function startWith(place: TestDatabase, plugin: TestPlugin): Promise<HostProcess> {
  for (;;) {
    const running = await startHostProcess(place, { plugins: [plugin] });
    const { body } = await running.api.call<{ plugins: { state: string }[] }>('GET', '/api/plugins');
    if (body.plugins.every(({ state }) => state === 'active')) return running;
    await running[Symbol.asyncDispose]();
  }
}

describe.each(oneOf)('on $name', (database) => {
  test(
    `after ${RUNS * OPERATIONS} operations through both APIs at once, and deaths in the middle of them, there is no difference (seed ${SEED})`,
    {
      timeout: FULL ? 3_600_000 : 240_000,
    },
    async () => {
      await using plugin = await buildRelay();
      let [killed, done, refused] = [0, 0, 0];
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: OPERATIONS / 2, maxLength: OPERATIONS / 2 }), async (steps) => {
          await using place = await database.open();
          const start = (): Promise<HostProcess> => startWith(place, plugin);
          let running = await start();
          try {
            for (const id of ['acme', 'globex']) await running.api.call('POST', '/api/clients', { id, name: id });
            await running.api.call('PUT', '/api/legacy/modes/relay', STEPS.dual);
            for (const known of ['One', 'Two'])
              await running.api.call('POST', '/api/instances', {
                plugin: 'relay',
                name: known,
                config: { baseUrl: HOME },
              });
            for (const [index, { pair, kill }] of steps.entries()) {
              const known = await look(running.api, pair);
              const sent = pair.map((operation) => requestOf(operation, known)).filter((one) => one !== undefined);
              const dies = kill || index === Math.floor(steps.length / 2);
              const answers = sent.map(async ([method, path, body]) => {
                const { status, body: answer } = await running.api.call(method, path, body);
                if (status >= 500)
                  throw new Error(`${method} ${path} ${JSON.stringify(body)}: ${JSON.stringify(answer)}`);
                if (status < 300) done += 1;
                else refused += 1;
              });
              if (!dies) await Promise.all(answers);
              else {
                const [first] = answers;
                // The other one is under way.
                await first;
                running.child.kill('SIGKILL');
                await Promise.allSettled(answers);
                await running.exited;
                killed += 1;
                running = await start();
              }
              if (dies || index % 25 === 24 || index === steps.length - 1) await assertSame(running.api, sent);
            }
          } finally {
            await running[Symbol.asyncDispose]();
          }
        }),
        { numRuns: RUNS, seed: SEED, endOnFailure: true },
      );
      expect(killed).toBeGreaterThanOrEqual(RUNS);
      // Most of them do something.
      expect(done).toBeGreaterThan(refused);
      process.stdout.write(`legacy model: ${done} done, ${refused} refused, ${killed} deaths\n`);
    },
  );
});
