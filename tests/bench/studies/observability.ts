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
/** Many and short: what else the machine does comes and goes. */
const PAIRS = QUICK ? 15 : 80;
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
  await using place = new AsyncDisposableStack();
  const base = await startSide(place, { ...side, isWatched: false, options: {} });
  const host = await startSide(place, side);
  for (const one of [base, host]) await costOf(one, WARM_UP);
  const [own, ratios]: [number[], number[]] = [[], []];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    // Whoever is first is not always the same one.
    const first = pair % 2 === 0 ? await costOf(base) : undefined;
    const cost = await costOf(host);
    own.push(cost);
    ratios.push(cost / (first ?? (await costOf(base))));
  }
  const [least, most] = boundsOfMedian(ratios);
  process.stdout.write(
    `| ${side.what} | ${median(own).toFixed(3)} | ${median(ratios).toFixed(3)} (${least.toFixed(3)} to ${most.toFixed(3)}) | ${side.hasGoal ? `≤ ${GOAL} ${verdict(least, most)}` : ''} |\n`,
  );
  if (side.isWatched && side.options === undefined) scrape = await costOfScrape(host);
}
const spans = Number(await (await fetch(`${sink.url}/count`)).text());
if (spans === 0) throw new Error('no trace has arrived');
process.stdout.write(
  `\nA scrape takes ${scrape.toFixed(1)} ms, every ${SCRAPE_EVERY / 1000} s ${((scrape / SCRAPE_EVERY) * 100).toFixed(2)} % of a core. ${PAIRS} pairs of slices of ${MS} ms; ${spans} spans arrived. ${machineText()}\n`,
);

function startSide(place: AsyncDisposableStack, { isWatched, options = {} }: Side): Promise<MeasuredHost> {
  const unobserved = ['--import', new URL('../programs/unobserved.ts', import.meta.url).href];
  const hostArguments = isWatched ? [] : unobserved;
  return startAlertHost({ ...openWorkplace(place), hostArguments }, vendor.url, [], options);
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

/** Between which values the median of all that could have been measured is, 95 times of 100: by their ranks, whatever their spread. */
function boundsOfMedian(values: readonly number[]): [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  const half = 0.98 * Math.sqrt(sorted.length);
  const at = (rank: number): number => sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(rank)))] ?? Number.NaN;
  return [at(sorted.length / 2 - half - 0.5), at(sorted.length / 2 + half - 0.5)];
}

function verdict(least: number, most: number): string {
  if (most <= GOAL) return '✓';
  return least > GOAL ? '✗' : 'not decided: the machine was too busy';
}
