// From what a part of the instances has taken to what all of them would.
import type { eachRun } from './usage.ts';

export interface Seen {
  /** Of all instances, as their schedules say. */
  readonly runsPerSecond: number;
  readonly each: ReturnType<typeof eachRun>;
  /** Seconds for which a run has its place. */
  readonly placed: number;
  readonly places: number;
  readonly connectionsPerHost: number;
  /** Of its table with its indexes. */
  readonly runBytes: number;
  readonly keepDays: number;
  /** Milliseconds of a run that reads nothing, with its plugin's thread and PostgreSQL; undefined when nobody has measured it. */
  readonly wholeRunMs: number | undefined;
  /** What scheduling a run and PostgreSQL have of them, in tables as small as those. */
  readonly schedulingMs: number;
  readonly threadsPerHost: number;
}

/** Of the places: more, and what is due at the same moment waits. */
const USED = 0.8;
const GB = 1e9;

/** Lines of a table: what, how much, and where it comes from. */
export function needsOf(seen: Seen): readonly (readonly [string, string, string])[] {
  const { each, keepDays, places, runsPerSecond: rate, wholeRunMs, schedulingMs, runBytes } = seen;
  const hosts = Math.ceil((rate * seen.placed) / places / USED);
  const cores = (ms: number): string => ((rate * ms) / 1000).toFixed(1);
  const day = rate * 86_400;
  const reading: readonly [string, string] =
    wholeRunMs === undefined
      ? ['not measured', '`npm run bench -- dispatch` first']
      : [
          cores(Math.max(0, wholeRunMs - schedulingMs)),
          `the rest of ${wholeRunMs.toFixed(1)} ms for a run of \`dispatch\``,
        ];
  return [
    ['runs', `${text(rate)}/s, ${text(day / 1e6)} million a day`, 'as the streams of the plugins say'],
    [
      'statements',
      `${text(rate * each.statements)}/s`,
      `${each.statements.toFixed(1)} for a run, ticks and queue included`,
    ],
    ['transactions', `${text(rate * each.transactions)}/s`, `${each.transactions.toFixed(1)} for a run`],
    [
      'rows that PostgreSQL writes',
      `${text(rate * each.rowsWritten)}/s`,
      `${each.rowsWritten.toFixed(1)} for a run: its record, schedule, message, cursor, events`,
    ],
    ['log of PostgreSQL', `${text((rate * each.walBytes) / 1e6)} MB/s`, `${text(each.walBytes / 1e3)} KB for a run`],
    ['cores of PostgreSQL', cores(each.postgresMs), `${each.postgresMs.toFixed(2)} ms for a run`],
    ['cores of hosts, scheduling', cores(each.hostMs), `${each.hostMs.toFixed(2)} ms for a run`],
    ['cores of hosts, reading nothing', ...reading],
    ['places', text(rate * seen.placed), `${seen.placed.toFixed(2)} s for a run, on the average`],
    ['hosts', text(hosts), `${places} places each, of which ${USED * 100} % are taken`],
    [
      'threads',
      text(hosts * seen.threadsPerHost),
      `${seen.threadsPerHost} of a host: its own, the gateway's, two of each plugin`,
    ],
    ['connections', text(hosts * seen.connectionsPerHost), `${seen.connectionsPerHost.toFixed(1)} of a host, at most`],
    [
      'records of runs',
      `${text((day * runBytes) / GB)} GB a day`,
      `${text(runBytes)} bytes each with indexes; the ${keepDays} days that they are kept: ${text((day * keepDays * runBytes) / GB / 1000)} TB`,
    ],
  ];
}

function text(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value >= 100 ? 0 : 1 });
}
