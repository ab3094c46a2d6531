// What it costs to be watched: the work of `query` on a host that is, and on one that is not, in turn: `npm run bench -- observability`.
import { ADMIN_TOKEN } from '../../support/api.ts';
import { SIGNED_IN, startAlertHost } from '../support/alert-host.ts';
import type { MeasuredHost } from '../support/hosts.ts';
import { load } from '../support/load.ts';
import { startProgram } from '../support/program.ts';
import { machineText } from '../support/readme.ts';
import { median } from '../support/statistics.ts';
import { openWorkplace } from '../support/workplace.ts';

const QUICK = process.argv.includes('--quick');
/** Pairs of hosts of their own: two that are the same are up to 3 % apart for as long as they live. */
const ROUNDS = QUICK ? 3 : 12;
/** Of one pair of hosts. Many and short: what else the machine does comes and goes. */
const PAIRS = 12;
const MS = 400;
/** Requests until code is compiled, of both alike. */
const WARM_UP = 5000;
const CONNECTIONS = 16;
/** Scrapes are measured by themselves: in so short slices there is one or none. Most hosts are scraped as often as this. */
const SCRAPES = QUICK ? 20 : 60;
const SCRAPE_EVERY = 15_000;
const PATH = '/api/instances/acme/queries/alerts';
/** Of processor time for a request. */
const GOAL = 1.03;

await using stack = new AsyncDisposableStack();
const vendor = stack.use(await startProgram('alert-vendor'));
const sink = stack.use(await startProgram('trace-sink'));
const traces = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${sink.url}/v1/traces` };

interface Side {
  readonly what: string;
  readonly options?: Parameters<typeof startAlertHost>[3];
  readonly isWatched: boolean;
  /** Nobody promises that everything may be looked at for nothing. */
  readonly hasGoal: boolean;
}

const SIDES: readonly Side[] = [
  { what: 'nothing, which is how far two that are the same are apart', isWatched: false, hasGoal: false },
  { what: 'metrics, event-loop delay, the log', isWatched: true, hasGoal: true },
  {
    ...{ what: 'that, and traces as a host keeps them by default', isWatched: true, hasGoal: true },
    options: { env: traces },
  },
  {
    ...{ what: 'that, with every request traced and a line in the log for every run', isWatched: true, hasGoal: false },
    options: { env: { ...traces, OTEL_TRACES_SAMPLER_ARG: '1' }, logLevel: 'debug' },
  },
];

process.stdout.write(`| watched | CPU per request, ms | ratio (its error: 95 of 100) | |\n| --- | --- | --- | --- |\n`);
let scrape = Number.NaN;
for (const side of SIDES) {
  const [own, ratios]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    await using place = new AsyncDisposableStack();
    const [base, host] = await Promise.all([
      startSide(place, { ...side, isWatched: false, options: {} }),
      startSide(place, side),
    ]);
    const { cost, ratio } = await compare(base, host);
    own.push(cost);
    ratios.push(ratio);
    if (round === 0 && side.isWatched && side.options === undefined) scrape = await costOfScrape(host);
  }
  const [mean, error] = meanOf(ratios);
  const judged = side.hasGoal ? `≤ ${GOAL} ${verdict(mean - error, mean + error)}` : '';
  process.stdout.write(
    `| ${side.what} | ${median(own).toFixed(3)} | ${mean.toFixed(3)} (${(mean - error).toFixed(3)} to ${(mean + error).toFixed(3)}) | ${judged} |\n`,
  );
}
const spans = Number(await (await fetch(`${sink.url}/count`)).text());
if (spans === 0) throw new Error('no trace has arrived');
process.stdout.write(
  `\nA scrape takes ${scrape.toFixed(1)} ms, every ${SCRAPE_EVERY / 1000} s ${((scrape / SCRAPE_EVERY) * 100).toFixed(2)} % of a core. ${ROUNDS} pairs of hosts with ${PAIRS} pairs of slices of ${MS} ms each; ${spans} spans arrived. ${machineText()}\n`,
);

function startSide(place: AsyncDisposableStack, { isWatched, options = {} }: Side): Promise<MeasuredHost> {
  const unobserved = ['--import', new URL('../programs/unobserved.ts', import.meta.url).href];
  const hostArguments = isWatched ? [] : unobserved;
  return startAlertHost({ ...openWorkplace(place), hostArguments }, vendor.url, [], options);
}

/** The medians of one pair of hosts. */
async function compare(base: MeasuredHost, host: MeasuredHost): Promise<{ cost: number; ratio: number }> {
  for (const one of [base, host]) await costOf(one, WARM_UP);
  const [costs, ratios]: [number[], number[]] = [[], []];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const first = pair % 2 === 0 ? await costOf(base) : undefined;
    const cost = await costOf(host);
    costs.push(cost);
    ratios.push(cost / (first ?? (await costOf(base))));
  }
  return { cost: median(costs), ratio: median(ratios) };
}

/** Milliseconds of processor time for a request, PostgreSQL's included. */
async function costOf(host: MeasuredHost, atLeast = 0): Promise<number> {
  const before = await host.cpu();
  const result = await load({ ...host, path: PATH, headers: SIGNED_IN, connections: CONNECTIONS, ms: MS, atLeast });
  if (result.errors > 0) throw new Error(`${result.errors} of ${result.requests} were not answered`);
  return (((await host.cpu()) - before) / result.requests) * 1000;
}

/** Milliseconds of processor time. */
async function costOfScrape({ url, cpu }: MeasuredHost): Promise<number> {
  const before = await cpu();
  for (let n = 0; n < SCRAPES; n += 1) {
    const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
    if (!(await answer.text()).includes('jackfield_runs_total{')) throw new Error('the metrics have no runs');
  }
  return (((await cpu()) - before) * 1000) / SCRAPES;
}

/** And how far from it the mean of all pairs there could be is at most, 95 times of 100: Student's t for so many. */
function meanOf(values: readonly number[]): [mean: number, error: number] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return [mean, (QUICK ? 4.303 : 2.201) * Math.sqrt(variance / values.length)];
}

function verdict(least: number, most: number): string {
  if (most <= GOAL) return '✓';
  return least > GOAL ? '✗' : 'not decided: the machine was too busy';
}
