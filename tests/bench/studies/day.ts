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
import { eachRun, noUsage, plus, readUsage, type Usage } from '../day/usage.ts';
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
const SECONDS = 10;
/** Nobody is there for ten minutes, in the afternoon. */
const OUTAGE = { hour: 14, seconds: 600 } as const;
const CATCH_UP = 900;
const USUAL = 'usual';

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
/** Passes over by itself, so that nothing that the simulator does is in it. */
const measured = async (
  pass: () => Promise<Stretch>,
): Promise<{ readonly stretch: Stretch; readonly usage: Usage }> => {
  const read = () =>
    readUsage(
      clock,
      statements,
      hosts.reduce((sum, { vendors }) => sum + vendors.runs, 0),
    );
  const before = await read();
  const stretch = await pass();
  return { stretch, usage: plus(noUsage, before, await read()) };
};

progress('the first runs');
// Code that is not compiled yet.
await replay.pass(SECONDS);
const few = eachRun((await measured(() => replay.pass(SECONDS))).usage);
const rateOfAwake = await rateOfSchedules();
progress(`${STORED - AWAKE} instances that are asleep`);
const asleep = await populate(clock, plugins, { from: AWAKE, to: STORED, areAwake: false });
const runBytes = await sizeOfRuns();

interface Part {
  readonly what: string;
  readonly stretch: Stretch;
  readonly wait: number;
  readonly usage: Usage;
}
const parts: Part[] = [];
let time = 2 * SECONDS;
for (const hour of HOURS) {
  progress(`${hour}:00`);
  await replay.skip(hour * HOUR - time);
  time = hour * HOUR;
  if (hour === NIGHTLY_HOUR) await note('2:00, which people have set', () => replay.catchUp(CATCH_UP));
  if (hour === OUTAGE.hour) {
    await replay.outage(OUTAGE.seconds);
    time += OUTAGE.seconds;
    await note(`14:10, after ${OUTAGE.seconds / 60} minutes without a host`, () => replay.catchUp(CATCH_UP));
  }
  await note(USUAL, () => replay.pass(SECONDS));
}
const usage = parts.reduce((sum, part) => plus(sum, noUsage, part.usage), noUsage);
const each = eachRun(usage);
const stretches = parts.map(({ stretch }) => stretch);
const usual = parts.filter(({ what }) => what === USUAL);
const rows = [
  { ...summary(usual), what: `${SECONDS} seconds of each hour` },
  ...parts.filter(({ what }) => what !== USUAL),
];

const whole = await readArtifact('dispatch', 'CPU per run of a backlog');
const costs = await readCosts();
const needs = needsOf({
  runsPerSecond: (rateOfAwake * INSTANCES) / AWAKE,
  each,
  placed: stretches.reduce((sum, { busy, seconds }) => sum + busy * seconds, 0) / usage.runs,
  places: PLACES,
  connectionsPerHost: Math.max(...stretches.map(({ connections }) => connections)) / HOSTS,
  runBytes,
  keepDays: defaultLimits.sync.keepRuns / (24 * HOUR * 1000),
  wholeRunMs: whole?.value,
  schedulingMs: few.postgresMs + few.hostMs,
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
  const { stretch, usage } = await measured(pass);
  time += stretch.seconds;
  parts.push({ what, stretch, usage, wait: await waitOf(from, clock.now) });
}

function summary(of: readonly Part[]): Omit<Part, 'what' | 'usage'> {
  const most = (value: (part: Part) => number): number => Math.max(...of.map(value));
  const seconds = of.reduce((sum, { stretch }) => sum + stretch.seconds, 0);
  const busy = of.reduce((sum, { stretch }) => sum + stretch.busy * stretch.seconds, 0) / seconds;
  return {
    wait: most(({ wait }) => wait),
    stretch: {
      ...{ seconds, busy, mostBusy: most(({ stretch }) => stretch.mostBusy) },
      overdue: most(({ stretch }) => stretch.overdue),
      connections: most(({ stretch }) => stretch.connections),
    },
  };
}

/** Runs a second that the schedules of the day make. */
async function rateOfSchedules(): Promise<number> {
  const [found] = await clock.query<{ rate: number }>(
    `select sum(coalesce(1000 / every_ms, 1.0 / 86400))::float8 as rate from sync_schedule`,
  );
  return found?.rate ?? 0;
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
