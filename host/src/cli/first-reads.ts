// Waits until every stream of some instances was read once, so that the demo's dashboards have rows to show, and prints how many.
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiClient, readJson } from './api-client.ts';
import { printRow, type TableColumn } from './table.ts';

const COLUMNS: readonly TableColumn[] = [
  { heading: 'instance', width: 18 },
  { heading: 'stream', width: 16 },
  { heading: 'rows', width: 8, isNumber: true },
  { heading: '  state', width: 0 },
];

interface Job {
  readonly stream: string;
  readonly kind: string;
  readonly lastRun: {
    readonly state: string;
    readonly counts: { readonly read?: number };
    readonly error: { readonly detail: string } | null;
  } | null;
}

/** Two minutes: first reads come within ten seconds, but a busy machine takes its time. */
const DEADLINE = 120_000;
const POLL = 250;

/** True when every stream was read. */
export async function waitForFirstReads(api: ApiClient, instanceIds: readonly string[]): Promise<boolean> {
  const ends = Date.now() + DEADLINE;
  let reads = await readsOf(api, instanceIds);
  while (!reads.every(({ job }) => hasEnded(job)) && Date.now() < ends) {
    await sleep(POLL);
    reads = await readsOf(api, instanceIds);
  }
  printRow(
    COLUMNS,
    COLUMNS.map(({ heading }) => heading),
  );
  let rows = 0;
  for (const { instance, job } of reads) {
    const { state = 'not read yet', counts, error } = job.lastRun ?? {};
    rows += counts?.read ?? 0;
    const outcome = error ? `${state}: ${error.detail}` : state;
    printRow(COLUMNS, [instance, job.stream, String(counts?.read ?? 0), `  ${outcome}`]);
  }
  const done = reads.filter(({ job }) => job.lastRun?.state === 'succeeded').length;
  process.stdout.write(`\n${rows} rows synced, ${done} of ${reads.length} streams read\n\n`);
  return done === reads.length && rows > 0;
}

interface FirstRead {
  readonly instance: string;
  readonly job: Job;
}

async function readsOf(api: ApiClient, instanceIds: readonly string[]): Promise<FirstRead[]> {
  const reads: FirstRead[] = [];
  for (const instance of instanceIds) {
    const answer = await api.send('GET', `/api/instances/${instance}/sync-jobs`);
    const { jobs } = await readJson<{ jobs: Job[] }>(answer);
    reads.push(...jobs.filter(({ kind }) => kind === 'read').map((job) => ({ instance, job })));
  }
  return reads;
}

/** A run that its host has left, or that came while another was under way, is followed by another. */
const ENDS: ReadonlySet<string> = new Set(['succeeded', 'failed', 'cancelled']);

function hasEnded({ lastRun }: Job): boolean {
  return lastRun !== null && ENDS.has(lastRun.state);
}
