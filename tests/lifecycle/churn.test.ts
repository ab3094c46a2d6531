// Upgrades and rollbacks back and forth, the config's shape with them, while people ask, vendors deliver and streams are read.
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import type { RunView } from '../../host/src/sync/index.ts';
import { oneOf } from '../support/databases.ts';
import { type Api, quietLimits, startTestHost } from '../support/host.ts';
import { FULL } from '../support/random.ts';
import { until } from '../support/until.ts';
import { rested, startWeighedHost } from './footprint.ts';
import { buildRelease, carryOut, upload } from './releases.ts';

const FLIPS = FULL ? 1000 : 2;
/** Before the first weighing: after 100 a host on the embedded database still grew, from 254 to 277 MB by 200; then 282 and 277. */
const WARM = FULL ? 300 : 2;
/** Of a host with a process of its own: in the process of the tests it would be theirs too. */
const GROWTH = 1.05;
const INSTANCES = ['north', 'south'];

interface CursorPage {
  readonly cursors: readonly { readonly cursor: number }[];
}

/** How many rows of the stream an instance has. */
async function storedOf(api: Api, instance: string): Promise<number> {
  const view = { stream: 'items', measures: [{ name: 'rows', fn: 'count' }] };
  const { status, body } = await api.call<{ rows: { rows: number }[] }>('POST', '/api/widgets/preview', {
    plugin: 'shift',
    view,
    instances: [instance],
  });
  expect(status).toBe(200);
  return body.rows[0]?.rows ?? 0;
}

/** How often the stream was read: that is its cursor. */
async function readsOf(api: Api, instance: string): Promise<number> {
  const path = `/api/instances/${instance}/sync-jobs/items/cursors?limit=1`;
  return (await api.call<CursorPage>('GET', path)).body.cursors[0]?.cursor ?? 0;
}

let deliveries = 0;

/** Asks in a loop of its own until it is told to stop. What goes wrong is in `failures`. */
function load(api: Api) {
  const failures: string[] = [];
  const asked = { queries: 0, fanOuts: 0, deliveries: 0, runs: 0 };
  const over = new AbortController();
  const note = (what: string, status: number, body: unknown): void => {
    if (status >= 300) failures.push(`${what}: ${status} ${JSON.stringify(body)}`);
  };
  const loops: (() => Promise<void>)[] = [
    async () => {
      const id = INSTANCES[asked.queries % 2];
      const path = `/api/instances/${id}/queries/which`;
      const answer = await api.call<{ rows?: { field: string }[] }>('POST', path, { params: { n: asked.queries } });
      note('query', answer.status, answer.body);
      if (answer.body.rows?.[0]?.field !== id) failures.push(`query: ${JSON.stringify(answer.body)}`);
      asked.queries += 1;
    },
    async () => {
      const answer = await api.call<{ rows?: unknown[] }>('POST', '/api/plugins/shift/queries/which', {});
      note('fan-out', answer.status, answer.body);
      if (answer.body.rows?.length !== INSTANCES.length) failures.push(`fan-out: ${JSON.stringify(answer.body)}`);
      asked.fanOuts += 1;
    },
    async () => {
      const id = `d${(deliveries += 1)}`;
      const answer = await api.call('POST', '/api/instances/north/routes/hook?secret=a-secret-of-hooks', { id });
      note('delivery', answer.status, answer.body);
      asked.deliveries += 1;
    },
    async () => {
      const { status, body } = await api.call<{ runId: string }>('POST', '/api/instances/south/sync-jobs/items/run');
      note('run', status, body);
      const ended = await until(async () => {
        const run = (await api.call<RunView>('GET', `/api/runs/${body.runId}`)).body;
        return ['queued', 'running'].includes(run.state) ? undefined : run;
      }, 60_000);
      if (ended.state === 'failed') failures.push(`run: ${JSON.stringify(ended)}`);
      if (ended.state === 'succeeded') asked.runs += 1;
    },
  ];
  const running = loops.map(async (once) => {
    while (!over.signal.aborted) await once().catch((error: unknown) => failures.push(inspect(error)));
  });
  const end = async (): Promise<void> => {
    over.abort();
    await Promise.all(running);
  };
  return {
    failures,
    asked,
    end,
    [Symbol.asyncDispose]: end,
  };
}

test.each(oneOf)(
  `on $name ${WARM + FLIPS} upgrades and rollbacks under load fail no request and lose no row`,
  async (kind) => {
    await using database = await kind.open();
    const [one, two] = await Promise.all([buildRelease('1.0.0'), buildRelease('2.0.0', { migrated: true })]);
    await using _one = one;
    await using _two = two;
    // The machine may be busy, and then a package takes its time to be verified.
    const limits = { pluginLoad: 120_000, threadIdle: 500, lifecycle: { ...quietLimits.lifecycle, watch: 0 } };
    await using running = FULL ? await startWeighedHost(database) : await startTestHost(database, { limits });
    const { api } = running;
    for (const release of [one, two]) expect((await upload(api, release)).status).toBe(201);
    expect((await carryOut(api, { action: 'add', source: one.integrity })).state).toBe('done');
    for (const id of INSTANCES) {
      const config = { hookSecret: 'a-secret-of-hooks', mode: id };
      expect((await api.call('POST', '/api/instances', { id, name: id, plugin: 'shift', config })).status).toBe(201);
    }

    const flip = async (index: number): Promise<void> => {
      const request =
        index % 2 === 0
          ? { action: 'upgrade', plugin: 'shift', source: two.integrity }
          : { action: 'rollback', plugin: 'shift' };
      const { state, reason } = await carryOut(api, request);
      expect({ state, reason }).toEqual({ state: 'done', reason: null });
    };
    // Everything has been in use for a while, and then nothing is: memory is compared with what it is at rest.
    const warm = load(api);
    for (let index = 0; index < WARM; index += 1) await flip(index);
    await warm.end();
    await rested(api);
    const before = 'footprint' in running ? await running.footprint() : undefined;
    // Weighing takes minutes on a busy machine. A host ends connections that are idle so long, and whoever asks at that moment gets nothing.
    await Promise.allSettled(Array.from({ length: 16 }, () => api.call('GET', '/healthz')));
    await using traffic = load(api);
    for (let index = WARM; index < WARM + FLIPS; index += 1) await flip(index);
    await traffic.end();
    await rested(api);
    const after = 'footprint' in running ? await running.footprint() : undefined;
    process.stderr.write(`${JSON.stringify({ before, after, ...traffic.asked })}\n`);
    expect(warm.failures).toEqual([]);
    expect(traffic.failures).toEqual([]);
    expect(traffic.asked.queries).toBeGreaterThan(FLIPS);

    const north = await storedOf(api, 'north');
    const south = await storedOf(api, 'south');
    // Each read adds the row after the last one: none is missing, none was read twice. In a long run `north` is read by its schedule.
    expect(north).toBe(warm.asked.deliveries + traffic.asked.deliveries + (await readsOf(api, 'north')));
    expect(south).toBe(await readsOf(api, 'south'));
    expect(south).toBeGreaterThanOrEqual(warm.asked.runs + traffic.asked.runs);

    process.stderr.write(`0 of ${north + south} rows lost\n`);
    expect(after?.threads).toBe(before?.threads);
    expect(after?.residentMb ?? 0).toBeLessThanOrEqual((before?.residentMb ?? 0) * GROWTH);
  },
  FULL ? 10_800_000 : 300_000,
);
