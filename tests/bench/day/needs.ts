// From what a part of the instances has taken to what all of them would.
import type { eachRun } from './usage.ts';

export interface Seen {
  /** All there are to be, to those that were awake. */
  readonly factor: number;
  /** Of those that were awake. */
  readonly runsPerSecond: number;
  readonly each: ReturnType<typeof eachRun>;
  /** Runs under way at the same time, on the average. */
  readonly busy: number;
  readonly places: number;
  readonly connectionsPerHost: number;
  /** Of its table with its indexes. */
  readonly runBytes: number;
  readonly keepDays: number;
  /** Milliseconds of a run that reads nothing, with its plugin's thread and PostgreSQL; undefined when nobody has measured it. */
  readonly wholeRunMs: number | undefined;
  readonly threadsPerHost: number;
}

/** Lines of a table: what, how much, and where it comes from. */
export function needsOf(seen: Seen): readonly (readonly [string, string, string])[] {
  const { each, factor, keepDays, places } = seen;
  const rate = seen.runsPerSecond * factor;
  const hosts = Math.ceil((seen.busy * factor) / places);
  const cores = (ms: number): string => ((rate * ms) / 1000).toFixed(1);
  const day = rate * 86_400;
  const GB = 1e9;
  return [
    ['runs', `${text(rate)}/s, ${text(day / 1e6)} million a day`, `${text(seen.runsPerSecond)}/s of those awake`],
    [
      'statements',
      `${text(rate * each.statements)}/s`,
      `${each.statements.toFixed(1)} for a run, ticks and queue included`,
    ],
    ['transactions', `${text(rate * each.transactions)}/s`, `${each.transactions.toFixed(1)} for a run`],
    [
      'rows written by PostgreSQL',
      `${text(rate * each.rowsWritten)}/s`,
      `${each.rowsWritten.toFixed(1)} for a run: schedule, run, queue, cursor, event`,
    ],
    ['log of PostgreSQL', `${text((rate * each.walBytes) / 1e6)} MB/s`, `${text(each.walBytes / 1e3)} KB for a run`],
    ['cores of PostgreSQL', cores(each.postgresMs), `${each.postgresMs.toFixed(2)} ms for a run`],
    ['cores of hosts, scheduling', cores(each.hostMs), `${each.hostMs.toFixed(2)} ms for a run`],
    [
      'cores of hosts, reading nothing',
      seen.wholeRunMs === undefined
        ? 'not measured'
        : cores(Math.max(0, seen.wholeRunMs - each.postgresMs - each.hostMs)),
      seen.wholeRunMs === undefined
        ? '`npm run bench -- dispatch` first'
        : `what is left of ${seen.wholeRunMs.toFixed(1)} ms for a run of \`dispatch\``,
    ],
    ['places', text(seen.busy * factor), `${seen.busy.toFixed(0)} of those awake, on the average`],
    ['hosts', text(hosts), `${places} places each`],
    [
      'threads',
      text(hosts * seen.threadsPerHost),
      `${seen.threadsPerHost} of a host: its own, the gateway's, and two of each plugin`,
    ],
    ['connections', text(hosts * seen.connectionsPerHost), `${seen.connectionsPerHost.toFixed(0)} of a host`],
    [
      'records of runs',
      `${text((day * seen.runBytes) / GB)} GB a day`,
      `${text(seen.runBytes)} bytes each with indexes; ${keepDays} days of them are ${text((day * keepDays * seen.runBytes) / GB / 1000)} TB`,
    ],
  ];
}

function text(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value >= 100 ? 0 : 1 });
}
