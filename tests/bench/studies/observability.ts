// What it costs to be watched: the work of `query` on a host that is, and on one that is not, in turn: `npm run bench -- observability`.
import { setTimeout as sleep } from 'node:timers/promises';
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
const PAIRS = QUICK ? 5 : 20;
const MS = 2000;
const WARM_UP = 3000;
const CONNECTIONS = 16;
/** Once for each of them; most hosts are scraped every 15 seconds. */
const SCRAPE = 2000;
const PATH = '/api/instances/acme/queries/alerts';
/** Of processor time for a request. */
const GOAL = 1.03;

await using stack = new AsyncDisposableStack();
const place = openWorkplace(stack);
const vendor = stack.use(await startProgram('alert-vendor'));
const sink = stack.use(await startProgram('trace-sink'));
const traces = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${sink.url}/v1/traces` };
const unobserved = {
  ...place,
  hostArguments: ['--import', new URL('../programs/unobserved.ts', import.meta.url).href],
};

interface Watched {
  readonly what: string;
  readonly host: MeasuredHost;
  readonly isScraped: boolean;
  /** Nobody promises that everything may be looked at for nothing. */
  readonly hasGoal: boolean;
}

const bare: Watched = {
  what: 'nothing: no metrics, no samples of the event loop, no traces',
  host: await startAlertHost(unobserved, vendor.url),
  isScraped: false,
  hasGoal: false,
};
const watched: readonly Watched[] = [
  {
    what: 'metrics that are scraped, event-loop delay, the log',
    host: await startAlertHost(place, vendor.url),
    isScraped: true,
    hasGoal: true,
  },
  {
    what: 'that, and traces as a host keeps them by default',
    host: await startAlertHost(place, vendor.url, [], { env: traces }),
    isScraped: true,
    hasGoal: true,
  },
  {
    what: 'that, with every request traced and a line in the log for every run',
    host: await startAlertHost(place, vendor.url, [], {
      env: { ...traces, OTEL_TRACES_SAMPLER_ARG: '1' },
      logLevel: 'debug',
    }),
    isScraped: true,
    hasGoal: false,
  },
];

const costs = new Map([bare, ...watched].map((side) => [side, [] as number[]]));
for (let pair = -1; pair < PAIRS; pair += 1) {
  // Whoever is first after a pause is not always the same one.
  const order = [bare, ...watched];
  if (pair % 2 === 0) order.reverse();
  for (const side of order) {
    const cost = await costOf(side, pair < 0 ? WARM_UP : 0);
    if (pair >= 0) costs.get(side)?.push(cost);
  }
}
const spans = Number(await (await fetch(`${sink.url}/count`)).text());
if (spans === 0) throw new Error('no trace has arrived');

const base = costs.get(bare) ?? [];
process.stdout.write(`| watched | CPU per request, ms | ratio (least to most) | |\n| --- | --- | --- | --- |\n`);
process.stdout.write(`| ${bare.what} | ${median(base).toFixed(3)} | | |\n`);
for (const side of watched) {
  const own = costs.get(side) ?? [];
  const ratios = own.map((cost, pair) => cost / (base[pair] ?? Number.NaN));
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  const ratio = median(ratios);
  process.stdout.write(
    `| ${side.what} | ${median(own).toFixed(3)} | ${ratio.toFixed(3)} (${least.toFixed(2)} to ${most.toFixed(2)}) | ${side.hasGoal ? `≤ ${GOAL} ${ratio <= GOAL ? '✓' : '✗'}` : ''} |\n`,
  );
}
process.stdout.write(`\n${spans} spans arrived. ${machineText()}\n`);

/** Milliseconds of processor time for a request, PostgreSQL's included. */
async function costOf({ host, isScraped }: Watched, atLeast: number): Promise<number> {
  const before = await host.cpu();
  const over = new AbortController();
  const scraping = isScraped ? scrape(host, over.signal) : undefined;
  const result = await load({
    url: host.url,
    path: PATH,
    headers: SIGNED_IN,
    connections: CONNECTIONS,
    ms: MS,
    atLeast,
  });
  if (result.errors > 0) throw new Error(`${result.errors} of ${result.requests} were not answered`);
  over.abort();
  await scraping;
  return (((await host.cpu()) - before) / result.requests) * 1000;
}

async function scrape({ url }: MeasuredHost, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
    if (!(await answer.text()).includes('jackfield_runs_total{')) throw new Error('the metrics have no runs');
    await sleep(SCRAPE, undefined, { signal: over }).catch(() => undefined);
  }
}
