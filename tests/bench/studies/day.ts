// A day of 100,000 instances of the plugins that are here, on the real scheduler with the clock moved: `npm run bench -- day`.
// One in fifty of them is awake and is replayed, the others are in the tables. Of each hour some seconds are replayed; what repeats itself is
// skipped. What runs would read is not read: they wait for as long as vendors take, and find nothing new.
import { parseArgs } from 'node:util';
import { defaultLimits } from '../../../host/src/limits.ts';
import { readArtifact } from '../support/artifacts.ts';
import { machineText, writeReadme } from '../support/readme.ts';
import { openWorkplace } from '../support/workplace.ts';
import { moveClockOf } from '../day/moved-clock.ts';
import { readCosts } from '../day/costs.ts';
import { needsOf } from '../day/needs.ts';
import { NIGHTLY_HOUR, populate, readPlugins } from '../day/population.ts';
import { createReplay, type Stretch } from '../day/replay.ts';
import { openSimulatedHost, PLACES, type SimulatedHost } from '../day/simulated-host.ts';
import { countStatements } from '../day/statements.ts';
import { eachRun, readUsage } from '../day/usage.ts';
import { TIMES_TEXT } from '../day/vendors.ts';

const { values } = parseArgs({
  options: { quick: { type: 'boolean' }, readme: { type: 'boolean' }, profile: { type: 'boolean' } },
});
const INSTANCES = 100_000;
/** What is in the tables makes statements dearer, and takes its time to be put there. */
const STORED = values.quick === true ? 10_000 : INSTANCES;
const AWAKE = values.quick === true ? 1000 : 2000;
const HOSTS = values.quick === true ? 3 : 6;
const DAY = Date.UTC(2026, 0, 5);
const HOUR = 3600;
const HOURS = values.quick === true ? [0, 2, 14] : Array.from({ length: 24 }, (_, hour) => hour);
const SECONDS = values.quick === true ? 10 : 20;
/** Nobody is there for ten minutes, in the afternoon. */
const OUTAGE = { hour: 14, seconds: 600 } as const;
const CATCH_UP = 900;

const startedAt = performance.now();
const statements = countStatements();
await using stack = new AsyncDisposableStack();
const workplace = openWorkplace(stack);
const place = { databaseUrl: await workplace.createDatabase(), dataFolder: await workplace.makeFolder() };
const clock = stack.use(await moveClockOf(place.databaseUrl, DAY));
const plugins = await readPlugins();
const hosts: SimulatedHost[] = [];
for (let n = 0; n < HOSTS; n += 1) hosts.push(stack.use(await openSimulatedHost(place, clock, plugins, n)));
const schedules = await populate(clock, plugins, { from: 0, to: AWAKE, areAwake: true });
for (const host of hosts) await host.start();
const replay = createReplay(clock, hosts, statements);
const usage = () =>
  readUsage(
    clock,
    statements,
    hosts.reduce((sum, { vendors }) => sum + vendors.runs, 0),
  );

progress('the first runs');
// Everybody's first run, and code that is not compiled yet.
await replay.pass(SECONDS);
const alone = await usage();
await replay.pass(SECONDS);
const few = eachRun(alone, await usage());
progress(`${STORED - AWAKE} instances that are asleep`);
const asleep = await populate(clock, plugins, { from: AWAKE, to: STORED, areAwake: false });
const runSize = await sizeOfRuns();

const rows: { readonly what: string; readonly stretch: Stretch; readonly wait: number }[] = [];
const steady: Stretch[] = [];
let time = 2 * SECONDS;
const begun = await usage();
let calm = { runs: 0, seconds: 0 };
for (const hour of HOURS) {
  progress(`${hour}:00`);
  await replay.skip(hour * HOUR - time);
  time = hour * HOUR;
  if (hour === NIGHTLY_HOUR) await note('2:00, what people have set to it is due', () => replay.catchUp(CATCH_UP));
  if (hour === OUTAGE.hour) {
    await replay.outage(OUTAGE.seconds);
    time += OUTAGE.seconds;
    await note(`14:10, after ${OUTAGE.seconds / 60} minutes without a host`, () => replay.catchUp(CATCH_UP));
  }
  const before = hosts.reduce((sum, { vendors }) => sum + vendors.runs, 0);
  const stretch = await replay.pass(SECONDS);
  time += SECONDS;
  steady.push(stretch);
  const runs = hosts.reduce((sum, { vendors }) => sum + vendors.runs, 0) - before;
  calm = { runs: calm.runs + runs, seconds: calm.seconds + SECONDS };
}
const ended = await usage();
const each = eachRun(begun, ended);
const usual: Stretch = {
  seconds: calm.seconds,
  busy: steady.reduce((sum, { busy }) => sum + busy, 0) / steady.length,
  mostBusy: Math.max(...steady.map(({ mostBusy }) => mostBusy)),
  overdue: Math.max(...steady.map(({ overdue }) => overdue)),
};
rows.unshift({ what: `${SECONDS} seconds of each hour`, stretch: usual, wait: await waitOf(DAY, clock.now) });
const connections = await clock.query<{ count: number }>(
  `select count(*)::int as count from pg_stat_activity where datname = current_database() and application_name <> 'bench'`,
);

