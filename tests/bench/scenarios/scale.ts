import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { PluginFolder } from '../../support/api.ts';
import { memoryOf } from '../../support/host-process.ts';
import { type MeasuredHost, startMeasuredHost, stopHost } from '../support/hosts.ts';
import { buildIdlePlugin, STREAMS } from '../support/idle-plugin.ts';
import { insertInstances } from '../support/plain-instances.ts';
import { type PluginCopy, pluginCopies } from '../support/plugin-copies.ts';
import { type Bench, type Sample, type Scenario, seriesOf } from '../support/scenario.ts';

const PLUGINS = 200;
const INSTANCES = 10_000;
const QUICK = 0.1;
const SMALL = 2;

export default {
  work: '200 plugins, 10,000 instances and 30,000 schedules that are not due: a start, and what the host does then',
  baseline: 'the same host with two plugins and two instances',
  async run(bench) {
    const share = bench.quick ? QUICK : 1;
    const original = bench.stack.use(await buildIdlePlugin('idle', '24h'));
    const folder = await bench.makeFolder();
    const copies = await pluginCopies(original, PLUGINS * share, folder);
    const [large, small] = await Promise.all([
      prepare(bench, copies, INSTANCES * share),
      prepare(bench, copies.slice(0, SMALL), SMALL),
    ]);
    const [ours, theirs]: [Sample[], Sample[]] = [[], []];
    // Both have been started once, to be prepared.
    for (let pair = 0; pair < (bench.quick ? 1 : bench.pairs); pair += 1) {
      const both = [await start(bench, large), await start(bench, small)] as const;
      // An idle host leaves the machine to the other.
      const [one, other] = await Promise.all(both.map((started) => watchIdle(started, bench.quick)));
      if (one !== undefined) ours.push(one);
      if (other !== undefined) theirs.push(other);
    }
    const [jackfield, baseline] = [seriesOf(ours), seriesOf(theirs)];
    const more = (name: string): number[] => jackfield(name).map((value, pair) => value - (baseline(name)[pair] ?? 0));
    bench.add({ what: 'start', unit: 's', jackfield: jackfield('start'), baseline: baseline('start') });
    bench.add({
      ...{ what: 'start, more', unit: 's', jackfield: more('start'), baseline: [] },
      goal: { of: 'value', is: 'at most', limit: 5 },
    });
    bench.add({
      ...{ what: 'memory, more', unit: 'MB', jackfield: more('memory'), baseline: [] },
      goal: { of: 'value', is: 'at most', limit: 300 },
    });
    bench.add({
      ...{ what: 'CPU when idle', unit: '% of a core', jackfield: jackfield('idle'), baseline: baseline('idle') },
      goal: { of: 'value', is: 'at most', limit: 2 },
    });
  },
} satisfies Scenario;

interface Place {
  readonly databaseUrl: string;
  readonly dataFolder: string;
  readonly plugins: readonly PluginFolder[];
}

/** Everything is there as it would be after a day: tables, bundles, and schedules that are due tomorrow. */
async function prepare(bench: Bench, plugins: readonly PluginCopy[], instances: number): Promise<Place> {
  const place = { databaseUrl: await bench.createDatabase(), dataFolder: await bench.makeFolder(), plugins };
  await stopHost(await startMeasuredHost(bench, place));
  const ids = Array.from({ length: instances }, (_, n) => ({
    id: `instance-${n}`,
    plugin: plugins[n % plugins.length]?.name ?? '',
    config: { baseUrl: 'http://127.0.0.1:9' },
  }));
  await insertInstances(place.databaseUrl, ids);
  const db = new pg.Client({ connectionString: place.databaseUrl });
  await db.connect();
  await db.query(
    `insert into sync_schedule (instance_id, stream, kind, plugin, every_ms, next_due_at)
     select id, stream, 'read', plugin, 86400000, now() + interval '1 day' from instance, unnest($1::text[]) stream`,
    [STREAMS],
  );
  await db.query('analyze');
  await db.end();
  return place;
}

interface Started {
  readonly host: MeasuredHost;
  readonly seconds: number;
}

async function start(bench: Bench, place: Place): Promise<Started> {
  const startedAt = performance.now();
  const host = await startMeasuredHost(bench, place);
  return { host, seconds: (performance.now() - startedAt) / 1000 };
}

/** And ends it. */
async function watchIdle({ host, seconds }: Started, quick: boolean): Promise<Sample> {
  await sleep(quick ? 1000 : 4000);
  const before = await host.cpu();
  const idleAt = performance.now();
  await sleep(quick ? 2000 : 8000);
  const idle = ((await host.cpu()) - before) / ((performance.now() - idleAt) / 1000);
  const { now } = await memoryOf(host.pid);
  await stopHost(host);
  return { start: seconds, memory: now, idle: idle * 100 };
}
