// `jackfield sync status`: what is read when, and why something is not.
import { systemClock } from '../clock.ts';
import type { Ask } from './api-client.ts';
import { distanceText, durationText } from './duration-text.ts';
import { nextStepOf, readCursors, readInstances, readJobs, type Job } from './sync-api.ts';
import { printTable } from './table.ts';

interface Row {
  readonly instance: string;
  readonly job: Job;
  /** When the cursor was set, ISO 8601. */
  readonly cursorAt: string | null;
}

export async function runSyncStatus(
  ask: Ask,
  instance: string | undefined,
  { json }: { json?: boolean },
): Promise<void> {
  const rows: Row[] = [];
  for (const id of instance === undefined ? await readInstances(ask) : [instance]) {
    for (const job of await readJobs(ask, id)) {
      const [last] = job.kind === 'read' ? await readCursors(ask, id, job.stream, 1) : [];
      rows.push({ instance: id, job, cursorAt: last?.at ?? null });
    }
  }
  if (json === true) {
    const listed = rows.map(({ instance: id, job, cursorAt }) => ({ instance: id, ...job, cursorAt }));
    process.stdout.write(`${JSON.stringify(listed, undefined, 2)}\n`);
  } else if (rows.length === 0) {
    process.stdout.write('There is no sync job.\n');
  } else printJobs(rows);
}

function printJobs(rows: readonly Row[]): void {
  const now = systemClock.now();
  const cells = rows.map(({ instance, job, cursorAt }) => [
    instance,
    job.kind === 'census' ? `${job.stream} (census)` : job.stream,
    job.cron ?? `every ${durationText(job.everyMs ?? 0)}`,
    job.lastRun === null ? '-' : `${job.lastRun.state} ${distanceText(job.lastRun.endedAt, now)}`,
    job.nextDueAt === null ? '-' : Date.parse(job.nextDueAt) <= now ? 'now' : distanceText(job.nextDueAt, now),
    distanceText(cursorAt, now),
    stateOf(job),
  ]);
  const headings = ['instance', 'stream', 'rhythm', 'last run', 'next', 'cursor', 'state'];
  printTable(headings, cells);
  for (const { instance, job } of rows) {
    if (job.paused === null) continue;
    process.stdout.write(`\n${instance} ${job.stream} is paused: ${job.paused.code}: ${job.paused.reason}\n`);
    process.stdout.write(`  ${nextStepOf(job.paused.code)}\n`);
  }
}

function stateOf({ enabled, paused, running, failures }: Job): string {
  if (running) return 'running';
  if (!enabled) return 'off';
  if (paused !== null) return `paused: ${paused.code}`;
  return failures > 0 ? `${failures} failures in a row` : 'ok';
}
