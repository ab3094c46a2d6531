// `jackfield sync run`: starts reads and follows them to their end.
import { setTimeout as sleep } from 'node:timers/promises';
import { styleText } from 'node:util';
import { systemClock } from '../clock.ts';
import { Unreachable, type Ask } from './api-client.ts';
import { durationText } from './duration-text.ts';
import { createProgress, type Progress } from './progress.ts';
import { untilSignal } from './signals.ts';
import { cancelRun, chooseStreams, nextStepOf, readJobs, readRun, startRun, type Run } from './sync-api.ts';

export interface SyncRunOptions {
  readonly follow: boolean;
  readonly census?: boolean;
}

const POLL = 250;
/** A host that is started again needs a few seconds. */
const PATIENCE = 30_000;

export async function runSyncRun(
  ask: Ask,
  instance: string,
  wanted: readonly string[],
  { follow, census }: SyncRunOptions,
): Promise<void> {
  const kind = census === true ? 'census' : 'read';
  const streams = chooseStreams(instance, await readJobs(ask, instance), kind, wanted);
  const ids: string[] = [];
  for (const stream of streams) ids.push(await startRun(ask, instance, stream, kind));
  if (!follow) {
    for (const [index, id] of ids.entries()) process.stdout.write(`${streams[index]} ${id}\n`);
    return;
  }
  const runs = await followRuns(ask, ids);
  if (runs.some(({ state }) => state !== 'succeeded')) process.exitCode = 1;
}

/** The runs when all of them have ended. The first Ctrl-C cancels them, a second one leaves them to the host. */
async function followRuns(ask: Ask, ids: readonly string[]): Promise<readonly Run[]> {
  const progress = createProgress(process.stdout, process.env, () => systemClock.now());
  const open = new Set(ids);
  const ended: Run[] = [];
  let interrupted = false;
  void untilSignal().then(() => {
    interrupted = true;
  });
  let cancelled = false;
  let answeredAt = systemClock.now();
  while (open.size > 0) {
    if (interrupted && !cancelled) {
      cancelled = true;
      progress.say('Asking the host to cancel. Ctrl-C again leaves it running.');
      for (const id of open) await cancelRun(ask, id).catch(() => undefined);
    }
    try {
      await look(ask, open, ended, progress);
      answeredAt = systemClock.now();
    } catch (error) {
      if (!(error instanceof Unreachable) || systemClock.now() - answeredAt > PATIENCE) throw error;
    }
    if (open.size > 0) await sleep(POLL);
  }
  progress.end();
  return ended;
}

async function look(ask: Ask, open: Set<string>, ended: Run[], progress: Progress): Promise<void> {
  const lines = new Map<string, string>();
  for (const id of open) {
    const run = await readRun(ask, id);
    if (run.state === 'queued' || run.state === 'running') {
      lines.set(id, progressOf(run));
      continue;
    }
    open.delete(id);
    ended.push(run);
    for (const line of outcomeOf(run)) progress.say(line);
  }
  progress.show(lines);
}

function progressOf(run: Run): string {
  const { stream, queuedAt, startedAt } = run;
  const since = durationText(systemClock.now() - Date.parse(startedAt ?? queuedAt));
  return startedAt === null ? `${stream} waits for a host, ${since}` : `${stream} runs, ${since}: ${rowsOf(run)}`;
}

function rowsOf({ counts }: Run): string {
  const count = (name: string): number => Number(counts[name] ?? 0);
  const rows = ['read', 'inserted', 'updated', 'unchanged', 'deleted'].map((name) => `${count(name)} ${name}`);
  const rejected = count('rejected') > 0 ? [`${count('rejected')} rejected (${counts['rejection']})`] : [];
  return `${[...rows, ...rejected].join(', ')}; ${count('vendorCalls')} vendor calls`;
}

function outcomeOf(run: Run): string[] {
  const { stream, state, queuedAt, startedAt, endedAt, counts, error } = run;
  const colour = state === 'succeeded' ? 'green' : state === 'failed' ? 'red' : 'yellow';
  const started = Date.parse(startedAt ?? queuedAt);
  const times = [
    `waited ${durationText(started - Date.parse(queuedAt))}`,
    `took ${durationText(Date.parse(endedAt ?? queuedAt) - started)}`,
    `of it ${durationText(Number(counts['storeMs'] ?? 0))} for the database`,
  ];
  const lines = [`${stream} ${styleText(colour, state)}: ${rowsOf(run)}; ${times.join(', ')}`];
  if (counts['doubt'] !== undefined) lines.push(`  doubt: ${counts['doubt']}`);
  if (error !== null) lines.push(`  ${error.code}: ${error.detail}`);
  const next = nextOf(run);
  return next === undefined ? lines : [...lines, `  ${next}`];
}

function nextOf({ state, error }: Run): string | undefined {
  if (error !== null) return error.next ?? nextStepOf(error.code);
  return state === 'skipped'
    ? 'Another run of this stream was under way: `jackfield sync status` shows it.'
    : undefined;
}