const whole = await readArtifact('dispatch', 'CPU per run of a backlog');
const costs = await readCosts();
const needs = needsOf({
  ...{ factor: INSTANCES / AWAKE, runsPerSecond: calm.runs / calm.seconds, each, busy: usual.busy, places: PLACES },
  connectionsPerHost: (connections[0]?.count ?? 0) / HOSTS,
  runBytes: runSize,
  keepDays: defaultLimits.sync.keepRuns / (24 * HOUR * 1000),
  wholeRunMs: whole?.value,
  threadsPerHost: 2 + plugins.length * defaultLimits.threadsPerPlugin,
});
const lines = [
  `${STORED.toLocaleString('en')} instances, half of ${plugins.map(({ manifest }) => manifest.displayName).join(' and half of ')}, with ${(schedules + asleep).toLocaleString('en')} schedules; ${AWAKE.toLocaleString('en')} of them are awake, on ${HOSTS} hosts with ${PLACES} places each. A vendor takes: ${TIMES_TEXT}.`,
  '',
  '| of the day | seconds replayed | runs at a time (most) | late before a run is made, most | p99 of the wait for a host |',
  '| --- | --- | --- | --- | --- |',
  ...rows.map(
    ({ what, stretch, wait }) =>
      `| ${what} | ${stretch.seconds} | ${stretch.busy.toFixed(0)} (${stretch.mostBusy}) | ${stretch.overdue.toFixed(1)} s | ${wait.toFixed(1)} s |`,
  ),
  '',
  `| ${INSTANCES.toLocaleString('en')} such instances need | | of which |`,
  '| --- | --- | --- |',
  ...needs.map((cells) => `| ${cells.join(' | ')} |`),
  '',
  ...(costs.length === 0
    ? []
    : [
        '| one more | costs | as measured by |',
        '| --- | --- | --- |',
        ...costs.map((cells) => `| ${cells.join(' | ')} |`),
        '',
      ]),
  `With ${AWAKE.toLocaleString('en')} instances in the tables instead of ${STORED.toLocaleString('en')} a run took ${few.postgresMs.toFixed(2)} ms of PostgreSQL (now ${each.postgresMs.toFixed(2)}), ${few.statements.toFixed(1)} statements (${each.statements.toFixed(1)}) and ${(few.walBytes / 1000).toFixed(1)} KB of its log (${(each.walBytes / 1000).toFixed(1)}).`,
  '',
  machineText(
    `${each.runs.toLocaleString('en')} runs replayed in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`,
  ),
];
process.stdout.write(`${lines.join('\n')}\n`);
if (values.readme === true) await writeReadme('day', lines.join('\n'));

function progress(what: string): void {
  process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(0)} s: ${what}\n`);
}

async function note(what: string, pass: () => Promise<Stretch>): Promise<void> {
  const from = clock.now;
  const stretch = await pass();
  time += stretch.seconds;
  rows.push({ what: `${what}: until nothing is late`, stretch, wait: await waitOf(from, clock.now) });
}

/** Seconds from a run's being made to its start. */
async function waitOf(from: number, to: number): Promise<number> {
  const [found] = await clock.query<{ wait: number | null }>(
    `select percentile_cont(0.99) within group (order by extract(epoch from started_at - queued_at))::float8 as wait
     from run where host is not null and queued_at > to_timestamp($1::float8 / 1000) and started_at <= to_timestamp($2::float8 / 1000)`,
    [from, to],
  );
  return found?.wait ?? 0;
}

/** Bytes of a record. */
async function sizeOfRuns(): Promise<number> {
  const [size] = await clock.query<{ bytes: number }>(
    `select pg_total_relation_size('run')::float8 / count(*) as bytes from run`,
  );
  return size?.bytes ?? 0;
}
